
/*
 * Bytes being built: replies, events, packets.  Module and worker append
 * without looking and ask once at the end, so the code that says what a
 * packet looks like reads as the packet does.  Knows nothing of what the bytes
 * mean, JSON's way of writing a string apart.
 */

#include "chat_buf.h"

#include <stdlib.h>


#define CHAT_BUF_FIRST  256


static bool chat_buf_room(chat_buf_t *b, size_t n);


static const char  hex[] = "0123456789abcdef";

/* The letter behind the backslash; the other control bytes go as \u00xx. */
static const uint8_t  short_escapes[256] = {
    ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
};


void
chat_buf_init_fixed(chat_buf_t *b, void *data, size_t cap)
{
    b->data = data;
    b->len = 0;
    b->cap = cap;
    b->max = 0;
    b->status = CHAT_OK;
}


void
chat_buf_init(chat_buf_t *b, size_t max)
{
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
    b->max = max;
    b->status = CHAT_OK;
}


void
chat_buf_free(chat_buf_t *b)
{
    if (b->max == 0) {
        return;
    }

    free(b->data);
    chat_buf_init(b, b->max);
}


void
chat_buf_reset(chat_buf_t *b)
{
    b->len = 0;
    b->status = CHAT_OK;
}


void
chat_buf_fail(chat_buf_t *b, chat_status_t status)
{
    if (b->status == CHAT_OK) {
        b->status = status;
    }
}


void
chat_buf_put(chat_buf_t *b, const void *p, size_t n)
{
    if (n == 0 || !chat_buf_room(b, n)) {
        return;
    }

    memcpy(b->data + b->len, p, n);
    b->len += n;
}


void
chat_buf_slice(chat_buf_t *b, chat_slice_t slice)
{
    chat_buf_put(b, slice.data, slice.len);
}


void
chat_buf_str(chat_buf_t *b, const char *text)
{
    chat_buf_put(b, text, strlen(text));
}


void
chat_buf_byte(chat_buf_t *b, uint8_t byte)
{
    if (!chat_buf_room(b, 1)) {
        return;
    }

    b->data[b->len++] = byte;
}


void
chat_buf_u64(chat_buf_t *b, uint64_t n)
{
    char   *p, digits[20];

    p = digits + sizeof(digits);

    do {
        *--p = (char) ('0' + n % 10);
        n /= 10;
    } while (n);

    chat_buf_put(b, p, (size_t) (digits + sizeof(digits) - p));
}


void
chat_buf_json(chat_buf_t *b, chat_slice_t text)
{
    size_t   i, from;
    uint8_t  byte, letter;

    chat_buf_byte(b, '"');

    for (i = 0, from = 0; i < text.len; i++) {
        byte = text.data[i];
        letter = short_escapes[byte];

        if (letter == 0 && byte >= 0x20) {
            continue;
        }

        chat_buf_put(b, text.data + from, i - from);
        from = i + 1;

        if (letter) {
            chat_buf_byte(b, '\\');
            chat_buf_byte(b, letter);

        } else {
            chat_buf_str(b, "\\u00");
            chat_buf_byte(b, (uint8_t) hex[byte >> 4]);
            chat_buf_byte(b, (uint8_t) hex[byte & 15]);
        }
    }

    if (from < text.len) {
        chat_buf_put(b, text.data + from, text.len - from);
    }

    chat_buf_byte(b, '"');
}


chat_status_t
chat_buf_status(const chat_buf_t *b)
{
    return b->status;
}


static bool
chat_buf_room(chat_buf_t *b, size_t n)
{
    size_t    limit, cap;
    uint8_t  *data;

    if (b->status != CHAT_OK) {
        return false;
    }

    if (n <= b->cap - b->len) {
        return true;
    }

    limit = b->max ? b->max : b->cap;

    if (n > limit - b->len) {
        b->status = CHAT_TOO_BIG;
        return false;
    }

    cap = (b->cap > limit / 2) ? limit : b->cap * 2;
    cap = (cap < CHAT_BUF_FIRST && limit > CHAT_BUF_FIRST) ? CHAT_BUF_FIRST
                                                           : cap;
    cap = (cap < b->len + n) ? b->len + n : cap;

    data = realloc(b->data, cap);
    if (data == NULL) {
        b->status = CHAT_NOMEM;
        return false;
    }

    b->data = data;
    b->cap = cap;

    return true;
}
