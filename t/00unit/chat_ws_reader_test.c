
/*
 * A client's messages put together: what comes out must not depend on where
 * the bytes were cut.
 */

#include "tap.h"
#include "exact.h"
#include "chat_ws_reader.h"

#define MASK   "\0\0\0\0"
#define MAX    300
#define FIFTY  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"


/* `trace`: opcode and payload of each item, then how it ends. */
static const struct {
    const char     *name;
    chat_slice_t    wire;
    const char     *trace;
} cases[] = {
    { "a text message", BYTES("\x81\x85" MASK "hello"), "1:hello again" },
    { "an empty message", BYTES("\x81\x80" MASK), "1: again" },
    { "a masked message", BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
      "1:Hello again" },
    { "a binary message that is not UTF-8", BYTES("\x82\x82" MASK "\xff!"),
      "2:\xff! again" },
    { "two messages", BYTES("\x81\x81" MASK "a\x81\x81" MASK "b"),
      "1:a 1:b again" },
    { "a length of two bytes", BYTES("\x81\xfe\x00\x96" MASK FIFTY FIFTY FIFTY),
      "1:" FIFTY FIFTY FIFTY " again" },
    { "a message in three fragments",
      BYTES("\x01\x82" MASK "he" "\x00\x81" MASK "l" "\x80\x82" MASK "lo"),
      "1:hello again" },
    { "empty fragments", BYTES("\x01\x80" MASK "\x00\x80" MASK "\x80\x80" MASK),
      "1: again" },
    { "control frames between fragments",
      BYTES("\x01\x82" MASK "he" "\x89\x83" MASK "one" "\x8a\x80" MASK
            "\x80\x83" MASK "llo"),
      "9:one 10: 1:hello again" },
    { "a close", BYTES("\x88\x82" MASK "\x03\xe8"), "8:\x03\xe8 again" },
    { "a character cut by fragments",
      BYTES("\x01\x81" MASK "\xc3" "\x80\x81" MASK "\xa9"), "1:\xc3\xa9 again" },
    { "a message after a fragmented one",
      BYTES("\x01\x81" MASK "a" "\x80\x81" MASK "b" "\x82\x81" MASK "c"),
      "1:ab 2:c again" },
    { "the longest message", BYTES("\x82\xfe\x01\x2c" MASK
      FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY),
      "2:" FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY " again" },

    { "one byte above the limit", BYTES("\x81\xfe\x01\x2d" MASK), "too big" },
    { "above the limit by fragments",
      BYTES("\x01\xfe\x00\x96" MASK FIFTY FIFTY FIFTY
            "\x80\xfe\x00\x97" MASK), "too big" },
    { "invalid UTF-8", BYTES("\x81\x82" MASK "a\xff"), "not utf8" },
    { "invalid UTF-8 before the message is whole",
      BYTES("\x01\x81" MASK "\xff"), "not utf8" },
    { "a character that is not finished", BYTES("\x81\x81" MASK "\xc3"),
      "not utf8" },
    { "a continuation of nothing", BYTES("\x80\x81" MASK "a"), "bad" },
    { "a new message within another",
      BYTES("\x01\x81" MASK "a" "\x81\x81" MASK "b"), "bad" },
    { "not masked", BYTES("\x81\x01""a"), "bad" },
    { "a message, then nonsense", BYTES("\x81\x81" MASK "a" "\xff\xff"),
      "1:a bad" },
};


static const char *
ending(chat_status_t rc)
{
    return rc == CHAT_AGAIN ? "again" : rc == CHAT_TOO_BIG ? "too big"
           : rc == CHAT_NOT_UTF8 ? "not utf8" : "bad";
}


/* Feeds the wire in pieces of `first` bytes, then of `step`. */
static void
trace(chat_slice_t wire, size_t first, size_t step, chat_buf_t *out)
{
    size_t             at, n;
    uint8_t           *p;
    chat_slice_t       piece;
    chat_status_t      rc;
    chat_ws_item_t     item;
    chat_ws_reader_t   reader;

    chat_buf_reset(out);
    chat_ws_reader_init(&reader, MAX);
    rc = CHAT_AGAIN;

    for (at = 0, n = first; at < wire.len && rc == CHAT_AGAIN; n = step) {

        n = (n < wire.len - at) ? n : wire.len - at;
        piece = exact(chat_slice_of(wire.data + at, n));
        at += n;
        p = (uint8_t *) piece.data;

        while ((rc = chat_ws_reader_next(&reader, &p,
                                         (uint8_t *) piece.data + n, &item))
               == CHAT_OK)
        {
            chat_buf_u64(out, item.opcode);
            chat_buf_byte(out, ':');
            chat_buf_slice(out, item.payload);
            chat_buf_byte(out, ' ');
        }

        exact_free(piece);
    }

    chat_buf_str(out, ending(rc));
    chat_ws_reader_free(&reader);
}


