
/*
 * Validates UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above
 * U+10FFFF), also of a text that arrives in pieces.
 */

#ifndef CHAT_UTF8_H
#define CHAT_UTF8_H


#include "chat_slice.h"


/* 0 at the start of a text and between characters. */
typedef uint32_t  chat_utf8_state_t;


/* False as soon as the text cannot become valid. */
bool chat_utf8_feed(chat_utf8_state_t *state, const uint8_t *p, size_t n);

/* True if the whole text is valid and ends between characters. */
bool chat_utf8_valid(chat_slice_t text);


#endif /* CHAT_UTF8_H */
