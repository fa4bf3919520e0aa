
/*
 * Looks at JSON (RFC 8259) without building anything: checks that a text is
 * one whole value, and finds the top-level members asked for.  Strict: raw
 * control characters, bad escapes, lone surrogates and invalid UTF-8 are
 * refused.  The nesting has a limit, because others recurse where we do not.
 */

#ifndef CHAT_JSON_SCAN_H
#define CHAT_JSON_SCAN_H


#include "chat_slice.h"
#include "chat_status.h"


#define CHAT_JSON_DEPTH_MAX  512


typedef enum {
    CHAT_JSON_NONE = 0,
    CHAT_JSON_NULL,
    CHAT_JSON_BOOL,
    CHAT_JSON_NUMBER,
    CHAT_JSON_STRING,
    CHAT_JSON_ARRAY,
    CHAT_JSON_OBJECT
} chat_json_type_t;


typedef struct {
    chat_json_type_t  type;
    chat_slice_t      text;      /* as it stands, a string with its quotes */
} chat_json_value_t;


typedef struct {
    uint8_t            bracket;      /* 0: a member */
    chat_slice_t       name;
    chat_json_value_t  value;
} chat_json_token_t;


/*
 * Checks that `text`, white space around it apart, is one JSON value, and
 * gives its type and extent.  CHAT_BAD, CHAT_NOT_UTF8 or CHAT_TOO_BIG (depth).
 */
chat_status_t chat_json_check(chat_slice_t text, chat_json_value_t *value)
    CHAT_MUST_CHECK;

/*
 * Of a checked object, the value of member `name` (compared after its escapes
 * are undone); of a name that comes twice, the last.  CHAT_NOT_FOUND.
 */
chat_status_t chat_json_member(chat_slice_t object, chat_slice_t name,
    chat_json_value_t *value) CHAT_MUST_CHECK;

/*
 * Walks a checked array: *at is 0 at first, and is moved behind each element.
 * CHAT_NOT_FOUND after the last.
 */
chat_status_t chat_json_element(chat_slice_t array, size_t *at,
    chat_json_value_t *value) CHAT_MUST_CHECK;

/*
 * Walks all objects of a checked text in one pass: *at is 0 at first.  A token
 * is one of { } [ ] or, for each member, its name (raw, between the quotes)
 * and value; a value that is an array or object has no text, and its tokens
 * follow.  CHAT_NOT_FOUND after the last.
 */
chat_status_t chat_json_walk(chat_slice_t text, size_t *at,
    chat_json_token_t *token) CHAT_MUST_CHECK;

/* Compares what is between a string's quotes, escapes undone, with a name. */
bool chat_json_name_is(chat_slice_t inside, chat_slice_t name);

/*
 * The content of a checked string, escapes undone, in `out` (not terminated).
 * CHAT_TOO_BIG if it is longer than cap bytes, CHAT_BAD if it is no string.
 */
chat_status_t chat_json_string(chat_json_value_t value, uint8_t *out,
    size_t cap, size_t *len) CHAT_MUST_CHECK;


#endif /* CHAT_JSON_SCAN_H */
