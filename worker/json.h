
/*
 * JSON that came from outside, as the handlers see it.  Only json.c knows
 * jansson.  What goes out is written with chat_buf (chat_buf_json).
 */

#ifndef JSON_H
#define JSON_H


#include "chat_buf.h"
#include "pool.h"


typedef struct json_s  json_t_;    /* opaque; jansson's own type is json_t */


/* NULL if `text` is not JSON or nests too deep; freed by json_free(). */
const json_t_ *json_parse(chat_slice_t text);
void json_free(const json_t_ *value);

bool json_is_object(const json_t_ *value);
bool json_is_array(const json_t_ *value);
bool json_is_string(const json_t_ *value);

/* Members and elements belong to the whole; NULL: absent or JSON null. */
const json_t_ *json_member(const json_t_ *object, const char *name);
const json_t_ *json_element(const json_t_ *array, size_t at);
size_t json_count(const json_t_ *array);

/* CHAT_NOT_FOUND: absent; CHAT_BAD: another type. */
chat_status_t json_text(const json_t_ *object, const char *name,
    chat_slice_t *text) CHAT_MUST_CHECK;
chat_status_t json_integer(const json_t_ *object, const char *name,
    int64_t *n) CHAT_MUST_CHECK;
chat_status_t json_boolean(const json_t_ *object, const char *name,
    bool *yes) CHAT_MUST_CHECK;

/* Writes the value as compact JSON. */
void json_write(chat_buf_t *b, const json_t_ *value);


#endif /* JSON_H */
