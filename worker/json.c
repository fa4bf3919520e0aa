
/*
 * JSON from outside by jansson, and by no other file: parsed once by the
 * router, read by the handlers through the few functions of json.h.  A form
 * becomes an object of strings, so handlers do not know what was posted.
 */


#include "json.h"

#include <jansson.h>
#include <stdlib.h>


#define JSON_FORM_FIELDS_MAX  100


static const json_t *
json_inner(const json_value_t *value)
{
    return (const json_t *) value;
}


static const json_value_t *
json_outer(const json_t *value)
{
    return json_is_null(value) ? NULL : (const json_value_t *) value;
}


const json_value_t *
json_value_parse(chat_slice_t text)
{
    if (text.len == 0) {
        return NULL;
    }

    /* Strings with U+0000 are refused by default. */

    return (const json_value_t *) json_loadb((const char *) text.data,
                                             text.len, JSON_DECODE_ANY, NULL);
}


static int
json_hex(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }

    byte |= 0x20;

    return (byte >= 'a' && byte <= 'f') ? byte - 'a' + 10 : -1;
}


/* Undoes %XX and `+`; NULL for a bad escape or a NUL. */
static char *
json_form_decode(const uint8_t *p, size_t n, size_t *len)
{
    char    *out;
    size_t   i;

    out = malloc(n + 1);
    if (out == NULL) {
        return NULL;
    }

    *len = 0;

    for (i = 0; i < n; i++) {
        uint8_t  byte = (p[i] == '+') ? ' ' : p[i];

        if (byte == '%') {
            if (n - i < 3 || json_hex(p[i + 1]) < 0 || json_hex(p[i + 2]) < 0) {
                free(out);
                return NULL;
            }

            byte = (uint8_t) (json_hex(p[i + 1]) << 4 | json_hex(p[i + 2]));
            i += 2;
        }

        if (byte == 0) {
            free(out);
            return NULL;
        }

        out[(*len)++] = (char) byte;
    }

    out[*len] = '\0';

    return out;
}


/* One `name=value`; false if it is none or not UTF-8. */
static bool
json_form_field(json_t *object, const uint8_t *p, size_t n)
{
    bool            ok;
    char           *name, *value;
    size_t          name_len, value_len;
    const uint8_t  *equals;

    equals = memchr(p, '=', n);
    if (equals == NULL) {
        return false;
    }

    name_len = value_len = 0;
    name = json_form_decode(p, (size_t) (equals - p), &name_len);
    value = json_form_decode(equals + 1, (size_t) (p + n - equals - 1),
                             &value_len);

    ok = name != NULL && value != NULL
         && json_object_set_new(object, name, json_stringn(value, value_len))
            == 0;

    free(name);
    free(value);

    return ok;
}


const json_value_t *
json_value_parse_form(chat_slice_t text)
{
    json_t         *object;
    size_t          n, fields;
    const uint8_t  *p, *end, *amp;

    object = json_object();
    end = text.data + text.len;
    fields = 0;

    for (p = text.data; p < end; p += n + 1) {
        amp = memchr(p, '&', (size_t) (end - p));
        n = (size_t) ((amp != NULL ? amp : end) - p);

        if (++fields > JSON_FORM_FIELDS_MAX || !json_form_field(object, p, n)) {
            json_decref(object);
            return NULL;
        }
    }

    return (const json_value_t *) object;
}


const json_value_t *
json_value_take_first(const json_value_t *array)
{
    json_t  *first;

    first = json_array_get(json_inner(array), 0);
    json_incref(first);
    json_value_free(array);

    return (const json_value_t *) first;
}


void
json_value_free(const json_value_t *value)
{
    json_decref((json_t *) json_inner(value));
}


bool
json_value_is_object(const json_value_t *value)
{
    return json_is_object(json_inner(value));
}


bool
json_value_is_array(const json_value_t *value)
{
    return json_is_array(json_inner(value));
}


bool
json_value_is_string(const json_value_t *value)
{
    return json_is_string(json_inner(value));
}


const json_value_t *
json_value_member(const json_value_t *object, const char *name)
{
    return json_outer(json_object_get(json_inner(object), name));
}


const json_value_t *
json_value_element(const json_value_t *array, size_t at)
{
    return json_outer(json_array_get(json_inner(array), at));
}


size_t
json_value_count(const json_value_t *array)
{
    return json_array_size(json_inner(array));
}


chat_status_t
json_value_text(const json_value_t *object, const char *name,
    chat_slice_t *text)
{
    const json_t  *value;

    value = json_inner(json_value_member(object, name));
    if (value == NULL) {
        return CHAT_NOT_FOUND;
    }

    if (!json_is_string(value)) {
        return CHAT_BAD;
    }

    *text = chat_slice_of(json_string_value(value), json_string_length(value));

    return CHAT_OK;
}


chat_status_t
json_value_integer(const json_value_t *object, const char *name, int64_t *n)
{
    const json_t  *value;

    value = json_inner(json_value_member(object, name));
    if (value == NULL) {
        return CHAT_NOT_FOUND;
    }

    if (!json_is_integer(value)) {
        return CHAT_BAD;
    }

    *n = json_integer_value(value);

    return CHAT_OK;
}


chat_status_t
json_value_boolean(const json_value_t *object, const char *name, bool *yes)
{
    const json_t  *value;

    value = json_inner(json_value_member(object, name));
    if (value == NULL) {
        return CHAT_NOT_FOUND;
    }

    if (!json_is_boolean(value)) {
        return CHAT_BAD;
    }

    *yes = json_is_true(value);

    return CHAT_OK;
}


static int
json_put(const char *text, size_t n, void *b)
{
    chat_buf_put(b, text, n);

    return 0;
}


void
json_value_write(chat_buf_t *b, const json_value_t *value)
{
    if (json_dump_callback(json_inner(value), json_put, b,
                           JSON_COMPACT|JSON_ENCODE_ANY)
        != 0)
    {
        chat_buf_fail(b, CHAT_BAD);
    }
}
