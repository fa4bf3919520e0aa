
/*
 * A client's WebSocket messages from its bytes, however they are cut: frames
 * that arrive in pieces, fragmented messages, control frames between the
 * fragments (RFC 6455, 5.4), text that must be UTF-8 (8.1).
 */

#ifndef CHAT_WS_READER_H
#define CHAT_WS_READER_H


#include "chat_buf.h"
#include "chat_utf8.h"
#include "chat_ws_frame.h"


/* Frames of one message: 65,536, and an empty one that only says it ends. */
#define CHAT_WS_FRAGMENTS_MAX  65537


typedef struct {
    size_t              max_bytes;      /* of a message */
    chat_ws_header_t    frame;          /* size 0: between two frames */
    uint64_t            frame_at;       /* bytes of its payload seen */
    uint8_t             head[CHAT_WS_HEADER_MAX];
    uint8_t             head_len;       /* of a header cut in two */
    uint8_t             opcode;         /* of the message begun; 0: none */
    uint32_t            fragments;
    chat_utf8_state_t   utf8;
    chat_buf_t          message;        /* what came of it, if kept */
    chat_buf_t          control;        /* of a control frame cut in two */
} chat_ws_reader_t;


/* A whole message (text or binary), or a control frame. */
typedef struct {
    chat_ws_opcode_t    opcode;
    chat_slice_t        payload;
} chat_ws_item_t;


void chat_ws_reader_init(chat_ws_reader_t *reader, size_t max_bytes);

/* Frees what is kept of unfinished messages. */
void chat_ws_reader_free(chat_ws_reader_t *reader);

/* True if nothing is unfinished: the reader need not be kept. */
bool chat_ws_reader_idle(const chat_ws_reader_t *reader);

/*
 * Takes bytes from [*p, last), which it unmasks in place, moves *p behind
 * them, and gives the next item; its payload is valid until the next call.
 * CHAT_AGAIN: all taken, no item.  CHAT_BAD, CHAT_TOO_BIG, CHAT_NOT_UTF8: the
 * connection is to be failed (7.1.7), see chat_ws_reader_close_code().
 */
chat_status_t chat_ws_reader_next(chat_ws_reader_t *reader, uint8_t **p,
    uint8_t *last, chat_ws_item_t *item) CHAT_MUST_CHECK;

chat_ws_close_t chat_ws_reader_close_code(chat_status_t status);


#endif /* CHAT_WS_READER_H */
