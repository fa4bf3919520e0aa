
/*
 * Is this text one JSON value?  The module asks for every packet and body on
 * the way in, so that what it passes on is sound, and no JSON is parsed there.
 * One pass, no recursion, no memory: a bit per level tells objects from arrays.
 */

#include "chat_json_cursor.h"
#include "chat_utf8.h"


#define CHAT_JSON_ONES       UINT64_C(0x0101010101010101)
#define CHAT_JSON_HIGH_BITS  UINT64_C(0x8080808080808080)


typedef enum {
    CHAT_JSON_AT_VALUE = 0,      /* a value must come */
    CHAT_JSON_AT_FIRST_VALUE,    /* behind [: a value or ] */
    CHAT_JSON_AT_NAME,           /* behind a comma: a name must come */
    CHAT_JSON_AT_FIRST_NAME,     /* behind {: a name or } */
    CHAT_JSON_AFTER_VALUE        /* a comma, or the end of what is open */
} chat_json_state_t;


/* Where the end of an array or object may stand. */
static const bool  chat_json_may_end[] = {
    [CHAT_JSON_AT_VALUE] = false,
    [CHAT_JSON_AT_FIRST_VALUE] = true,
    [CHAT_JSON_AT_NAME] = false,
    [CHAT_JSON_AT_FIRST_NAME] = true,
    [CHAT_JSON_AFTER_VALUE] = true
};

/* Inside a string: neither its end, nor an escape, nor control, nor UTF-8. */
static const bool  plain[256] = {
    [0x20 ... 0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7f] = true
};


static void
chat_json_skip_plain(chat_json_cursor_t *c)
{
    uint64_t  word, quote, slash, stop;

    while (c->end - c->p >= 8) {
        memcpy(&word, c->p, 8);

        /* the high bit of each byte that is zero behind the exclusive or */
        quote = word ^ CHAT_JSON_ONES * '"';
        slash = word ^ CHAT_JSON_ONES * '\\';
        stop = (quote - CHAT_JSON_ONES) | (slash - CHAT_JSON_ONES)
               | (word - CHAT_JSON_ONES * 0x20) | word;

        if (stop & CHAT_JSON_HIGH_BITS) {
            break;
        }

        c->p += 8;
    }

    while (c->p < c->end && plain[*c->p]) {
        c->p++;
    }
}


/* The cursor is behind the opening quote; then behind the closing one. */
static chat_status_t
chat_json_check_string(chat_json_cursor_t *c)
{
    const uint8_t  *from;

    for ( ;; ) {
        chat_json_skip_plain(c);

        if (c->p == c->end) {
            return CHAT_BAD;
        }

        if (*c->p == '"') {
            c->p++;
            return CHAT_OK;
        }

        if (*c->p == '\\') {
            c->p++;

            if (chat_json_escape(c) == CHAT_JSON_BAD_POINT) {
                return CHAT_BAD;
            }

            continue;
        }

        if (*c->p < 0x20) {
            return CHAT_BAD;
        }

        /* No character has both ASCII and other bytes: a run is whole. */

        from = c->p;

        while (c->p < c->end && *c->p >= 0x80) {
            c->p++;
        }

        if (!chat_utf8_valid(chat_slice_of(from, (size_t) (c->p - from)))) {
            return CHAT_NOT_UTF8;
        }
    }
}


static bool
chat_json_digits(chat_json_cursor_t *c)
{
    const uint8_t  *from;

    from = c->p;

    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        c->p++;
    }

    return c->p > from;
}


static chat_status_t
chat_json_check_number(chat_json_cursor_t *c)
{
    const uint8_t  *from;

    if (*c->p == '-') {
        c->p++;
    }

    from = c->p;

    if (!chat_json_digits(c) || (*from == '0' && c->p - from > 1)) {
        return CHAT_BAD;
    }

    if (c->p < c->end && *c->p == '.') {
        c->p++;

        if (!chat_json_digits(c)) {
            return CHAT_BAD;
        }
    }

    if (c->p < c->end && (*c->p | 0x20) == 'e') {
        c->p++;

        if (c->p < c->end && (*c->p == '+' || *c->p == '-')) {
            c->p++;
        }

        if (!chat_json_digits(c)) {
            return CHAT_BAD;
        }
    }

    return CHAT_OK;
}


