
/*
 * Engine.IO v4 packets.  The transports call this for what came in: the
 * WebSocket transport for each text message, polling for each body; and the
 * session for the open packet.  What a packet does to a session is not known
 * here.
 */

#include "chat_eio_packet.h"


static const char  digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The digit's value plus one, so that zero means no digit. */
static const uint8_t  values[256] = {
    ['A'] =  1, ['B'] =  2, ['C'] =  3, ['D'] =  4, ['E'] =  5, ['F'] =  6,
    ['G'] =  7, ['H'] =  8, ['I'] =  9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64
};


chat_status_t
chat_eio_parse(chat_slice_t text, chat_eio_packet_t *packet)
{
    uint8_t  type;

    if (text.len == 0) {
        return CHAT_BAD;
    }

    type = text.data[0];
    packet->binary = (type == 'b');
    packet->data = chat_slice_of(text.data + 1, text.len - 1);

    if (packet->binary) {
        packet->type = CHAT_EIO_MESSAGE;
        return CHAT_OK;
    }

    if (type < '0' + CHAT_EIO_OPEN || type > '0' + CHAT_EIO_NOOP) {
        return CHAT_BAD;
    }

    packet->type = (chat_eio_type_t) (type - '0');

    return CHAT_OK;
}


chat_status_t
chat_eio_next(chat_slice_t payload, size_t *at, chat_eio_packet_t *packet)
{
    size_t          n;
    chat_slice_t    rest;
    const uint8_t  *separator;

    /* One past the end: the last packet had no separator behind it. */

    if (*at > payload.len) {
        return CHAT_NOT_FOUND;
    }

    if (payload.len == *at) {
        return CHAT_BAD;
    }

    rest = chat_slice_of(payload.data + *at, payload.len - *at);
    separator = memchr(rest.data, CHAT_EIO_SEPARATOR, rest.len);
    n = separator ? (size_t) (separator - rest.data) : rest.len;

    *at += n + 1;

    return chat_eio_parse(chat_slice_of(rest.data, n), packet);
}


chat_status_t
chat_eio_base64_decode(chat_slice_t text, uint8_t *out, size_t cap,
    size_t *len)
{
    size_t    i, n;
    uint8_t   value;
    uint32_t  bits;

    n = text.len;

    if (n && n % 4 == 0 && text.data[n - 1] == '=') {
        n -= (text.data[n - 2] == '=') ? 2 : 1;
    }

    if (n % 4 == 1) {
        return CHAT_BAD;
    }

    if (n / 4 * 3 + n % 4 * 3 / 4 > cap) {
        return CHAT_TOO_BIG;
    }

    *len = 0;
    bits = 0;

    for (i = 0; i < n; i++) {
        value = values[text.data[i]];

        if (value == 0) {
            return CHAT_BAD;
        }

        bits = bits << 6 | (value - 1u);

        if (i % 4 != 0) {
            out[(*len)++] = (uint8_t) (bits >> (6 - i % 4 * 2));
        }
    }

    return CHAT_OK;
}


void
chat_eio_base64_encode(chat_buf_t *b, chat_slice_t bytes)
{
    size_t          n;
    uint32_t        bits;
    uint8_t         group[4];
    const uint8_t  *p;

    p = bytes.data;

    for (n = bytes.len; n; n -= (n < 3) ? n : 3) {
        bits = (uint32_t) p[0] << 16;
        bits |= (n > 1) ? (uint32_t) p[1] << 8 : 0;
        bits |= (n > 2) ? p[2] : 0;

        group[0] = (uint8_t) digits[bits >> 18];
        group[1] = (uint8_t) digits[bits >> 12 & 63];
        group[2] = (n > 1) ? (uint8_t) digits[bits >> 6 & 63] : '=';
        group[3] = (n > 2) ? (uint8_t) digits[bits & 63] : '=';

        chat_buf_put(b, group, 4);
        p += (n < 3) ? n : 3;
    }
}


void
chat_eio_open_encode(chat_buf_t *b, const chat_eio_open_t *open)
{
    chat_buf_str(b, "0{\"sid\":");
    chat_buf_json(b, open->sid);
    chat_buf_str(b, ",\"upgrades\":[");
    chat_buf_str(b, open->websocket ? "\"websocket\"" : "");
    chat_buf_str(b, "],\"pingInterval\":");
    chat_buf_u64(b, open->ping_interval_ms);
    chat_buf_str(b, ",\"pingTimeout\":");
    chat_buf_u64(b, open->ping_timeout_ms);
    chat_buf_str(b, ",\"maxPayload\":");
    chat_buf_u64(b, open->max_payload_bytes);
    chat_buf_byte(b, '}');
}
