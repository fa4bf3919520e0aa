
/*
 * Finding in JSON that was checked: members, elements, what a string means;
 * and that text which was not checked leads nowhere outside.
 */

#include "tap.h"
#include "exact.h"
#include "chat_json_scan.h"


static const struct {
    const char    *name;
    chat_slice_t   object;
    chat_slice_t   member;
    const char    *value;        /* NULL: not found */
} members[] = {
    { "a member", BYTES("{\"to\":\"x\"}"), BYTES("to"), "\"x\"" },
    { "the last of several", BYTES("{\"a\":1,\"b\":[2],\"to\":3}"),
      BYTES("to"), "3" },
    { "white space around a member", BYTES(" { \"to\" : 3 , \"a\":1 } "),
      BYTES("to"), "3" },
    { "a number that ends the object", BYTES("{\"a\":-1.5e3}"), BYTES("a"),
      "-1.5e3" },
    { "an object as value", BYTES("{\"a\":{\"b\":[{}]},\"c\":1}"),
      BYTES("a"), "{\"b\":[{}]}" },
    { "an array as value", BYTES("{\"a\":[[1],\"]\"] ,\"c\":1}"), BYTES("a"),
      "[[1],\"]\"]" },
    { "brackets and quotes inside strings",
      BYTES("{\"a\":\"}]\\\"{\\\\\",\"to\":1}"), BYTES("to"), "1" },
    { "of a name that comes twice, the last", BYTES("{\"a\":1,\"a\":2}"),
      BYTES("a"), "2" },
    { "a name written with escapes", BYTES("{\"\\u0074\\u006F\":1}"),
      BYTES("to"), "1" },
    { "an escaped name later wins over a plain one",
      BYTES("{\"to\":1,\"t\\u006f\":2}"), BYTES("to"), "2" },
    { "a name beyond the BMP", BYTES("{\"\\ud83d\\ude00\":1}"),
      BYTES("\xf0\x9f\x98\x80"), "1" },
    { "an empty name", BYTES("{\"\":1}"), BYTES(""), "1" },
    { "a name is not its beginning", BYTES("{\"too\":1}"), BYTES("to"), NULL },
    { "a name is not more than it is", BYTES("{\"t\":1}"), BYTES("to"), NULL },
    { "no member", BYTES("{}"), BYTES("to"), NULL },
    { "members of members are not found", BYTES("{\"a\":{\"to\":1}}"),
      BYTES("to"), NULL },
    { "strings that look like names are not",
      BYTES("{\"a\":\"\\\"to\\\":1\"}"), BYTES("to"), NULL },
    { "an array has no members", BYTES("[\"to\",1]"), BYTES("to"), NULL },
    { "a string has none", BYTES("\"to\""), BYTES("to"), NULL },
    { "nothing has none", BYTES(""), BYTES("to"), NULL }
};

static const struct {
    const char    *name;
    chat_slice_t   array;
    const char    *elements;     /* joined by | */
} arrays[] = {
    { "no elements", BYTES("[]"), "" },
    { "no elements but a space", BYTES("[ ]"), "" },
    { "one element", BYTES("[1]"), "1|" },
    { "elements of all kinds",
      BYTES("[ \"a,]\" , [1,2] ,{\"b\":[]}, null,-1 ]"),
      "\"a,]\"|[1,2]|{\"b\":[]}|null|-1|" },
    { "an object has no elements", BYTES("{\"a\":1}"), "" },
    { "nothing has none", BYTES(""), "" }
};

static const struct {
    const char     *name;
    chat_slice_t    value;
    chat_status_t   rc;
    chat_slice_t    content;
} strings[] = {
    { "an empty string", BYTES("\"\""), CHAT_OK, BYTES("") },
    { "a plain string", BYTES("\"abc\""), CHAT_OK, BYTES("abc") },
    { "escapes undone", BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), CHAT_OK,
      BYTES("\"\\/\b\f\n\r\t") },
    { "an escaped NUL", BYTES("\"a\\u0000b\""), CHAT_OK, BYTES("a\0b") },
    { "an escaped DEL", BYTES("\"\\u007f\""), CHAT_OK, BYTES("\x7f") },
    { "U+0080 escaped", BYTES("\"\\u0080\""), CHAT_OK, BYTES("\xc2\x80") },
    { "U+07FF escaped", BYTES("\"\\u07ff\""), CHAT_OK, BYTES("\xdf\xbf") },
    { "U+0800 escaped", BYTES("\"\\u0800\""), CHAT_OK, BYTES("\xe0\xa0\x80") },
    { "U+FFFF escaped", BYTES("\"\\uffff\""), CHAT_OK, BYTES("\xef\xbf\xbf") },
    { "U+10000 escaped", BYTES("\"\\ud800\\udc00\""), CHAT_OK,
      BYTES("\xf0\x90\x80\x80") },
    { "U+10FFFF escaped", BYTES("\"\\udbff\\udfff\""), CHAT_OK,
      BYTES("\xf4\x8f\xbf\xbf") },
    { "sixteen bytes where sixteen fit", BYTES("\"0123456789abcdef\""),
      CHAT_OK, BYTES("0123456789abcdef") },
    { "seventeen bytes where sixteen fit", BYTES("\"0123456789abcdefg\""),
      CHAT_TOO_BIG, BYTES("") },
    { "a character that would fit by half", BYTES("\"0123456789abcde\\u00e9\""),
      CHAT_TOO_BIG, BYTES("") },
    { "a number is no string", BYTES("1"), CHAT_BAD, BYTES("") },
    { "an array is no string", BYTES("[\"a\"]"), CHAT_BAD, BYTES("") }
};