static chat_status_t
chat_json_check_word(chat_json_cursor_t *c)
{
    size_t       n;
    const char  *word;

    word = (*c->p == 'n') ? "null" : (*c->p == 't') ? "true" : "false";
    n = strlen(word);

    if ((size_t) (c->end - c->p) < n || memcmp(c->p, word, n) != 0) {
        return CHAT_BAD;
    }

    c->p += n;

    return CHAT_OK;
}


static chat_status_t
chat_json_check_scalar(chat_json_cursor_t *c)
{
    if (c->p == c->end) {
        return CHAT_BAD;
    }

    switch (chat_json_type(*c->p)) {

    case CHAT_JSON_STRING:
        c->p++;
        return chat_json_check_string(c);

    case CHAT_JSON_NUMBER:
        return chat_json_check_number(c);

    case CHAT_JSON_NULL:
    case CHAT_JSON_BOOL:
        return chat_json_check_word(c);

    default:
        return CHAT_BAD;
    }
}


/* A member's name and its colon. */
static chat_status_t
chat_json_check_name(chat_json_cursor_t *c)
{
    chat_status_t  rc;

    if (!chat_json_take(c, '"')) {
        return CHAT_BAD;
    }

    rc = chat_json_check_string(c);
    if (rc != CHAT_OK) {
        return rc;
    }

    return chat_json_take(c, ':') ? CHAT_OK : CHAT_BAD;
}


/*
 * One value and all it contains; one turn for each token or so.  `outer` has a
 * bit for each level around the present one.
 */
static chat_status_t
chat_json_check_value(chat_json_cursor_t *c)
{
    bool               object;      /* what we are in; else an array */
    uint8_t            byte;
    uint8_t            outer[CHAT_JSON_DEPTH_MAX / 8] = { 0 };
    uint32_t           depth;
    chat_status_t      rc;
    chat_json_state_t  state;

    object = false;
    depth = 0;
    state = CHAT_JSON_AT_VALUE;

    do {
        rc = CHAT_OK;
        byte = chat_json_peek(c);

        if (depth && byte == (object ? '}' : ']') && chat_json_may_end[state]) {
            c->p++;
            depth--;
            object = outer[depth / 8] >> depth % 8 & 1;
            state = CHAT_JSON_AFTER_VALUE;

        } else if (state == CHAT_JSON_AFTER_VALUE) {
            rc = chat_json_take(c, ',') ? CHAT_OK : CHAT_BAD;
            state = object ? CHAT_JSON_AT_NAME : CHAT_JSON_AT_VALUE;

        } else if (state == CHAT_JSON_AT_NAME
                   || state == CHAT_JSON_AT_FIRST_NAME)
        {
            rc = chat_json_check_name(c);
            state = CHAT_JSON_AT_VALUE;

        } else if (byte != '{' && byte != '[') {
            rc = chat_json_check_scalar(c);
            state = CHAT_JSON_AFTER_VALUE;

        } else if (depth == CHAT_JSON_DEPTH_MAX) {
            rc = CHAT_TOO_BIG;

        } else {
            c->p++;
            outer[depth / 8] = (uint8_t) ((outer[depth / 8]
                                           & ~(1 << depth % 8))
                                          | object << depth % 8);
            depth++;
            object = (byte == '{');
            state = object ? CHAT_JSON_AT_FIRST_NAME
                           : CHAT_JSON_AT_FIRST_VALUE;
        }

    } while (rc == CHAT_OK && depth);

    return rc;
}


chat_status_t
chat_json_check(chat_slice_t text, chat_json_value_t *value)
{
    uint8_t              first;
    chat_status_t        rc;
    const uint8_t       *from;
    chat_json_cursor_t   c;

    if (text.len == 0) {
        return CHAT_BAD;
    }

    c.p = text.data;
    c.end = text.data + text.len;

    first = chat_json_peek(&c);
    from = c.p;

    rc = chat_json_check_value(&c);
    if (rc != CHAT_OK) {
        return rc;
    }

    value->type = chat_json_type(first);
    value->text = chat_slice_of(from, (size_t) (c.p - from));

    (void) chat_json_peek(&c);

    return (c.p == c.end) ? CHAT_OK : CHAT_BAD;
}
