
/*
 * Which texts are JSON: RFC 8259, with the limits of the header.
 */

#include "tap.h"
#include "exact.h"
#include "chat_json_scan.h"

#define OPEN16   "[[[[[[[[[[[[[[[["
#define CLOSE16  "]]]]]]]]]]]]]]]]"
#define OPEN64   OPEN16 OPEN16 OPEN16 OPEN16
#define CLOSE64  CLOSE16 CLOSE16 CLOSE16 CLOSE16
#define OPEN512  OPEN64 OPEN64 OPEN64 OPEN64 OPEN64 OPEN64 OPEN64 OPEN64
#define CLOSE512                                                              \
    CLOSE64 CLOSE64 CLOSE64 CLOSE64 CLOSE64 CLOSE64 CLOSE64 CLOSE64


static const struct {
    const char        *name;
    chat_slice_t       text;
    chat_json_type_t   type;
    const char        *extent;
} sound[] = {
    { "null", BYTES("null"), CHAT_JSON_NULL, "null" },
    { "true", BYTES("true"), CHAT_JSON_BOOL, "true" },
    { "false", BYTES("false"), CHAT_JSON_BOOL, "false" },
    { "zero", BYTES("0"), CHAT_JSON_NUMBER, "0" },
    { "minus zero", BYTES("-0"), CHAT_JSON_NUMBER, "-0" },
    { "a fraction", BYTES("0.50"), CHAT_JSON_NUMBER, "0.50" },
    { "an exponent", BYTES("1e5"), CHAT_JSON_NUMBER, "1e5" },
    { "an exponent with a sign", BYTES("-12.3E+04"), CHAT_JSON_NUMBER,
      "-12.3E+04" },
    { "a number of any length", BYTES("12345678901234567890123"),
      CHAT_JSON_NUMBER, "12345678901234567890123" },
    { "a number no double holds", BYTES("1e400"), CHAT_JSON_NUMBER, "1e400" },
    { "an empty string", BYTES("\"\""), CHAT_JSON_STRING, "\"\"" },
    { "all escapes", BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABcd\""),
      CHAT_JSON_STRING, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABcd\"" },
    { "an escaped NUL", BYTES("\"\\u0000\""), CHAT_JSON_STRING,
      "\"\\u0000\"" },
    { "a surrogate pair", BYTES("\"\\ud83d\\uDE00\""), CHAT_JSON_STRING,
      "\"\\ud83d\\uDE00\"" },
    { "the code points beside the surrogates", BYTES("\"\\ud7ff\\ue000\""),
      CHAT_JSON_STRING, "\"\\ud7ff\\ue000\"" },
    { "DEL is no control character here", BYTES("\"\x7f\""), CHAT_JSON_STRING,
      "\"\x7f\"" },
    { "UTF-8 of two, three and four bytes",
      BYTES("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""), CHAT_JSON_STRING,
      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
    { "a string longer than a word", BYTES("\"0123456789abcdef\\\"01234567\""),
      CHAT_JSON_STRING, "\"0123456789abcdef\\\"01234567\"" },
    { "an empty array", BYTES("[]"), CHAT_JSON_ARRAY, "[]" },
    { "an empty array with a space", BYTES("[ ]"), CHAT_JSON_ARRAY, "[ ]" },
    { "an array of all kinds", BYTES("[1,\"a\",null,true,false,[],{}]"),
      CHAT_JSON_ARRAY, "[1,\"a\",null,true,false,[],{}]" },
    { "an empty object", BYTES("{}"), CHAT_JSON_OBJECT, "{}" },
    { "members", BYTES("{\"a\":1,\"b\":{\"c\":[{}]}}"), CHAT_JSON_OBJECT,
      "{\"a\":1,\"b\":{\"c\":[{}]}}" },
    { "an empty name", BYTES("{\"\":0}"), CHAT_JSON_OBJECT, "{\"\":0}" },
    { "a name that comes twice", BYTES("{\"a\":1,\"a\":2}"), CHAT_JSON_OBJECT,
      "{\"a\":1,\"a\":2}" },
    { "white space everywhere", BYTES(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n"),
      CHAT_JSON_OBJECT, "{ \"a\" : [ 1 , 2 ] }" },
    { "512 levels", BYTES(OPEN512 CLOSE512), CHAT_JSON_ARRAY,
      OPEN512 CLOSE512 },
    { "objects and arrays in turn, and back",
      BYTES("[{\"a\":[[{\"b\":[[]]}]],\"c\":{\"d\":[]}},[{}],{\"e\":1}]"),
      CHAT_JSON_ARRAY,
      "[{\"a\":[[{\"b\":[[]]}]],\"c\":{\"d\":[]}},[{}],{\"e\":1}]" }
};

static const struct {
    const char     *name;
    chat_slice_t    text;
    chat_status_t   rc;
} refused[] = {
    { "nothing", BYTES(""), CHAT_BAD },
    { "white space", BYTES(" \n"), CHAT_BAD },
    { "a NUL", BYTES("\0"), CHAT_BAD },
    { "a NUL behind a value", BYTES("1\0"), CHAT_BAD },
    { "two values", BYTES("1 2"), CHAT_BAD },
    { "two objects", BYTES("{}{}"), CHAT_BAD },
    { "a byte order mark", BYTES("\xef\xbb\xbf{}"), CHAT_BAD },
    { "a form feed as white space", BYTES("\f1"), CHAT_BAD },
    { "a no-break space", BYTES("\xc2\xa0" "1"), CHAT_BAD },
    { "a comment", BYTES("/**/1"), CHAT_BAD },

    { "a word cut off", BYTES("nul"), CHAT_BAD },
    { "a word with more", BYTES("nulls"), CHAT_BAD },
    { "a capital word", BYTES("True"), CHAT_BAD },
    { "NaN", BYTES("NaN"), CHAT_BAD },
    { "Infinity", BYTES("Infinity"), CHAT_BAD },
    { "minus Infinity", BYTES("-Infinity"), CHAT_BAD },

    { "a minus alone", BYTES("-"), CHAT_BAD },
    { "a plus", BYTES("+1"), CHAT_BAD },
    { "a leading zero", BYTES("01"), CHAT_BAD },
    { "a leading zero behind a minus", BYTES("-00"), CHAT_BAD },
    { "no digit before the point", BYTES(".5"), CHAT_BAD },
    { "no digit behind the point", BYTES("1."), CHAT_BAD },
    { "an exponent without digits", BYTES("1e"), CHAT_BAD },
    { "an exponent with only a sign", BYTES("1e+"), CHAT_BAD },
    { "a point in the exponent", BYTES("1e1.5"), CHAT_BAD },
    { "hex", BYTES("0x10"), CHAT_BAD },
    { "two minus signs", BYTES("--1"), CHAT_BAD },

    { "a string without an end", BYTES("\"abc"), CHAT_BAD },
    { "a quote alone", BYTES("\""), CHAT_BAD },
    { "a string that ends in an escaped quote", BYTES("\"abc\\\""), CHAT_BAD },
    { "a string that ends in a backslash", BYTES("\"abc\\"), CHAT_BAD },
    { "single quotes", BYTES("'a'"), CHAT_BAD },
    { "a raw line break", BYTES("\"a\nb\""), CHAT_BAD },
    { "a raw tab", BYTES("\"a\tb\""), CHAT_BAD },
    { "a raw NUL", BYTES("\"a\0b\""), CHAT_BAD },
    { "a raw 0x1E", BYTES("\"\x1e\""), CHAT_BAD },
    { "a raw 0x1F in the second word", BYTES("\"01234567\x1f" "abcdefgh\""),
      CHAT_BAD },
    { "a raw line break where the string would end", BYTES("\"a\n"),
      CHAT_BAD },
    { "an unknown escape", BYTES("\"\\x41\""), CHAT_BAD },
    { "an escaped line break", BYTES("\"\\\n\""), CHAT_BAD },
    { "three hex digits", BYTES("\"\\u00e\""), CHAT_BAD },
    { "hex digits cut off", BYTES("\"\\u00"), CHAT_BAD },
    { "a hex digit that is none", BYTES("\"\\u00eg\""), CHAT_BAD },
    { "a sign among hex digits", BYTES("\"\\u-0e1\""), CHAT_BAD },
    { "a high surrogate alone", BYTES("\"\\ud83d\""), CHAT_BAD },
    { "a high surrogate and a letter", BYTES("\"\\ud83dabcdef\""), CHAT_BAD },
    { "a high surrogate and another escape", BYTES("\"\\ud83d\\n12345\""),
      CHAT_BAD },
    { "two high surrogates", BYTES("\"\\ud83d\\ud83d\""), CHAT_BAD },
    { "a low surrogate alone", BYTES("\"\\ude00\""), CHAT_BAD },
    { "a low surrogate behind another escape", BYTES("\"\\ud83d\\nde00\""),
      CHAT_BAD },
    { "a low surrogate without its backslash", BYTES("\"\\ud83dxude00\""),
      CHAT_BAD },
    { "the first high surrogate alone", BYTES("\"\\ud800\""), CHAT_BAD },
    { "the last high surrogate alone", BYTES("\"\\udbff\""), CHAT_BAD },
    { "the first low surrogate alone", BYTES("\"\\udc00\""), CHAT_BAD },
    { "the last low surrogate alone", BYTES("\"\\udfff\""), CHAT_BAD },
    { "two low surrogates", BYTES("\"\\udc00\\udc00\""), CHAT_BAD },
    { "a high surrogate and what is no low one",
      BYTES("\"\\ud800\\ue000\""), CHAT_BAD },
    { "a high surrogate cut off", BYTES("\"\\ud83d\\u"), CHAT_BAD },

    { "a byte that is not UTF-8", BYTES("\"\xff\""), CHAT_NOT_UTF8 },
    { "a character cut off by the quote", BYTES("\"\xc3\""), CHAT_NOT_UTF8 },
    { "a character cut off by an escape", BYTES("\"\xe2\x82\\n\""),
      CHAT_NOT_UTF8 },
    { "an overlong character", BYTES("\"\xc0\xaf\""), CHAT_NOT_UTF8 },
    { "a surrogate in UTF-8", BYTES("\"\xed\xa0\x80\""), CHAT_NOT_UTF8 },
    { "a name that is not UTF-8", BYTES("{\"\xff\":1}"), CHAT_NOT_UTF8 },

    { "an array without an end", BYTES("[1"), CHAT_BAD },
    { "an array that ends as an object", BYTES("[1}"), CHAT_BAD },
    { "an end without a beginning", BYTES("]"), CHAT_BAD },
    { "a comma at the end of an array", BYTES("[1,]"), CHAT_BAD },
    { "a comma at the beginning", BYTES("[,1]"), CHAT_BAD },
    { "two commas", BYTES("[1,,2]"), CHAT_BAD },
    { "no comma", BYTES("[1 2]"), CHAT_BAD },
    { "a colon in an array", BYTES("[\"a\":1]"), CHAT_BAD },
    { "an object without an end", BYTES("{\"a\":1"), CHAT_BAD },
    { "an object that ends as an array", BYTES("{\"a\":1]"), CHAT_BAD },
    { "a comma at the end of an object", BYTES("{\"a\":1,}"), CHAT_BAD },
    { "a comma instead of a member", BYTES("{,}"), CHAT_BAD },
    { "a name without a value", BYTES("{\"a\":}"), CHAT_BAD },
    { "a name without a colon", BYTES("{\"a\"}"), CHAT_BAD },
    { "an object cut off behind the colon", BYTES("{\"a\":"), CHAT_BAD },
    { "a name without quotes", BYTES("{a:1}"), CHAT_BAD },
    { "a number as a name", BYTES("{1:1}"), CHAT_BAD },
    { "a value without a name", BYTES("{1}"), CHAT_BAD },
    { "a second value without a name", BYTES("{\"a\":1,2}"), CHAT_BAD },
    { "two colons", BYTES("{\"a\"::1}"), CHAT_BAD },
    { "members without a comma", BYTES("{\"a\":1 \"b\":2}"), CHAT_BAD },

    { "513 levels", BYTES("[" OPEN512 CLOSE512 "]"), CHAT_TOO_BIG },
    { "513 levels, the last an object", BYTES(OPEN512 "{}" CLOSE512),
      CHAT_TOO_BIG },
    { "an array closed as an object", BYTES("{\"a\":[{}}]"), CHAT_BAD },
    { "an object closed as an array", BYTES("[[{\"a\":1]]]"), CHAT_BAD }
};


/* An array may stand beside an array on the 512th level, again and again. */
static void
test_wide(void)
{
    size_t              i;
    chat_slice_t        text;
    chat_json_value_t   value;

    static char  wide[512 + 3 * 1000 + 512];

    memset(wide, '[', 511);

    for (i = 0; i < 1000; i++) {
        memcpy(wide + 511 + 3 * i, i ? ",{}" : " {}", 3);
    }

    memset(wide + 511 + 3000, ']', 511);
    text = chat_slice_of(wide, 511 + 3000 + 511);

    tap_is_int(chat_json_check(text, &value), CHAT_OK,
               "the limit counts levels, not brackets");
}


/* Every text that is sound is not once it is cut. */
static void
test_cut(void)
{
    int                cut;
    size_t             i, n;
    chat_slice_t       text;
    chat_json_value_t  value;

    cut = 1;

    for (i = 0; i < countof(sound); i++) {
        if (sound[i].type == CHAT_JSON_NUMBER) {
            continue;
        }

        for (n = 0; n < strlen(sound[i].extent); n++) {
            text = exact(chat_slice_of(sound[i].extent, n));
            cut &= chat_json_check(text, &value) != CHAT_OK;
            exact_free(text);
        }
    }

    tap_ok(cut, "no value that is cut off passes");
}


int
main(void)
{
    size_t             i;
    chat_slice_t       text;
    chat_status_t      rc;
    chat_json_value_t  value;

    for (i = 0; i < countof(sound); i++) {
        text = exact(sound[i].text);
        rc = chat_json_check(text, &value);

        tap_ok(rc == CHAT_OK && value.type == sound[i].type
               && chat_slice_eq(value.text,
                                chat_slice_of(sound[i].extent,
                                              strlen(sound[i].extent))),
               sound[i].name);

        exact_free(text);
    }

    for (i = 0; i < countof(refused); i++) {
        text = exact(refused[i].text);
        tap_is_int(chat_json_check(text, &value), refused[i].rc,
                   refused[i].name);
        exact_free(text);
    }

    test_wide();
    test_cut();

    return tap_done();
}
