
/*
 * Engine.IO v4 packets: a type digit, then data.  Over WebSocket a text
 * message is one packet and a binary message one message without a digit;
 * over polling packets are joined by 0x1E and binary ones are base64.
 */

#ifndef CHAT_EIO_PACKET_H
#define CHAT_EIO_PACKET_H


#include "chat_buf.h"


#define CHAT_EIO_SID_LEN     20
#define CHAT_EIO_SEPARATOR   0x1e


typedef enum {
    CHAT_EIO_OPEN = 0,
    CHAT_EIO_CLOSE,
    CHAT_EIO_PING,
    CHAT_EIO_PONG,
    CHAT_EIO_MESSAGE,
    CHAT_EIO_UPGRADE,
    CHAT_EIO_NOOP
} chat_eio_type_t;


typedef struct {
    chat_eio_type_t   type;
    bool              binary;    /* a message; of text, `data` is base64 */
    chat_slice_t      data;      /* behind the digit or the `b` */
} chat_eio_packet_t;


typedef struct {
    chat_slice_t   sid;
    bool           websocket;            /* offer the upgrade */
    uint64_t       ping_interval_ms;
    uint64_t       ping_timeout_ms;
    uint64_t       max_payload_bytes;
} chat_eio_open_t;


/* One text packet; CHAT_BAD for another first character or none. */
chat_status_t chat_eio_parse(chat_slice_t text, chat_eio_packet_t *packet)
    CHAT_MUST_CHECK;

/*
 * Walks a polling payload: *at is 0 at first.  CHAT_NOT_FOUND after the last
 * packet; CHAT_BAD for an empty segment, an empty payload included.
 */
chat_status_t chat_eio_next(chat_slice_t payload, size_t *at,
    chat_eio_packet_t *packet) CHAT_MUST_CHECK;

/* Base64 with or without padding (RFC 4648, 4); CHAT_BAD, CHAT_TOO_BIG. */
chat_status_t chat_eio_base64_decode(chat_slice_t text, uint8_t *out,
    size_t cap, size_t *len) CHAT_MUST_CHECK;
void chat_eio_base64_encode(chat_buf_t *b, chat_slice_t bytes);

/* The open packet, its keys in the order that clients' suites demand. */
void chat_eio_open_encode(chat_buf_t *b, const chat_eio_open_t *open);


#endif /* CHAT_EIO_PACKET_H */
