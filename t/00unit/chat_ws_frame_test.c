
/*
 * WebSocket frames: RFC 6455, 5 and 7, header by header.
 */

#include "tap.h"
#include "exact.h"
#include "chat_ws_frame.h"

#define THIRTY  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MASK    "\x01\x02\x03\x04"
#define MAX     100000


static const struct {
    const char     *name;
    chat_slice_t    wire;
    chat_status_t   rc;
    uint64_t        length;
    uint8_t         size;
} headers[] = {
    { "an empty text frame", BYTES("\x81\x80" MASK), CHAT_OK, 0, 6 },
    { "a short text frame", BYTES("\x81\x85" MASK "hello"), CHAT_OK, 5, 6 },
    { "125 bytes, the longest short form", BYTES("\x82\xfd" MASK), CHAT_OK,
      125, 6 },
    { "126 bytes, the shortest of two bytes", BYTES("\x82\xfe\x00\x7e" MASK),
      CHAT_OK, 126, 8 },
    { "65535 bytes, the longest of two bytes", BYTES("\x82\xfe\xff\xff" MASK),
      CHAT_OK, 65535, 8 },
    { "65536 bytes, the shortest of eight bytes",
      BYTES("\x82\xff\0\0\0\0\0\x01\0\0" MASK), CHAT_OK, 65536, 14 },
    { "exactly the limit", BYTES("\x82\xff\0\0\0\0\0\x01\x86\xa0" MASK),
      CHAT_OK, MAX, 14 },
    { "the first frame of several", BYTES("\x01\x81" MASK), CHAT_OK, 1, 6 },
    { "a continuation", BYTES("\x00\x81" MASK), CHAT_OK, 1, 6 },
    { "the last frame of several", BYTES("\x80\x81" MASK), CHAT_OK, 1, 6 },
    { "a ping of 125 bytes", BYTES("\x89\xfd" MASK), CHAT_OK, 125, 6 },
    { "an empty pong", BYTES("\x8a\x80" MASK), CHAT_OK, 0, 6 },
    { "an empty close", BYTES("\x88\x80" MASK), CHAT_OK, 0, 6 },

    { "one above the limit", BYTES("\x82\xff\0\0\0\0\0\x01\x86\xa1" MASK),
      CHAT_TOO_BIG, 0, 0 },
    { "the greatest length that is one",
      BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK), CHAT_TOO_BIG,
      0, 0 },

    { "a length with the top bit", BYTES("\x82\xff\x80\0\0\0\0\0\0\0" MASK),
      CHAT_BAD, 0, 0 },
    { "125 in two bytes is not the shortest form",
      BYTES("\x82\xfe\x00\x7d" MASK), CHAT_BAD, 0, 0 },
    { "65535 in eight bytes is not the shortest form",
      BYTES("\x82\xff\0\0\0\0\0\0\xff\xff" MASK), CHAT_BAD, 0, 0 },
    { "not masked", BYTES("\x81\x05hello"), CHAT_BAD, 0, 0 },
    { "not masked, seen at the second byte", BYTES("\x81\x05"), CHAT_BAD, 0,
      0 },
    { "RSV1 without an extension", BYTES("\xc1\x80" MASK), CHAT_BAD, 0, 0 },
    { "RSV2", BYTES("\xa1\x80" MASK), CHAT_BAD, 0, 0 },
    { "RSV3", BYTES("\x91\x80" MASK), CHAT_BAD, 0, 0 },
    { "opcode 3 is reserved", BYTES("\x83\x80" MASK), CHAT_BAD, 0, 0 },
    { "opcode 7 is reserved", BYTES("\x87\x80" MASK), CHAT_BAD, 0, 0 },
    { "opcode 11 is reserved", BYTES("\x8b\x80" MASK), CHAT_BAD, 0, 0 },
    { "opcode 15 is reserved", BYTES("\x8f\x80" MASK), CHAT_BAD, 0, 0 },
    { "a fragmented ping", BYTES("\x09\x80" MASK), CHAT_BAD, 0, 0 },
    { "a fragmented close", BYTES("\x08\x80" MASK), CHAT_BAD, 0, 0 },
    { "a ping of 126 bytes", BYTES("\x89\xfe\x00\x7e" MASK), CHAT_BAD, 0, 0 },
    { "a pong with a length of eight bytes",
      BYTES("\x8a\xff\0\0\0\0\0\x01\0\0" MASK), CHAT_BAD, 0, 0 }
};

