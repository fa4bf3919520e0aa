
/*
 * UTF-8 by RFC 3629: the edges of each row of its table, in one piece and
 * byte by byte.
 */

#include "tap.h"
#include "exact.h"
#include "chat_utf8.h"


static const struct {
    const char    *name;
    chat_slice_t   text;
    bool           valid;
} cases[] = {
    { "nothing is valid", BYTES(""), true },
    { "ASCII from NUL to DEL is valid", BYTES("\0 ~\x7f"), true },
    { "ASCII longer than a word is valid", BYTES("0123456789abcdefg"), true },
    { "U+0080, the first of two bytes", BYTES("\xc2\x80"), true },
    { "U+07FF, the last of two bytes", BYTES("\xdf\xbf"), true },
    { "U+0800, the first of three bytes", BYTES("\xe0\xa0\x80"), true },
    { "U+D7FF, below the surrogates", BYTES("\xed\x9f\xbf"), true },
    { "U+E000, above the surrogates", BYTES("\xee\x80\x80"), true },
    { "U+FFFF, the last of three bytes", BYTES("\xef\xbf\xbf"), true },
    { "U+10000, the first of four bytes", BYTES("\xf0\x90\x80\x80"), true },
    { "U+10FFFF, the last of all", BYTES("\xf4\x8f\xbf\xbf"), true },
    { "characters among ASCII", BYTES("caf\xc3\xa9 \xe2\x82\xac 12345678"),
      true },

    { "a continuation byte alone", BYTES("\x80"), false },
    { "a continuation byte behind a whole character", BYTES("\xc2\x80\x80"),
      false },
    { "C0 80, an overlong NUL", BYTES("\xc0\x80"), false },
    { "C1 BF, an overlong DEL", BYTES("\xc1\xbf"), false },
    { "E0 9F BF, overlong for U+07FF", BYTES("\xe0\x9f\xbf"), false },
    { "F0 8F BF BF, overlong for U+FFFF", BYTES("\xf0\x8f\xbf\xbf"), false },
    { "U+D800, the first surrogate", BYTES("\xed\xa0\x80"), false },
    { "U+DFFF, the last surrogate", BYTES("\xed\xbf\xbf"), false },
    { "F4 90 80 80, U+110000", BYTES("\xf4\x90\x80\x80"), false },
    { "F5 begins nothing", BYTES("\xf5\x80\x80\x80"), false },
    { "FE begins nothing", BYTES("\xfe"), false },
    { "FF begins nothing", BYTES("\xff"), false },
    { "a letter where a byte must follow", BYTES("\xc3" "a"), false },
    { "a letter in the middle of four", BYTES("\xf0\x9f" "a\x80"), false },
    { "a second first byte", BYTES("\xe2\xe2\x82\xac"), false },
    { "two bytes cut off", BYTES("abc\xc3"), false },
    { "three bytes cut off", BYTES("\xe2\x82"), false },
    { "four bytes cut off", BYTES("\xf0\x9f\x98"), false },
    { "wrong behind a whole word of ASCII", BYTES("12345678\xff"), false }
};


static bool
valid_in_pieces(chat_slice_t text, size_t piece)
{
    size_t             at, n;
    chat_utf8_state_t  state;

    state = 0;

    for (at = 0; at < text.len; at += n) {
        n = (text.len - at < piece) ? text.len - at : piece;

        if (!chat_utf8_feed(&state, text.data + at, n)) {
            return false;
        }
    }

    return state == 0;
}


/* Every text of two bytes, against the table said in other words. */
static void
test_all_pairs(void)
{
    int           right;
    uint32_t      a, b;
    uint8_t       text[2];

    right = 1;

    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            text[0] = (uint8_t) a;
            text[1] = (uint8_t) b;

            right &= chat_utf8_valid(chat_slice_of(text, 2))
                     == ((a < 0x80 && b < 0x80)
                         || (a >= 0xc2 && a <= 0xdf && b >= 0x80 && b < 0xc0));
        }
    }

    tap_ok(right, "of all texts of two bytes the right ones are valid");
}


static void
test_lost(void)
{
    chat_utf8_state_t  state;

    state = 0;
    tap_ok(!chat_utf8_feed(&state, (const uint8_t *) "a\xff", 2),
           "a wrong byte is refused at once");
    tap_ok(!chat_utf8_feed(&state, (const uint8_t *) "fine", 4),
           "and nothing that follows makes it good");
}


int
main(void)
{
    size_t        i;
    chat_slice_t  text;

    for (i = 0; i < countof(cases); i++) {
        text = exact(cases[i].text);

        tap_ok(chat_utf8_valid(text) == cases[i].valid
               && valid_in_pieces(text, 1) == cases[i].valid
               && valid_in_pieces(text, 3) == cases[i].valid, cases[i].name);

        exact_free(text);
    }

    test_all_pairs();
    test_lost();

    return tap_done();
}
