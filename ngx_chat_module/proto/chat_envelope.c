
/*
 * The one text form of jobs, replies and events.  The module encodes jobs and
 * decodes the rest, the worker the other way round.  Values come from
 * strangers (paths, agents, cookies), so a byte that could end a line and
 * begin a header of its own is refused by both ends, by one table.
 */

#include "chat_envelope.h"


#define CHAT_ENVELOPE_NAME_MAX    15
#define CHAT_ENVELOPE_DIGITS_MAX  15

#define CHAT_NAME(text)           { sizeof(text) - 1, text }


static const struct {
    size_t  len;
    char    text[CHAT_ENVELOPE_NAME_MAX + 1];
} names[CHAT_H_N] = {
    [CHAT_H_UID] = CHAT_NAME("uid"),
    [CHAT_H_ROLE] = CHAT_NAME("role"),
    [CHAT_H_IAT] = CHAT_NAME("iat"),
    [CHAT_H_EXP] = CHAT_NAME("exp"),
    [CHAT_H_TOKEN_SESSION] = CHAT_NAME("token-session"),
    [CHAT_H_IP] = CHAT_NAME("ip"),
    [CHAT_H_METHOD] = CHAT_NAME("method"),
    [CHAT_H_PATH] = CHAT_NAME("path"),
    [CHAT_H_QUERY] = CHAT_NAME("query"),
    [CHAT_H_TYPE] = CHAT_NAME("type"),
    [CHAT_H_IDEMPOTENCY_KEY] = CHAT_NAME("idempotency-key"),
    [CHAT_H_COOKIE] = CHAT_NAME("cookie"),
    [CHAT_H_AGENT] = CHAT_NAME("agent"),
    [CHAT_H_DIALECT] = CHAT_NAME("dialect"),
    [CHAT_H_SID] = CHAT_NAME("sid"),
    [CHAT_H_GENERATION] = CHAT_NAME("generation"),
    [CHAT_H_NSP] = CHAT_NAME("nsp"),
    [CHAT_H_NAME] = CHAT_NAME("name"),
    [CHAT_H_ACK] = CHAT_NAME("ack"),
    [CHAT_H_ATT] = CHAT_NAME("att"),
    [CHAT_H_STATE] = CHAT_NAME("state"),
    [CHAT_H_OFFSET] = CHAT_NAME("offset"),
    [CHAT_H_COUNT] = CHAT_NAME("count"),
    [CHAT_H_MOVED] = CHAT_NAME("moved"),
    [CHAT_H_BLOB] = CHAT_NAME("blob"),
    [CHAT_H_SET_COOKIE] = CHAT_NAME("set-cookie"),
    [CHAT_H_LOCATION] = CHAT_NAME("location"),
    [CHAT_H_LINK] = CHAT_NAME("link"),
    [CHAT_H_RETRY_AFTER] = CHAT_NAME("retry-after"),
    [CHAT_H_PACKETS] = CHAT_NAME("packets"),
    [CHAT_H_DELIVER] = CHAT_NAME("deliver"),
    [CHAT_H_CHANNELS] = CHAT_NAME("channels"),
    [CHAT_H_EXCLUDE] = CHAT_NAME("exclude"),
    [CHAT_H_REASON] = CHAT_NAME("reason")
};

static const uint8_t  word_counts[] = {
    [CHAT_ENVELOPE_JOB] = 4,
    [CHAT_ENVELOPE_REPLY] = 3,
    [CHAT_ENVELOPE_EVENT] = 4
};


/* CHAT_OK if `text` has max bytes at most, none below `low`, none 0x7F. */
static chat_status_t
chat_envelope_bytes(chat_slice_t text, uint8_t low, size_t max)
{
    size_t  i;

    if (text.len > max) {
        return CHAT_TOO_BIG;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < low || text.data[i] == 0x7f) {
            return CHAT_BAD;
        }
    }

    return CHAT_OK;
}


static chat_status_t
chat_envelope_word_check(chat_slice_t word)
{
    if (word.len == 0) {
        return CHAT_BAD;
    }

    return chat_envelope_bytes(word, 0x21, CHAT_ENVELOPE_WORD_MAX);
}


static chat_status_t
chat_envelope_value_check(chat_slice_t value)
{
    return chat_envelope_bytes(value, 0x20, CHAT_ENVELOPE_VALUE_MAX);
}


/* Cuts off `text` what stands before the first `stop`, and the stop. */
static bool
chat_envelope_cut(chat_slice_t *text, uint8_t stop, chat_slice_t *part)
{
    size_t          n;
    const uint8_t  *p;

    p = text->len ? memchr(text->data, stop, text->len) : NULL;
    if (p == NULL) {
        return false;
    }

    n = (size_t) (p - text->data);
    *part = chat_slice_of(text->data, n);
    *text = chat_slice_of(p + 1, text->len - n - 1);

    return true;
}


