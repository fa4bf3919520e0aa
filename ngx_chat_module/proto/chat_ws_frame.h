
/*
 * WebSocket frames (RFC 6455, 5): a client's frame header from bytes, a
 * server's frame header to bytes, the mask, the handshake's answer.  No
 * state: chat_ws_reader puts messages together.
 */

#ifndef CHAT_WS_FRAME_H
#define CHAT_WS_FRAME_H


#include "chat_slice.h"
#include "chat_status.h"


#define CHAT_WS_HEADER_MAX      14    /* a client's: 2 + 8 + 4 */
#define CHAT_WS_OUT_HEADER_MAX  10    /* a server's: not masked */
#define CHAT_WS_CONTROL_MAX     125
#define CHAT_WS_KEY_LEN         24    /* base64 of 16 bytes */
#define CHAT_WS_ACCEPT_LEN      28    /* base64 of a SHA-1 */


typedef enum {
    CHAT_WS_CONTINUATION = 0,
    CHAT_WS_TEXT = 1,
    CHAT_WS_BINARY = 2,
    CHAT_WS_CLOSE = 8,
    CHAT_WS_PING = 9,
    CHAT_WS_PONG = 10
} chat_ws_opcode_t;


typedef enum {                       /* RFC 6455, 7.4.1 */
    CHAT_WS_CLOSE_NONE = 0,          /* a Close frame without a code */
    CHAT_WS_CLOSE_NORMAL = 1000,
    CHAT_WS_CLOSE_GOING_AWAY = 1001,
    CHAT_WS_CLOSE_PROTOCOL = 1002,
    CHAT_WS_CLOSE_NOT_UTF8 = 1007,
    CHAT_WS_CLOSE_POLICY = 1008,
    CHAT_WS_CLOSE_TOO_BIG = 1009,
    CHAT_WS_CLOSE_ERROR = 1011
} chat_ws_close_t;


typedef struct {
    uint64_t   length;               /* of the payload */
    uint8_t    size;                 /* bytes of this header */
    uint8_t    opcode;
    bool       fin;
    uint8_t    mask[4];
} chat_ws_header_t;


/*
 * Reads a client's header from [p, p + n).  The length is only a claim by the
 * peer, so it meets `max` here, before any caller can allocate from it.
 * CHAT_AGAIN: more bytes needed.  CHAT_BAD: close 1002.  CHAT_TOO_BIG: 1009.
 */
chat_status_t chat_ws_header_parse(const uint8_t *p, size_t n, uint64_t max,
    chat_ws_header_t *h) CHAT_MUST_CHECK;

/* Unmasks in place the payload's bytes from `offset` on (RFC 6455, 5.3). */
void chat_ws_unmask(uint8_t *p, size_t n, const uint8_t mask[4],
    uint64_t offset);

/* Writes a server's header of a whole frame; returns its size. */
size_t chat_ws_header_encode(uint8_t out[CHAT_WS_OUT_HEADER_MAX],
    chat_ws_opcode_t opcode, uint64_t length);

/*
 * A Close frame's payload: the code for the answer (0: none given), or
 * CHAT_BAD / CHAT_NOT_UTF8 (RFC 6455, 7.4).
 */
chat_status_t chat_ws_close_parse(chat_slice_t payload, uint16_t *code)
    CHAT_MUST_CHECK;

/* True if a Sec-WebSocket-Key is base64 of 16 bytes (RFC 6455, 4.2.1). */
bool chat_ws_key_valid(chat_slice_t key);

/* Sec-WebSocket-Accept for a valid Sec-WebSocket-Key (RFC 6455, 4.2.2). */
void chat_ws_accept(chat_slice_t key, char accept[CHAT_WS_ACCEPT_LEN]);


#endif /* CHAT_WS_FRAME_H */
