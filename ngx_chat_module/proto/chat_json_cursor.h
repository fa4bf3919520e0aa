
/*
 * What checking JSON and finding in JSON share: a place in a text, and the
 * escapes of strings.  For the units chat_json_* alone.
 */

#ifndef CHAT_JSON_CURSOR_H
#define CHAT_JSON_CURSOR_H


#include "chat_json_scan.h"


#define CHAT_JSON_BAD_POINT  UINT32_MAX


typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
} chat_json_cursor_t;


static inline bool
chat_json_is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}


/* The next byte behind white space, not taken; 0 at the end. */
static inline uint8_t
chat_json_peek(chat_json_cursor_t *c)
{
    while (c->p < c->end && chat_json_is_space(*c->p)) {
        c->p++;
    }

    return (c->p < c->end) ? *c->p : 0;
}


/* Takes the next byte behind white space if it is this one, never 0. */
static inline bool
chat_json_take(chat_json_cursor_t *c, uint8_t byte)
{
    if (chat_json_peek(c) != byte) {
        return false;
    }

    c->p++;

    return true;
}


/* What a value that begins with this byte would be. */
chat_json_type_t chat_json_type(uint8_t byte);

/*
 * The code point of the escape whose backslash was taken, or
 * CHAT_JSON_BAD_POINT; half a surrogate pair is bad.
 */
uint32_t chat_json_escape(chat_json_cursor_t *c);


#endif /* CHAT_JSON_CURSOR_H */
