
/*
 * JSON that came from outside, as the handlers see it.  Only json.c knows
 * jansson, whose own names begin with json_: ours with json_value_.  What goes
 * out is written with chat_buf (chat_buf_json).
 */

#ifndef JSON_H
#define JSON_H


#include "chat_buf.h"
#include "pool.h"


typedef struct json_value_s  json_value_t;


/* NULL if `text` is not JSON or nests too deep; freed by json_value_free(). */
const json_value_t *json_value_parse(chat_slice_t text);

/* A form (application/x-www-form-urlencoded) as an object of strings. */
const json_value_t *json_value_parse_form(chat_slice_t text);

/* The array's first element on its own, or NULL; the array is freed. */
const json_value_t *json_value_take_first(const json_value_t *array);

/* Only for what the three above gave; NULL is fine. */
void json_value_free(const json_value_t *value);

bool json_value_is_object(const json_value_t *value);
bool json_value_is_array(const json_value_t *value);
bool json_value_is_string(const json_value_t *value);

/* Members and elements belong to the whole; NULL: absent or JSON null. */
const json_value_t *json_value_member(const json_value_t *object,
    const char *name);
const json_value_t *json_value_element(const json_value_t *array, size_t at);
size_t json_value_count(const json_value_t *array);

/*
 * A member of an object (NULL: an empty one), whose text has no U+0000.
 * CHAT_NOT_FOUND: absent or null; CHAT_BAD: another type.
 */
chat_status_t json_value_text(const json_value_t *object, const char *name,
    chat_slice_t *text) CHAT_MUST_CHECK;
chat_status_t json_value_integer(const json_value_t *object,
    const char *name, int64_t *n) CHAT_MUST_CHECK;
chat_status_t json_value_boolean(const json_value_t *object,
    const char *name, bool *yes) CHAT_MUST_CHECK;

/* Writes the value as compact JSON. */
void json_value_write(chat_buf_t *b, const json_value_t *value);


#endif /* JSON_H */