/* Nothing may be read outside of these, whatever is asked. */
static const chat_slice_t  unchecked[] = {
    BYTES("{"), BYTES("{\""), BYTES("{\"a"), BYTES("{\"a\\"), BYTES("{\"a\""),
    BYTES("{\"a\":"), BYTES("{\"a\":\""), BYTES("{\"a\":\"\\"),
    BYTES("{\"a\":{"), BYTES("{\"a\":[[["), BYTES("{\"a\":1,"),
    BYTES("{\"\\u"), BYTES("{\"\\u00\":1}"), BYTES("{\"\\ud83d\\u\":1}"),
    BYTES("{\"\\x\":1}"), BYTES("["), BYTES("[1,"), BYTES("[]]]"), BYTES("[}"),
    BYTES("[\""), BYTES("[\"\\"), BYTES("[,"), BYTES("}}}"), BYTES(":")
};


static void
test_elements(size_t i)
{
    size_t              at, n;
    char                all[256];
    chat_slice_t        array;
    chat_json_value_t   value;

    array = exact(arrays[i].array);
    at = 0;
    n = 0;

    while (chat_json_element(array, &at, &value) == CHAT_OK) {
        memcpy(all + n, value.text.data, value.text.len);
        n += value.text.len;
        all[n++] = '|';
    }

    tap_is_mem(all, n, arrays[i].elements, strlen(arrays[i].elements),
               arrays[i].name);

    exact_free(array);
}


static void
test_string(size_t i)
{
    size_t             len;
    uint8_t            out[16];
    chat_slice_t       text;
    chat_status_t      rc;
    chat_json_value_t  value;

    text = exact(strings[i].value);
    rc = chat_json_check(text, &value);

    if (rc == CHAT_OK) {
        rc = chat_json_string(value, out, sizeof(out), &len);
    }

    tap_ok(rc == strings[i].rc
           && (rc != CHAT_OK
               || chat_slice_eq(chat_slice_of(out, len), strings[i].content)),
           strings[i].name);

    exact_free(text);
}


static void
test_walk(void)
{
    size_t             at, n;
    char               seen[256];
    chat_slice_t       text;
    chat_json_token_t  token;

    static const char  expected[] = "[{a=1;b={c=\"x:}\";}d=[{}{e=null;}]}]";

    text = exact(chat_slice("[\"s\", {\"a\":1, \"b\" : {\"c\":\"x:}\"},"
                            "\"d\":[{},\"t\",{\"e\":null}]}]"));
    at = 0;
    n = 0;

    while (chat_json_walk(text, &at, &token) == CHAT_OK) {

        if (token.bracket) {
            seen[n++] = (char) token.bracket;
            continue;
        }

        memcpy(seen + n, token.name.data, token.name.len);
        n += token.name.len;
        seen[n++] = '=';

        if (token.value.text.len) {
            memcpy(seen + n, token.value.text.data, token.value.text.len);
            n += token.value.text.len;
            seen[n++] = ';';
        }
    }

    tap_is_mem(seen, n, expected, strlen(expected),
               "a walk gives all members of all objects in order");
    exact_free(text);
}


static void
test_unchecked(void)
{
    size_t             i, at, len, steps;
    uint8_t            out[16];
    chat_slice_t       text;
    chat_json_token_t  token;
    chat_json_value_t  value;

    steps = 0;

    for (i = 0; i < countof(unchecked); i++) {
        text = exact(unchecked[i]);

        steps += chat_json_member(text, chat_slice("a"), &value) == CHAT_OK
                 && chat_json_string(value, out, sizeof(out), &len) == CHAT_OK;
        steps += chat_json_member(text, chat_slice(""), &value) == CHAT_OK;

        for (at = 0; chat_json_element(text, &at, &value) == CHAT_OK; ) {
            steps++;
        }

        for (at = 0; chat_json_walk(text, &at, &token) == CHAT_OK; ) {
            steps++;
        }

        exact_free(text);
    }

    tap_ok(steps < 1000, "text that was not checked comes to an end");
}


int
main(void)
{
    size_t             i;
    chat_slice_t       object, name;
    chat_status_t      rc;
    chat_json_value_t  value;

    for (i = 0; i < countof(members); i++) {
        object = exact(members[i].object);
        name = exact(members[i].member);
        rc = chat_json_member(object, name, &value);

        if (members[i].value == NULL) {
            tap_is_int(rc, CHAT_NOT_FOUND, members[i].name);

        } else {
            tap_ok(rc == CHAT_OK
                   && chat_slice_eq(value.text,
                                    chat_slice_of(members[i].value,
                                                  strlen(members[i].value))),
                   members[i].name);
        }

        exact_free(object);
        exact_free(name);
    }

    for (i = 0; i < countof(arrays); i++) {
        test_elements(i);
    }

    for (i = 0; i < countof(strings); i++) {
        test_string(i);
    }

    test_walk();
    test_unchecked();

    return tap_done();
}
