
/*
 * Bytes of a WebSocket client: the upgrade and its answer, frames masked on the
 * way out and read whole on the way in.  No sockets here.
 */

#define _GNU_SOURCE

#include "load_frame.h"

#include <arpa/inet.h>


#define LOAD_RESPONSE_MAX  8192

/* The key of the RFC; its answer is checked, so that a cache would be seen. */
#define LOAD_KEY           "dGhlIHNhbXBsZSBub25jZQ=="
#define LOAD_ACCEPT        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


void
load_request_encode(chat_buf_t *b, const struct sockaddr_in *server,
    const char *path, size_t bytes)
{
    char  address[INET_ADDRSTRLEN];

    static const char  rest[] = "\r\n\r\n";

    inet_ntop(AF_INET, &server->sin_addr, address, sizeof(address));

    chat_buf_str(b, "GET ");
    chat_buf_str(b, path);
    chat_buf_str(b, " HTTP/1.1\r\nHost: ");
    chat_buf_str(b, address);
    chat_buf_str(b, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: " LOAD_KEY "\r\n"
                    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) "
                    "AppleWebKit/537.36 (KHTML, like Gecko) "
                    "Chrome/126.0.0.0 Safari/537.36\r\n"
                    "Accept-Language: en-US,en;q=0.9\r\n"
                    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                    "Cache-Control: no-cache\r\nPragma: no-cache\r\n"
                    "Cookie: pad=");

    while (b->len + sizeof(rest) - 1 < bytes) {
        chat_buf_byte(b, 'x');
    }

    chat_buf_str(b, rest);
}


chat_status_t
load_response_parse(const uint8_t *p, size_t n, load_frame_t *frame)
{
    const uint8_t  *end;

    end = memmem(p, n, "\r\n\r\n", 4);

    if (end == NULL) {
        return (n < LOAD_RESPONSE_MAX) ? CHAT_AGAIN : CHAT_BAD;
    }

    frame->size = (size_t) (end + 4 - p);

    if (memcmp(p, "HTTP/1.1 101 ", 13) != 0
        || memmem(p, frame->size, LOAD_ACCEPT, sizeof(LOAD_ACCEPT) - 1) == NULL)
    {
        return CHAT_BAD;
    }

    return CHAT_OK;
}


void
load_frame_encode(chat_buf_t *b, chat_ws_opcode_t opcode,
    chat_slice_t payload)
{
    size_t          n, from;
    uint8_t         header[CHAT_WS_OUT_HEADER_MAX];

    static const uint8_t  mask[4] = { 0x5a, 0xc3, 0x17, 0x88 };

    n = chat_ws_header_encode(header, opcode, payload.len);
    header[1] |= 0x80;

    chat_buf_put(b, header, n);
    chat_buf_put(b, mask, sizeof(mask));

    from = b->len;
    chat_buf_slice(b, payload);

    if (b->len > from) {
        chat_ws_unmask(b->data + from, b->len - from, mask, 0);
    }
}


chat_status_t
load_frame_parse(const uint8_t *p, size_t n, uint64_t max,
    load_frame_t *frame)
{
    size_t    i, ext;
    uint64_t  length;

    if (n < 2) {
        return CHAT_AGAIN;
    }

    if ((p[0] & 0xf0) != 0x80 || (p[1] & 0x80)) {
        return CHAT_BAD;         /* in pieces, with an extension, masked */
    }

    frame->opcode = p[0] & 0x0f;
    length = p[1];
    ext = (length == 127) ? 8 : (length == 126) ? 2 : 0;

    if (n < 2 + ext) {
        return CHAT_AGAIN;
    }

    for (i = 0, length = ext ? 0 : length; i < ext; i++) {
        length = length << 8 | p[2 + i];
    }

    if (length > max) {
        return CHAT_TOO_BIG;
    }

    if (n - 2 - ext < length) {
        return CHAT_AGAIN;
    }

    frame->payload = chat_slice_of(p + 2 + ext, (size_t) length);
    frame->size = 2 + ext + (size_t) length;

    return CHAT_OK;
}