static const struct {
    const char     *name;
    chat_slice_t    payload;
    chat_status_t   rc;
    uint16_t        code;
} closes[] = {
    { "a close without a code", BYTES(""), CHAT_OK, 0 },
    { "1000, normal", BYTES("\x03\xe8"), CHAT_OK, 1000 },
    { "1003", BYTES("\x03\xeb"), CHAT_OK, 1003 },
    { "1007", BYTES("\x03\xef"), CHAT_OK, 1007 },
    { "1011 with a reason", BYTES("\x03\xf3oh"), CHAT_OK, 1011 },
    { "1014, registered later", BYTES("\x03\xf6"), CHAT_OK, 1014 },
    { "3000, for libraries", BYTES("\x0b\xb8"), CHAT_OK, 3000 },
    { "4999, for applications", BYTES("\x13\x87"), CHAT_OK, 4999 },
    { "a reason in UTF-8", BYTES("\x03\xe8\xc3\xa9"), CHAT_OK, 1000 },

    { "a reason of 123 bytes, all that fits", BYTES("\x03\xe8" THIRTY THIRTY
      THIRTY THIRTY "aaa"), CHAT_OK, 1000 },
    { "a reason of 124 bytes", BYTES("\x03\xe8" THIRTY THIRTY THIRTY THIRTY
      "aaaa"), CHAT_BAD, 0 },
    { "half a code", BYTES("\x03"), CHAT_BAD, 0 },
    { "0", BYTES("\x00\x00"), CHAT_BAD, 0 },
    { "999", BYTES("\x03\xe7"), CHAT_BAD, 0 },
    { "1004, reserved", BYTES("\x03\xec"), CHAT_BAD, 0 },
    { "1005, never on the wire", BYTES("\x03\xed"), CHAT_BAD, 0 },
    { "1006, never on the wire", BYTES("\x03\xee"), CHAT_BAD, 0 },
    { "1015, never on the wire", BYTES("\x03\xf7"), CHAT_BAD, 0 },
    { "2999", BYTES("\x0b\xb7"), CHAT_BAD, 0 },
    { "5000", BYTES("\x13\x88"), CHAT_BAD, 0 },
    { "65535", BYTES("\xff\xff"), CHAT_BAD, 0 },
    { "a reason that is not UTF-8", BYTES("\x03\xe8\xff"), CHAT_NOT_UTF8, 0 },
    { "a reason cut off in a character", BYTES("\x03\xe8\xc3"),
      CHAT_NOT_UTF8, 0 }
};

static const struct {
    const char    *name;
    uint64_t       length;
    chat_slice_t   wire;
} outs[] = {
    { "a server's empty frame", 0, BYTES("\x81\x00") },
    { "a server's 125", 125, BYTES("\x81\x7d") },
    { "a server's 126", 126, BYTES("\x81\x7e\x00\x7e") },
    { "a server's 65535", 65535, BYTES("\x81\x7e\xff\xff") },
    { "a server's 65536", 65536, BYTES("\x81\x7f\0\0\0\0\0\x01\0\0") }
};

static const struct {
    const char    *name;
    chat_slice_t   key;
    bool           valid;
} keys[] = {
    { "the key of the RFC", BYTES("dGhlIHNhbXBsZSBub25jZQ=="), true },
    { "a key with + and /", BYTES("++++++++++//////////AA=="), true },
    { "a key of the first and last of each kind",
      BYTES("azAZ09+/azAZ09+/azAZ09=="), true },
    { "a key with @, one below A", BYTES("@zAZ09+/azAZ09+/azAZ09=="), false },
    { "a key with [, one above Z", BYTES("[zAZ09+/azAZ09+/azAZ09=="), false },
    { "a key with `, one below a", BYTES("`zAZ09+/azAZ09+/azAZ09=="), false },
    { "a key with {, one above z", BYTES("{zAZ09+/azAZ09+/azAZ09=="), false },
    { "a key with :, one above 9", BYTES(":zAZ09+/azAZ09+/azAZ09=="), false },
    { "a key with ., one below /", BYTES(".zAZ09+/azAZ09+/azAZ09=="), false },
    { "an empty key", BYTES(""), false },
    { "a key of 15 bytes", BYTES("dGhlIHNhbXBsZSBub25j"), false },
    { "a key of 18 bytes", BYTES("dGhlIHNhbXBsZSBub25jZWVl"), false },
    { "a key with a stranger in it", BYTES("dGhlIHNhbXBsZSBub25j!Q=="), false },
    { "a key with padding in it", BYTES("dGhlIHNhbXBsZSBub2=jZQ=="), false }
};


