
/*
 * Finding a few members in JSON that chat_json_check() has accepted: who a
 * message is for, which token a client connects with.  Because the text is
 * sound, values are skipped by jumping from quote to quote: an image in a
 * member costs what memchr() costs.  On a text that was not checked the answer
 * is nonsense, but no byte outside of it is touched.
 */

#include "chat_json_cursor.h"


static chat_json_cursor_t
chat_json_cursor(chat_slice_t text, size_t at)
{
    chat_json_cursor_t  c;

    static const uint8_t  nothing[1];

    c.p = text.len ? text.data : nothing;
    c.end = c.p + text.len;
    c.p += (at < text.len) ? at : text.len;

    return c;
}


/* Behind the string whose opening quote was taken. */
static void
chat_json_skip_string(chat_json_cursor_t *c)
{
    const uint8_t  *quote, *p;

    while (c->p < c->end) {
        quote = memchr(c->p, '"', (size_t) (c->end - c->p));

        if (quote == NULL) {
            c->p = c->end;
            return;
        }

        for (p = quote; p > c->p && p[-1] == '\\'; p--) { /* void */ }

        c->p = quote + 1;

        if ((quote - p) % 2 == 0) {
            return;
        }
    }
}


/* What is between the quotes of a string whose first one was taken. */
static chat_slice_t
chat_json_take_inside(chat_json_cursor_t *c)
{
    const uint8_t  *from;

    from = c->p;
    chat_json_skip_string(c);

    return chat_slice_of(from, (size_t) (c->p - from - (c->p > from)));
}


/* Behind the value that begins here. */
static void
chat_json_skip_value(chat_json_cursor_t *c)
{
    size_t   depth;
    uint8_t  byte;

    for (depth = 0; c->p < c->end; /* void */ ) {
        byte = *c->p;

        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'
                           || chat_json_is_space(byte)))
        {
            return;              /* behind a number or a word */
        }

        c->p++;

        if (byte == '"') {
            chat_json_skip_string(c);

        } else if (byte == '{' || byte == '[') {
            depth++;
            continue;

        } else if (byte == '}' || byte == ']') {
            depth--;

        } else {
            continue;
        }

        if (depth == 0) {
            return;
        }
    }
}


static chat_json_value_t
chat_json_take_value(chat_json_cursor_t *c)
{
    const uint8_t      *from;
    chat_json_value_t   value;

    value.type = chat_json_type(chat_json_peek(c));
    from = c->p;

    chat_json_skip_value(c);
    value.text = chat_slice_of(from, (size_t) (c->p - from));

    return value;
}


/* The next character of a string's inside; returns its bytes, 0 if bad. */
static size_t
chat_json_character(chat_json_cursor_t *c, uint8_t out[4])
{
    uint32_t  point;

    out[0] = *c->p++;

    if (out[0] != '\\') {
        return 1;                /* of UTF-8, byte by byte */
    }

    point = chat_json_escape(c);

    if (point < 0x80) {
        out[0] = (uint8_t) point;
        return 1;
    }

    if (point < 0x800) {
        out[0] = (uint8_t) (0xc0 | point >> 6);
        out[1] = (uint8_t) (0x80 | (point & 0x3f));
        return 2;
    }

    if (point < 0x10000) {
        out[0] = (uint8_t) (0xe0 | point >> 12);
        out[1] = (uint8_t) (0x80 | (point >> 6 & 0x3f));
        out[2] = (uint8_t) (0x80 | (point & 0x3f));
        return 3;
    }

    if (point == CHAT_JSON_BAD_POINT) {
        return 0;
    }

    out[0] = (uint8_t) (0xf0 | point >> 18);
    out[1] = (uint8_t) (0x80 | (point >> 12 & 0x3f));
    out[2] = (uint8_t) (0x80 | (point >> 6 & 0x3f));
    out[3] = (uint8_t) (0x80 | (point & 0x3f));

    return 4;
}