static void
test_case(size_t i)
{
    size_t       cut, len;
    chat_buf_t   out;

    len = strlen(cases[i].trace);
    chat_buf_init(&out, 65536);

    trace(cases[i].wire, cases[i].wire.len, 1, &out);

    /* payloads with NULs have no case here, so strlen() will do */
    if (!tap_is_mem(out.data, out.len, cases[i].trace, len, cases[i].name)) {
        chat_buf_free(&out);
        return;
    }

    for (cut = 1; cut <= cases[i].wire.len; cut++) {

        trace(cases[i].wire, cut, cases[i].wire.len, &out);

        if (out.len != len || memcmp(out.data, cases[i].trace, len) != 0) {
            tap_is_int((int64_t) cut, -1, "the same, wherever it is cut");
            tap_dump("got", out.data, out.len);
            break;
        }
    }

    trace(cases[i].wire, 1, 1, &out);
    tap_is_mem(out.data, out.len, cases[i].trace, len,
               "the same, byte by byte");
    chat_buf_free(&out);
}


/* What is kept follows what came, not what was claimed. */
static void
test_claimed_length(void)
{
    uint8_t            wire[] = "\x82\xff\0\0\0\0\0\x10\0\0" MASK "abc";
    uint8_t           *p;
    chat_ws_item_t     item;
    chat_ws_reader_t   reader;

    p = wire;
    chat_ws_reader_init(&reader, 2 * 1024 * 1024);

    tap_is_int(chat_ws_reader_next(&reader, &p, wire + sizeof(wire) - 1, &item),
               CHAT_AGAIN, "a megabyte is claimed, three bytes came");
    tap_ok(reader.message.cap < 1024, "no megabyte is taken for it");
    tap_ok(!chat_ws_reader_idle(&reader), "the reader has to be kept");

    chat_ws_reader_free(&reader);
}


static void
test_fragments(void)
{
    size_t             i;
    uint8_t            wire[6], *p;
    chat_status_t      rc;
    chat_ws_item_t     item;
    chat_ws_reader_t   reader;

    chat_ws_reader_init(&reader, MAX);
    rc = CHAT_AGAIN;

    for (i = 0; i <= CHAT_WS_FRAGMENTS_MAX && rc == CHAT_AGAIN; i++) {
        memcpy(wire, i ? "\x00\x80" MASK : "\x01\x80" MASK, sizeof(wire));
        p = wire;
        rc = chat_ws_reader_next(&reader, &p, wire + sizeof(wire), &item);
    }

    tap_is_int(rc, CHAT_TOO_BIG, "too many fragments are refused");
    tap_is_int((int64_t) i, CHAT_WS_FRAGMENTS_MAX + 1,
               "with the first one above the limit");

    chat_ws_reader_free(&reader);
}


static void
test_idle(void)
{
    uint8_t            wire[] = "\x81\x81" MASK "a";
    uint8_t           *p;
    chat_ws_item_t     item;
    chat_ws_reader_t   reader;

    chat_ws_reader_init(&reader, MAX);
    tap_ok(chat_ws_reader_idle(&reader), "a new reader is idle");

    p = wire;
    tap_is_int(chat_ws_reader_next(&reader, &p, wire + 1, &item), CHAT_AGAIN,
               "half a header is not enough");
    tap_ok(!chat_ws_reader_idle(&reader), "with half a header it is not idle");

    tap_is_int(chat_ws_reader_next(&reader, &p, wire + sizeof(wire) - 1, &item),
               CHAT_OK, "the rest makes a message");
    tap_ok(chat_ws_reader_idle(&reader), "after a message it is idle again");

    chat_ws_reader_free(&reader);
}


static const struct {
    chat_status_t     status;
    chat_ws_close_t   code;
    const char       *name;
} codes[] = {
    { CHAT_BAD, CHAT_WS_CLOSE_PROTOCOL, "bad frames close with 1002" },
    { CHAT_TOO_BIG, CHAT_WS_CLOSE_TOO_BIG, "too much closes with 1009" },
    { CHAT_NOT_UTF8, CHAT_WS_CLOSE_NOT_UTF8, "bad text closes with 1007" },
    { CHAT_NOMEM, CHAT_WS_CLOSE_ERROR, "no memory closes with 1011" },
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < countof(cases); i++) {
        test_case(i);
    }

    for (i = 0; i < countof(codes); i++) {
        tap_is_int(chat_ws_reader_close_code(codes[i].status), codes[i].code,
                   codes[i].name);
    }

    test_claimed_length();
    test_fragments();
    test_idle();

    return tap_done();
}
