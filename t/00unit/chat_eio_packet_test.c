
/*
 * Engine.IO packets, one by one and in polling payloads; base64.
 */

#include "tap.h"
#include "exact.h"
#include "chat_eio_packet.h"

#define RS  "\x1e"


static const struct {
    const char       *name;
    chat_slice_t      text;
    chat_status_t     rc;
    chat_eio_type_t   type;
    bool              binary;
    const char       *data;
} packets[] = {
    { "open", BYTES("0{}"), CHAT_OK, CHAT_EIO_OPEN, false, "{}" },
    { "close", BYTES("1"), CHAT_OK, CHAT_EIO_CLOSE, false, "" },
    { "ping with data", BYTES("2probe"), CHAT_OK, CHAT_EIO_PING, false,
      "probe" },
    { "pong", BYTES("3"), CHAT_OK, CHAT_EIO_PONG, false, "" },
    { "message", BYTES("42[\"hi\"]"), CHAT_OK, CHAT_EIO_MESSAGE, false,
      "2[\"hi\"]" },
    { "upgrade", BYTES("5"), CHAT_OK, CHAT_EIO_UPGRADE, false, "" },
    { "noop", BYTES("6"), CHAT_OK, CHAT_EIO_NOOP, false, "" },
    { "binary in base64", BYTES("bAQID"), CHAT_OK, CHAT_EIO_MESSAGE, true,
      "AQID" },
    { "empty binary", BYTES("b"), CHAT_OK, CHAT_EIO_MESSAGE, true, "" },
    { "an empty packet", BYTES(""), CHAT_BAD, 0, false, "" },
    { "type 7", BYTES("7"), CHAT_BAD, 0, false, "" },
    { "type /", BYTES("/"), CHAT_BAD, 0, false, "" },
    { "a letter", BYTES("a"), CHAT_BAD, 0, false, "" },
    { "a capital B is no binary", BYTES("BAQID"), CHAT_BAD, 0, false, "" },
    { "a byte with the top bit", BYTES("\xb4"), CHAT_BAD, 0, false, "" }
};

/* What the walk says: a letter a packet, then E at the end or B for bad. */
static const struct {
    const char    *name;
    chat_slice_t   payload;
    const char    *walk;
} payloads[] = {
    { "one packet", BYTES("4a"), "4E" },
    { "three packets", BYTES("4a" RS "2" RS "bAQ=="), "42bE" },
    { "an empty payload", BYTES(""), "B" },
    { "a separator alone", BYTES(RS), "B" },
    { "a separator in front", BYTES(RS "4a"), "B" },
    { "a separator behind", BYTES("4a" RS), "4B" },
    { "two separators between", BYTES("4a" RS RS "4b"), "4B" },
    { "packets before a bad one are given", BYTES("4a" RS "9" RS "4b"),
      "4B" },
    { "a NUL is data", BYTES("4\0a" RS "3"), "43E" }
};

static const struct {
    const char     *name;
    chat_slice_t    text;
    chat_status_t   rc;
    chat_slice_t    bytes;
} decodes[] = {
    { "base64 of nothing", BYTES(""), CHAT_OK, BYTES("") },
    { "base64 of one byte", BYTES("Zg=="), CHAT_OK, BYTES("f") },
    { "base64 of two bytes", BYTES("Zm8="), CHAT_OK, BYTES("fo") },
    { "base64 of three bytes", BYTES("Zm9v"), CHAT_OK, BYTES("foo") },
    { "base64 of six bytes", BYTES("Zm9vYmFy"), CHAT_OK, BYTES("foobar") },
    { "one byte without padding", BYTES("Zg"), CHAT_OK, BYTES("f") },
    { "two bytes without padding", BYTES("Zm8"), CHAT_OK, BYTES("fo") },
    { "the last two digits", BYTES("+/+/"), CHAT_OK, BYTES("\xfb\xff\xbf") },
    { "zeros", BYTES("AAAA"), CHAT_OK, BYTES("\0\0\0") },
    { "one digit is nothing", BYTES("Z"), CHAT_BAD, BYTES("") },
    { "five digits", BYTES("Zm9vY"), CHAT_BAD, BYTES("") },
    { "padding alone", BYTES("===="), CHAT_BAD, BYTES("") },
    { "two signs of padding alone", BYTES("=="), CHAT_BAD, BYTES("") },
    { "one digit and three signs", BYTES("Z==="), CHAT_BAD, BYTES("") },
    { "half the padding", BYTES("Zg="), CHAT_BAD, BYTES("") },
    { "padding in the middle", BYTES("Zg==Zg=="), CHAT_BAD, BYTES("") },
    { "a space", BYTES("Zm 9"), CHAT_BAD, BYTES("") },
    { "a line break", BYTES("Zm9v\n"), CHAT_BAD, BYTES("") },
    { "the other alphabet", BYTES("-_-_"), CHAT_BAD, BYTES("") },
    { "a NUL", BYTES("Zm9\0"), CHAT_BAD, BYTES("") },
    { "nine bytes where eight fit", BYTES("Zm9vYmFyYmFy"), CHAT_TOO_BIG,
      BYTES("") },
    { "eight bytes where eight fit", BYTES("Zm9vYmFyYmE="), CHAT_OK,
      BYTES("foobarba") }
};


