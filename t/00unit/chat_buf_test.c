
/*
 * The builder: what is appended arrives, what does not fit fails for good and
 * never writes past the end.
 */

#include "tap.h"
#include "exact.h"
#include "chat_buf.h"


static const struct {
    const char    *name;
    chat_slice_t   text;
    const char    *json;
} strings[] = {
    { "an empty string keeps its quotes", BYTES(""), "\"\"" },
    { "plain text stands as it is", BYTES("hello /"), "\"hello /\"" },
    { "quotes and backslashes are escaped", BYTES("a\"b\\c"),
      "\"a\\\"b\\\\c\"" },
    { "short escapes are used where JSON has them", BYTES("\b\f\n\r\t"),
      "\"\\b\\f\\n\\r\\t\"" },
    { "other control bytes are \\u00xx, NUL too", BYTES("\0\x1e\x1f|"),
      "\"\\u0000\\u001e\\u001f|\"" },
    { "UTF-8 and DEL stand as they are", BYTES("\xc3\xa9\x7f\xf0\x9f\x98\x80"),
      "\"\xc3\xa9\x7f\xf0\x9f\x98\x80\"" }
};

static const struct {
    const char  *name;
    uint64_t     n;
    const char  *text;
} numbers[] = {
    { "zero is one digit", 0, "0" },
    { "a number has no leading zeros", 1007, "1007" },
    { "the greatest number fits", UINT64_MAX, "18446744073709551615" }
};


static void
test_fixed_capacities(void)
{
    int           whole, intact, sticky;
    size_t        cap;
    uint8_t       memory[64];
    chat_buf_t    b;
    const char   *text = "abc12\"x\"";

    whole = intact = sticky = 1;

    for (cap = 0; cap < 32; cap++) {
        memset(memory, 0xee, sizeof(memory));

        chat_buf_init_fixed(&b, memory, cap);
        chat_buf_str(&b, "abc");
        chat_buf_u64(&b, 12);
        chat_buf_json(&b, chat_slice("x"));

        if (cap >= strlen(text)) {
            whole &= chat_buf_status(&b) == CHAT_OK && b.len == strlen(text)
                     && memcmp(memory, text, b.len) == 0;

        } else {
            sticky &= chat_buf_status(&b) == CHAT_TOO_BIG;
            chat_buf_slice(&b, chat_slice(""));
            sticky &= chat_buf_status(&b) == CHAT_TOO_BIG;
        }

        intact &= b.len <= cap && memory[cap] == 0xee;
        chat_buf_free(&b);
    }

    tap_ok(whole, "a fixed buffer takes what just fits, and all above it");
    tap_ok(sticky, "one byte less fails, and stays failed");
    tap_ok(intact, "nothing is written past a fixed buffer's end");
}


static void
test_growing(void)
{
    size_t      i;
    chat_buf_t  b;

    chat_buf_init(&b, 1000);

    for (i = 0; i < 1000; i++) {
        chat_buf_byte(&b, (uint8_t) i);
    }

    tap_is_int(chat_buf_status(&b), CHAT_OK, "a buffer grows to its maximum");
    tap_is_int((int64_t) b.len, 1000, "and holds every byte");
    tap_is_int(b.data[999], 999 & 0xff, "in order");

    chat_buf_byte(&b, 'x');
    tap_is_int(chat_buf_status(&b), CHAT_TOO_BIG, "but not one byte further");
    tap_is_int((int64_t) b.len, 1000, "and keeps what it had");

    chat_buf_reset(&b);
    tap_is_int(chat_buf_status(&b), CHAT_OK, "a reset forgets the failure");

    chat_buf_str(&b, "again");
    tap_is_mem(b.data, b.len, "again", 5, "and the buffer serves again");

    chat_buf_free(&b);
    tap_ok(b.data == NULL && b.len == 0, "freeing leaves an empty buffer");

    chat_buf_str(&b, "twice");
    tap_is_int(chat_buf_status(&b), CHAT_OK, "that can be used once more");
    chat_buf_free(&b);
}


static void
test_large_pieces(void)
{
    chat_buf_t    b;
    static char   piece[100000];

    chat_buf_init(&b, SIZE_MAX);
    chat_buf_byte(&b, '1');
    chat_buf_put(&b, piece, sizeof(piece));
    tap_is_int((int64_t) b.len, 100001, "a piece may be larger than doubling");

    chat_buf_free(&b);
    chat_buf_init(&b, sizeof(piece));
    chat_buf_put(&b, piece, sizeof(piece));
    tap_is_int(chat_buf_status(&b), CHAT_OK,
               "and may be all that the buffer can ever hold");

    chat_buf_put(&b, piece, SIZE_MAX);
    tap_is_int(chat_buf_status(&b), CHAT_TOO_BIG,
               "a length that would wrap is refused");
    chat_buf_free(&b);
}


static void
test_failing(void)
{
    chat_buf_t  b;

    chat_buf_init(&b, 100);
    chat_buf_fail(&b, CHAT_BAD);
    chat_buf_str(&b, "never");
    chat_buf_fail(&b, CHAT_NOMEM);

    tap_is_int(chat_buf_status(&b), CHAT_BAD, "the first reason is kept");
    tap_is_int((int64_t) b.len, 0, "nothing is appended after it");
    chat_buf_free(&b);
}


int
main(void)
{
    size_t      i;
    chat_buf_t  b;

    for (i = 0; i < countof(strings); i++) {
        chat_buf_init(&b, 1024);
        chat_buf_json(&b, strings[i].text);
        tap_is_mem(b.data, b.len, strings[i].json, strlen(strings[i].json),
                   strings[i].name);
        chat_buf_free(&b);
    }

    for (i = 0; i < countof(numbers); i++) {
        chat_buf_init(&b, 1024);
        chat_buf_u64(&b, numbers[i].n);
        tap_is_mem(b.data, b.len, numbers[i].text, strlen(numbers[i].text),
                   numbers[i].name);
        chat_buf_free(&b);
    }

    test_fixed_capacities();
    test_growing();
    test_large_pieces();
    test_failing();

    return tap_done();
}
