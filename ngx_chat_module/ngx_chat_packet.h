
/*
 * Packets for clients as they come by the bus, in a reply or an event: lines
 * of
 *
 *     [ count "-" ] [ "?" ] json
 *
 * the JSON array of one packet, the number of attachments that it takes, and
 * whether the client is to answer (docs/bus.md).
 */

#ifndef NGX_CHAT_PACKET_H
#define NGX_CHAT_PACKET_H


#include "ngx_chat_msg.h"
#include "chat_attach.h"


#define NGX_CHAT_PACKET_PIECES  5


typedef struct {
    ngx_uint_t     attachments;
    ngx_uint_t     asks;           /* 1: for an ack */
    chat_slice_t   json;
} ngx_chat_packet_t;


/* NGX_DECLINED: it is none. */
ngx_int_t ngx_chat_packet_parse(chat_slice_t line, ngx_chat_packet_t *packet);

/* The next packet of the lines in *text, which is moved on; NGX_DONE. */
ngx_int_t ngx_chat_packet_next(chat_slice_t *text, ngx_chat_packet_t *packet);

/*
 * A packet's text as pieces of a message; returns how many.  No JSON is parsed
 * on the way out: a last element is put before the closing bracket.  That is
 * the offset (len 0: none), or with `recovers` null behind a string, which a
 * client that recovers would take for an offset.
 */
ngx_uint_t ngx_chat_packet_pieces(chat_slice_t head, chat_slice_t json,
    chat_slice_t offset, ngx_uint_t recovers,
    chat_slice_t pieces[NGX_CHAT_PACKET_PIECES]);


#endif /* NGX_CHAT_PACKET_H */