static void
test_payload(size_t i)
{
    size_t             at, n;
    char               walk[16];
    chat_slice_t       payload;
    chat_status_t      rc;
    chat_eio_packet_t  packet;

    payload = exact(payloads[i].payload);
    at = 0;
    n = 0;

    do {
        rc = chat_eio_next(payload, &at, &packet);

        walk[n++] = (rc == CHAT_NOT_FOUND) ? 'E' : (rc != CHAT_OK) ? 'B'
                    : packet.binary ? 'b' : (char) ('0' + packet.type);

    } while (rc == CHAT_OK && n < sizeof(walk) - 1);

    walk[n] = '\0';
    tap_is_str(walk, payloads[i].walk, payloads[i].name);

    exact_free(payload);
}


static void
test_decode(size_t i)
{
    size_t         len;
    uint8_t        out[8];
    chat_slice_t   text;
    chat_status_t  rc;

    text = exact(decodes[i].text);
    len = 0;
    rc = chat_eio_base64_decode(text, out, sizeof(out), &len);

    tap_ok(rc == decodes[i].rc
           && (rc != CHAT_OK
               || chat_slice_eq(chat_slice_of(out, len), decodes[i].bytes)),
           decodes[i].name);

    exact_free(text);
}


static void
test_base64_round(void)
{
    int         right;
    size_t      n, len, i;
    uint8_t     bytes[70], text[100], out[70];
    chat_buf_t  b;

    right = 1;

    for (n = 0; n < sizeof(bytes); n++) {
        for (i = 0; i < n; i++) {
            bytes[i] = (uint8_t) (i * 37 + n);
        }

        chat_buf_init_fixed(&b, text, sizeof(text));
        chat_eio_base64_encode(&b, chat_slice_of(bytes, n));

        right &= chat_buf_status(&b) == CHAT_OK && b.len == (n + 2) / 3 * 4
                 && chat_eio_base64_decode(chat_buf_view(&b), out, n, &len)
                    == CHAT_OK
                 && len == n && memcmp(out, bytes, n) == 0;
    }

    tap_ok(right, "what is encoded decodes to itself, at every length");
}


static void
test_open(void)
{
    chat_buf_t       b;
    chat_eio_open_t  open_packet;

    static const char  polling[] =
        "0{\"sid\":\"abcdefghijklmnopqrst\",\"upgrades\":[\"websocket\"],"
        "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
    static const char  websocket[] =
        "0{\"sid\":\"abcdefghijklmnopqrst\",\"upgrades\":[],"
        "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";

    open_packet.sid = chat_slice("abcdefghijklmnopqrst");
    open_packet.websocket = true;
    open_packet.ping_interval_ms = 25000;
    open_packet.ping_timeout_ms = 20000;
    open_packet.max_payload_bytes = 1000000;

    chat_buf_init(&b, 1024);
    chat_eio_open_encode(&b, &open_packet);
    tap_is_mem(b.data, b.len, polling, strlen(polling),
               "the open packet offers the upgrade on polling");

    chat_buf_reset(&b);
    open_packet.websocket = false;
    chat_eio_open_encode(&b, &open_packet);
    tap_is_mem(b.data, b.len, websocket, strlen(websocket),
               "and none on a WebSocket");

    chat_buf_free(&b);
}


int
main(void)
{
    size_t             i;
    chat_slice_t       text;
    chat_status_t      rc;
    chat_eio_packet_t  packet;

    for (i = 0; i < countof(packets); i++) {
        text = exact(packets[i].text);
        rc = chat_eio_parse(text, &packet);

        tap_ok(rc == packets[i].rc
               && (rc != CHAT_OK
                   || (packet.type == packets[i].type
                       && packet.binary == packets[i].binary
                       && chat_slice_eq(packet.data,
                                        chat_slice_of(packets[i].data,
                                                  strlen(packets[i].data))))),
               packets[i].name);

        exact_free(text);
    }

    for (i = 0; i < countof(payloads); i++) {
        test_payload(i);
    }

    for (i = 0; i < countof(decodes); i++) {
        test_decode(i);
    }

    test_base64_round();
    test_open();

    return tap_done();
}
