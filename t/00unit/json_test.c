
/*
 * JSON and forms as handlers see them: types told apart, hostile texts refused,
 * written back compact.
 *
 * links: worker/json.c -ljansson
 */

#include "tap.h"
#include "json.h"


static chat_slice_t
slice(const char *text)
{
    return chat_slice_of(text, strlen(text));
}


static void
check_parse(void)
{
    size_t                i;
    const json_value_t   *value;
    static const char     *const bad[] = {
        "", "{", "{\"a\":}", "nul", "{\"a\":\"\\u0000\"}", "\"\xff\"",
        "{\"a\":\"\\ud800\"}", "{} {}", "[1,]", "{\"a\":01}"
    };

    for (i = 0; i < countof(bad); i++) {
        value = json_value_parse(slice(bad[i]));
        tap_ok(value == NULL, bad[i]);
        json_value_free(value);
    }

    value = json_value_parse(slice("\"text\""));
    tap_ok(json_value_is_string(value), "a string alone is JSON");
    json_value_free(value);
}


static void
check_members(void)
{
    bool                  yes;
    int64_t               n;
    chat_slice_t          text;
    const json_value_t   *value;

    value = json_value_parse(slice("{\"s\":\"\\u00e9\",\"n\":-7,\"b\":true,"
                                   "\"z\":null,\"o\":{},\"a\":[1,\"x\"],"
                                   "\"f\":1.5}"));

    tap_ok(json_value_is_object(value), "an object");
    tap_ok(json_value_text(value, "s", &text) == CHAT_OK, "a text");
    tap_is_mem(text.data, text.len, "\xc3\xa9", 2, "its escapes undone");
    tap_ok(json_value_text(value, "n", &text) == CHAT_BAD, "a number as text");
    tap_ok(json_value_text(value, "z", &text) == CHAT_NOT_FOUND,
           "null is absent");
    tap_ok(json_value_text(value, "y", &text) == CHAT_NOT_FOUND, "absent");
    tap_ok(json_value_text(NULL, "y", &text) == CHAT_NOT_FOUND,
           "of no object all is absent");

    tap_ok(json_value_integer(value, "n", &n) == CHAT_OK && n == -7,
           "an integer");
    tap_ok(json_value_integer(value, "f", &n) == CHAT_BAD,
           "a fraction as integer");
    tap_ok(json_value_boolean(value, "b", &yes) == CHAT_OK && yes, "a boolean");
    tap_ok(json_value_boolean(value, "s", &yes) == CHAT_BAD,
           "a text as boolean");

    tap_is_int(json_value_count(json_value_member(value, "a")), 2,
               "elements are counted");
    tap_ok(json_value_is_string(json_value_element(
                                    json_value_member(value, "a"), 1)),
           "an element");
    tap_ok(json_value_element(json_value_member(value, "a"), 2) == NULL,
           "behind the last element is nothing");
    tap_is_int(json_value_count(NULL), 0, "nothing has no elements");

    json_value_free(value);
}


static void
check_first(void)
{
    const json_value_t  *value;

    value = json_value_take_first(json_value_parse(slice("[{\"a\":1},2]")));
    tap_ok(json_value_is_object(value), "the first argument outlives the rest");
    json_value_free(value);

    tap_ok(json_value_take_first(json_value_parse(slice("[]"))) == NULL,
           "of no arguments there is no first");
    tap_ok(json_value_take_first(json_value_parse(slice("{}"))) == NULL,
           "an object has no first");
    tap_ok(json_value_take_first(NULL) == NULL, "nothing has no first");
}


static void
check_forms(void)
{
    chat_slice_t         text;
    const json_value_t  *value;

    value = json_value_parse_form(slice("email=a%40b.c&x=1+2&empty="));

    tap_ok(json_value_text(value, "email", &text) == CHAT_OK, "a form's field");
    tap_is_mem(text.data, text.len, "a@b.c", 5, "percent escapes undone");
    tap_ok(json_value_text(value, "x", &text) == CHAT_OK, "another");
    tap_is_mem(text.data, text.len, "1 2", 3, "a plus is a space");
    tap_ok(json_value_text(value, "empty", &text) == CHAT_OK && text.len == 0,
           "an empty field");
    json_value_free(value);

    tap_ok(json_value_parse_form(slice("a=%4")) == NULL, "half an escape");
    tap_ok(json_value_parse_form(slice("a=%zz")) == NULL, "no escape");
    tap_ok(json_value_parse_form(slice("a=%00")) == NULL, "a NUL");
    tap_ok(json_value_parse_form(slice("a=%ff")) == NULL, "no UTF-8");
    tap_ok(json_value_parse_form(slice("{\"a\":1}")) == NULL, "JSON as a form");
}


static void
check_write(void)
{
    chat_buf_t           b;
    const char          *text = "{\"b\":[1,2.5,\"\xc3\xa9\\n\"],\"a\":null}";
    const json_value_t  *value;

    chat_buf_init(&b, 100);
    value = json_value_parse(slice(text));
    json_value_write(&b, value);

    tap_ok(chat_buf_status(&b) == CHAT_OK, "written");
    tap_is_mem(b.data, b.len, text, strlen(text), "compact, in its order");

    chat_buf_free(&b);
    chat_buf_init(&b, 10);
    json_value_write(&b, value);
    tap_ok(chat_buf_status(&b) == CHAT_TOO_BIG, "too long for the buffer");

    chat_buf_free(&b);
    json_value_free(value);
}


int
main(void)
{
    check_parse();
    check_members();
    check_first();
    check_forms();
    check_write();

    return tap_done();
}