static void
test_headers(void)
{
    int               again;
    size_t            i, n;
    chat_slice_t      wire;
    chat_status_t     rc;
    chat_ws_header_t  h;

    for (i = 0; i < countof(headers); i++) {
        wire = exact(headers[i].wire);
        rc = chat_ws_header_parse(wire.data, wire.len, MAX, &h);

        tap_ok(rc == headers[i].rc
               && (rc != CHAT_OK
                   || (h.length == headers[i].length
                       && h.size == headers[i].size
                       && h.fin == (wire.data[0] >> 7)
                       && h.opcode == (wire.data[0] & 15)
                       && memcmp(h.mask, MASK, 4) == 0)),
               headers[i].name);

        exact_free(wire);
    }

    again = 1;

    for (i = 0; i < countof(headers); i++) {
        for (n = 0; n < headers[i].size; n++) {
            wire = exact(chat_slice_of(headers[i].wire.data, n));
            again &= chat_ws_header_parse(wire.data, n, MAX, &h) == CHAT_AGAIN;
            exact_free(wire);
        }
    }

    tap_ok(again, "every header that is cut off asks for more");
}


static void
test_unmask(void)
{
    int            right;
    size_t         n, from, cut, i;
    uint8_t        text[64], masked[64];
    const uint8_t  mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

    /* RFC 6455, 5.7: a masked "Hello" */
    memcpy(masked, "\x7f\x9f\x4d\x51\x58", 5);
    chat_ws_unmask(masked, 5, mask, 0);
    tap_is_mem(masked, 5, "Hello", 5, "the RFC's masked Hello is Hello");

    right = 1;

    for (n = 0; n <= 40; n++) {
        for (from = 0; from < 8; from++) {
            for (cut = 0; cut <= n; cut += 5) {

                for (i = 0; i < n; i++) {
                    text[i] = (uint8_t) (i * 7);
                    masked[i + from] = text[i] ^ mask[i % 4];
                }

                chat_ws_unmask(masked + from, cut, mask, 0);
                chat_ws_unmask(masked + from + cut, n - cut, mask, cut);

                right &= memcmp(masked + from, text, n) == 0;
            }
        }
    }

    tap_ok(right, "unmasking in two pieces is unmasking, at any place");

    memset(masked, 0, 4);
    chat_ws_unmask(masked, 4, mask, UINT64_MAX - 2);
    tap_is_mem(masked, 4, "\xfa\x21\x3d\x37", 4,
               "an offset beyond 32 bits finds its place in the mask");
}


static void
test_accept(void)
{
    size_t  i;
    char    accept[CHAT_WS_ACCEPT_LEN];

    for (i = 0; i < countof(keys); i++) {
        tap_ok(chat_ws_key_valid(keys[i].key) == keys[i].valid, keys[i].name);
    }

    chat_ws_accept(keys[0].key, accept);
    tap_is_mem(accept, sizeof(accept), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28,
               "the answer of the RFC to the key of the RFC");
}


int
main(void)
{
    size_t         i, n;
    uint8_t        out[CHAT_WS_OUT_HEADER_MAX];
    uint16_t       code;
    chat_slice_t   payload;
    chat_status_t  rc;

    test_headers();
    test_unmask();

    for (i = 0; i < countof(outs); i++) {
        n = chat_ws_header_encode(out, CHAT_WS_TEXT, outs[i].length);
        tap_is_mem(out, n, outs[i].wire.data, outs[i].wire.len, outs[i].name);
    }

    for (i = 0; i < countof(closes); i++) {
        payload = exact(closes[i].payload);
        rc = chat_ws_close_parse(payload, &code);
        tap_ok(rc == closes[i].rc && (rc != CHAT_OK || code == closes[i].code),
               closes[i].name);
        exact_free(payload);
    }

    test_accept();

    return tap_done();
}
