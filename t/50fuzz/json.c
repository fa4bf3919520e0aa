
/*
 * JSON against jansson: both take a text or both refuse it, apart from what
 * the limits of each say; members and strings found without building anything
 * are those of the tree.
 *
 * links: -ljansson
 */

#include "fuzz.h"
#include "chat_json_scan.h"
#include "chat_utf8.h"

#include <jansson.h>

#define FLAGS  (JSON_DECODE_ANY | JSON_ALLOW_NUL)


/* Numbers no machine type holds, names with a NUL: these only ours takes. */
static bool
jansson_limit(const json_error_t *error)
{
    enum json_error_code  code;

    code = json_error_code(error);

    return code == json_error_numeric_overflow
           || code == json_error_null_byte_in_key;
}


static chat_json_type_t
type_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return CHAT_JSON_OBJECT;
    case JSON_ARRAY:
        return CHAT_JSON_ARRAY;
    case JSON_STRING:
        return CHAT_JSON_STRING;
    case JSON_NULL:
        return CHAT_JSON_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return CHAT_JSON_BOOL;
    default:
        return CHAT_JSON_NUMBER;
    }
}


static void
same_value(chat_json_value_t value, const json_t *json)
{
    size_t    len;
    uint8_t  *out;

    MUST(value.type == type_of(json));

    if (value.type != CHAT_JSON_STRING) {
        return;
    }

    out = malloc(value.text.len);
    MUST(out != NULL);

    MUST(chat_json_string(value, out, value.text.len, &len) == CHAT_OK);
    MUST(len == json_string_length(json));
    MUST(memcmp(out, json_string_value(json), len) == 0);
    MUST(chat_utf8_valid(chat_slice_of(out, len)));

    free(out);
}


static void
same_members(chat_slice_t text, json_t *json)
{
    json_t             *member;
    const char         *name;
    chat_status_t       rc;
    chat_json_value_t   value, again;

    json_object_foreach(json, name, member) {
        rc = chat_json_member(text, chat_slice_of(name, strlen(name)), &value);

        MUST(rc == CHAT_OK);
        MUST(chat_json_check(value.text, &again) == CHAT_OK);
        MUST(chat_slice_eq(value.text, again.text));
        same_value(value, member);
    }
}


static void
same_elements(chat_slice_t text, json_t *json)
{
    size_t             i, at;
    chat_json_value_t  value;

    at = 0;

    for (i = 0; i < json_array_size(json); i++) {
        MUST(chat_json_element(text, &at, &value) == CHAT_OK);
        same_value(value, json_array_get(json, i));
    }

    MUST(chat_json_element(text, &at, &value) == CHAT_NOT_FOUND);
}


/* On text that nobody checked: the end is reached, and nothing else asked. */
static void
find_anyway(chat_slice_t text)
{
    size_t             at, last;
    chat_json_token_t  token;
    chat_json_value_t  value;

    (void) !chat_json_member(text, chat_slice("to"), &value);

    for (at = 0, last = 0; chat_json_walk(text, &at, &token) == CHAT_OK; ) {
        MUST(at > last && at <= text.len);
        last = at;
    }

    for (at = 0, last = 0; chat_json_element(text, &at, &value) == CHAT_OK; ) {
        MUST(at > last && at <= text.len);
        last = at;
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t             *json;
    chat_slice_t        text;
    json_error_t        error;
    chat_status_t       rc;
    chat_json_value_t   value;

    text = chat_slice_of(data, size);
    find_anyway(text);

    rc = chat_json_check(text, &value);
    json = json_loadb((const char *) data, size, FLAGS, &error);

    if (rc == CHAT_OK) {
        MUST(json != NULL || jansson_limit(&error));

    } else {
        /* jansson loses a raw NUL behind a number */
        MUST(json == NULL || rc == CHAT_TOO_BIG || memchr(data, 0, size));
    }

    if (rc == CHAT_OK && json != NULL) {
        same_value(value, json);
        same_members(value.text, json);
        same_elements(value.text, json);
    }

    json_decref(json);

    return 0;
}
