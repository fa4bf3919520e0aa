
/*
 * The two tables of JSON that checking and finding both need: what a value's
 * first byte says, and what an escape stands for (RFC 8259, 7).
 */

#include "chat_json_cursor.h"


/* What begins with this byte. */
static const uint8_t  types[256] = {
    ['n'] = CHAT_JSON_NULL,
    ['t'] = CHAT_JSON_BOOL,
    ['f'] = CHAT_JSON_BOOL,
    ['-'] = CHAT_JSON_NUMBER,
    ['0' ... '9'] = CHAT_JSON_NUMBER,
    ['"'] = CHAT_JSON_STRING,
    ['['] = CHAT_JSON_ARRAY,
    ['{'] = CHAT_JSON_OBJECT
};

/* Behind a backslash, u apart. */
static const uint8_t  escapes[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
};


chat_json_type_t
chat_json_type(uint8_t byte)
{
    return (chat_json_type_t) types[byte];
}


/* Four hex digits. */
static uint32_t
chat_json_hex4(chat_json_cursor_t *c)
{
    size_t    i;
    uint8_t   digit;
    uint32_t  point;

    if (c->end - c->p < 4) {
        return CHAT_JSON_BAD_POINT;
    }

    point = 0;

    for (i = 0; i < 4; i++) {
        digit = *c->p++;

        if (digit >= '0' && digit <= '9') {
            point = point << 4 | (digit - '0');
            continue;
        }

        digit |= 0x20;

        if (digit < 'a' || digit > 'f') {
            return CHAT_JSON_BAD_POINT;
        }

        point = point << 4 | (digit - 'a' + 10);
    }

    return point;
}


uint32_t
chat_json_escape(chat_json_cursor_t *c)
{
    uint8_t   letter;
    uint32_t  high, low;

    if (c->p == c->end) {
        return CHAT_JSON_BAD_POINT;
    }

    letter = *c->p++;

    if (letter != 'u') {
        return escapes[letter] ? escapes[letter] : CHAT_JSON_BAD_POINT;
    }

    high = chat_json_hex4(c);

    if (high < 0xd800 || high > 0xdfff) {
        return high;
    }

    /* RFC 8259, 7: outside the BMP a pair, the high half first */

    if (high > 0xdbff || c->end - c->p < 2
        || c->p[0] != '\\' || c->p[1] != 'u')
    {
        return CHAT_JSON_BAD_POINT;
    }

    c->p += 2;
    low = chat_json_hex4(c);

    if (low < 0xdc00 || low > 0xdfff) {
        return CHAT_JSON_BAD_POINT;
    }

    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}
