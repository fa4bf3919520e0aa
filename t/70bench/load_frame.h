#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

/*
 * The client's half of the WebSocket wire: what proto/chat_ws_frame does not
 * do, because a server never masks and never reads unmasked frames.
 */

#include <netinet/in.h>

#include "chat_buf.h"
#include "chat_ws_frame.h"


typedef struct {
    size_t        size;          /* header and payload */
    uint8_t       opcode;
    chat_slice_t  payload;
} load_frame_t;


/* The upgrade request, padded with a cookie to `bytes` if they are more. */
void load_request_encode(chat_buf_t *b, const struct sockaddr_in *server,
    const char *path, size_t bytes);

/* The server's 101, of which only `size` is told; CHAT_AGAIN, CHAT_BAD. */
chat_status_t load_response_parse(const uint8_t *p, size_t n,
    load_frame_t *frame) CHAT_MUST_CHECK;

/* A masked frame. */
void load_frame_encode(chat_buf_t *b, chat_ws_opcode_t opcode,
    chat_slice_t payload);

/* A whole, unfragmented frame of a server; CHAT_AGAIN, CHAT_BAD. */
chat_status_t load_frame_parse(const uint8_t *p, size_t n, uint64_t max,
    load_frame_t *frame) CHAT_MUST_CHECK;


#endif /* LOAD_FRAME_H */