static chat_status_t
chat_envelope_head_decode(chat_slice_t line, size_t count, chat_slice_t *words)
{
    size_t         i;
    chat_status_t  rc;

    for (i = 0; i + 1 < count; i++) {
        if (!chat_envelope_cut(&line, ' ', &words[i])) {
            return CHAT_BAD;
        }
    }

    words[i] = line;

    for (i = 0; i < count; i++) {
        rc = chat_envelope_word_check(words[i]);
        if (rc != CHAT_OK) {
            return rc;
        }
    }

    return CHAT_OK;
}


static chat_header_t
chat_envelope_header_find(chat_slice_t name)
{
    chat_header_t  h;

    for (h = 0; h < CHAT_H_N; h++) {
        if (names[h].len == name.len
            && memcmp(names[h].text, name.data, name.len) == 0)
        {
            break;
        }
    }

    return h;
}


static chat_status_t
chat_envelope_header_decode(chat_slice_t line, chat_envelope_t *envelope)
{
    chat_slice_t   name;
    chat_header_t  h;

    if (!chat_envelope_cut(&line, ':', &name)
        || line.len == 0 || line.data[0] != ' ')
    {
        return CHAT_BAD;
    }

    h = chat_envelope_header_find(name);

    if (h == CHAT_H_N || envelope->headers[h].data != NULL) {
        return CHAT_BAD;
    }

    envelope->headers[h] = chat_slice_of(line.data + 1, line.len - 1);

    return chat_envelope_value_check(envelope->headers[h]);
}


chat_status_t
chat_envelope_decode(chat_envelope_kind_t kind, chat_slice_t text,
    chat_envelope_t *envelope)
{
    chat_slice_t   line;
    chat_status_t  rc;

    memset(envelope, 0, sizeof(chat_envelope_t));

    if (!chat_envelope_cut(&text, '\n', &line)) {
        return CHAT_BAD;
    }

    rc = chat_envelope_head_decode(line, word_counts[kind], envelope->words);

    while (rc == CHAT_OK) {

        if (!chat_envelope_cut(&text, '\n', &line)) {
            return CHAT_BAD;
        }

        if (line.len == 0) {
            envelope->body = text;
            return CHAT_OK;
        }

        rc = chat_envelope_header_decode(line, envelope);
    }

    return rc;
}


static void
chat_envelope_put(chat_buf_t *b, chat_slice_t text, chat_status_t check)
{
    if (check != CHAT_OK) {
        chat_buf_fail(b, CHAT_BAD);
        return;
    }

    chat_buf_slice(b, text);
}


/* The words from `first` on, the headers, the body. */
static void
chat_envelope_encode_from(chat_buf_t *b, size_t first, size_t count,
    const chat_envelope_t *envelope)
{
    size_t         i;
    chat_slice_t   text;
    chat_header_t  h;

    for (i = first; i < count; i++) {
        text = envelope->words[i];
        chat_envelope_put(b, text, chat_envelope_word_check(text));
        chat_buf_byte(b, (i + 1 < count) ? ' ' : '\n');
    }

    for (h = 0; h < CHAT_H_N; h++) {
        text = envelope->headers[h];

        if (text.data == NULL) {
            continue;
        }

        chat_buf_put(b, names[h].text, names[h].len);
        chat_buf_str(b, ": ");
        chat_envelope_put(b, text, chat_envelope_value_check(text));
        chat_buf_byte(b, '\n');
    }

    chat_buf_byte(b, '\n');
    chat_buf_slice(b, envelope->body);
}


void
chat_envelope_encode(chat_buf_t *b, chat_envelope_kind_t kind,
    const chat_envelope_t *envelope)
{
    chat_envelope_encode_from(b, 0, word_counts[kind], envelope);
}


void
chat_envelope_encode_event_tail(chat_buf_t *b, const chat_envelope_t *envelope)
{
    chat_envelope_encode_from(b, 1, word_counts[CHAT_ENVELOPE_EVENT], envelope);
}


chat_status_t
chat_envelope_number(chat_slice_t text, uint64_t *n)
{
    size_t  i;

    if (text.len == 0 || text.len > CHAT_ENVELOPE_DIGITS_MAX) {
        return CHAT_BAD;
    }

    *n = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return CHAT_BAD;
        }

        *n = *n * 10 + (text.data[i] - '0');
    }

    return CHAT_OK;
}