bool
chat_json_name_is(chat_slice_t inside, chat_slice_t name)
{
    size_t              n, at;
    uint8_t             bytes[4];
    chat_json_cursor_t  c;

    c = chat_json_cursor(inside, 0);

    for (at = 0; c.p < c.end; at += n) {
        n = chat_json_character(&c, bytes);

        if (n == 0 || n > name.len - at
            || memcmp(bytes, name.data + at, n) != 0)
        {
            return false;
        }
    }

    return at == name.len;
}


chat_status_t
chat_json_member(chat_slice_t object, chat_slice_t name,
    chat_json_value_t *value)
{
    chat_slice_t        inside;
    chat_status_t       rc;
    chat_json_value_t   found;
    chat_json_cursor_t  c;

    c = chat_json_cursor(object, 0);
    rc = CHAT_NOT_FOUND;

    if (!chat_json_take(&c, '{')) {
        return rc;
    }

    while (chat_json_take(&c, '"')) {
        inside = chat_json_take_inside(&c);

        if (!chat_json_take(&c, ':')) {
            break;
        }

        found = chat_json_take_value(&c);

        if (chat_json_name_is(inside, name)) {
            *value = found;
            rc = CHAT_OK;
        }

        if (!chat_json_take(&c, ',')) {
            break;
        }
    }

    return rc;
}


chat_status_t
chat_json_element(chat_slice_t array, size_t *at, chat_json_value_t *value)
{
    bool                first;
    chat_json_cursor_t  c;

    c = chat_json_cursor(array, *at);
    first = (*at == 0);

    if (!chat_json_take(&c, first ? '[' : ',')) {
        return CHAT_NOT_FOUND;
    }

    if (first && chat_json_peek(&c) == ']') {
        return CHAT_NOT_FOUND;
    }

    *value = chat_json_take_value(&c);
    *at = array.len - (size_t) (c.end - c.p);

    return value->text.len ? CHAT_OK : CHAT_NOT_FOUND;
}


chat_status_t
chat_json_walk(chat_slice_t text, size_t *at, chat_json_token_t *token)
{
    uint8_t             byte;
    chat_json_cursor_t  c;

    c = chat_json_cursor(text, *at);

    while (c.p < c.end) {
        byte = *c.p++;

        if (byte == '{' || byte == '}' || byte == '[' || byte == ']') {
            token->bracket = byte;
            *at = text.len - (size_t) (c.end - c.p);
            return CHAT_OK;
        }

        if (byte != '"') {
            continue;
        }

        token->name = chat_json_take_inside(&c);

        if (!chat_json_take(&c, ':')) {
            continue;            /* no name but a string in an array */
        }

        token->bracket = 0;
        token->value.type = chat_json_type(chat_json_peek(&c));
        token->value.text = chat_slice_of(c.p, 0);

        if (token->value.type < CHAT_JSON_ARRAY) {
            token->value = chat_json_take_value(&c);
        }

        *at = text.len - (size_t) (c.end - c.p);
        return CHAT_OK;
    }

    return CHAT_NOT_FOUND;
}


chat_status_t
chat_json_string(chat_json_value_t value, uint8_t *out, size_t cap,
    size_t *len)
{
    size_t              n;
    uint8_t             bytes[4];
    chat_json_cursor_t  c;

    if (value.type != CHAT_JSON_STRING || value.text.len < 2) {
        return CHAT_BAD;
    }

    c = chat_json_cursor(chat_slice_of(value.text.data + 1,
                                       value.text.len - 2), 0);

    for (*len = 0; c.p < c.end; *len += n) {
        n = chat_json_character(&c, bytes);

        if (n == 0) {
            return CHAT_BAD;
        }

        if (n > cap - *len) {
            return CHAT_TOO_BIG;
        }

        memcpy(out + *len, bytes, n);
    }

    return CHAT_OK;
}
