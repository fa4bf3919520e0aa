
/*
 * An event of the bus, encoded once for all sockets that are to hear it.
 */

#ifndef NGX_CHAT_EVENT_H
#define NGX_CHAT_EVENT_H


#include "ngx_chat_msg.h"
#include "chat_envelope.h"


/* `<epoch>.<n>`; epoch 0: none.  Compared as numbers. */
typedef struct {
    uint64_t   epoch;
    uint64_t   n;
} ngx_chat_offset_t;


typedef struct {
    ngx_uint_t          refs;
    ngx_chat_offset_t   offset;
    uint64_t            seq;              /* to be reported delivered; or 0 */
    ngx_str_t           conversation;
    ngx_str_t           exclude;          /* a socket's sid; len 0: none */
    ngx_str_t           only_sid;         /* of a close */
    ngx_str_t           only_session;     /* the token's, of a close */
    uint64_t            only_generation;  /* … 0: any */
    unsigned            close:1;
    unsigned            volatile_:1;
    unsigned            join:1;           /* its user begins to hear the … */
    unsigned            leave:1;          /* … or ends to: a large one */
    ngx_uint_t          count;            /* of messages */
    ngx_chat_msg_t    **plain;            /* where recovery is off */
    ngx_chat_msg_t     *msgs[];           /* with the offset, if it has one;
                                             attachments behind their packet */
} ngx_chat_event_t;


/* NGX_OK, or NGX_DECLINED: no offset. */
ngx_int_t ngx_chat_offset_parse(chat_slice_t text, ngx_chat_offset_t *offset);

/* True if `a` is at or before `b`. */
ngx_uint_t ngx_chat_offset_reached(const ngx_chat_offset_t *a,
    const ngx_chat_offset_t *b);

/* Copies what it needs; refs is 1.  NULL: no memory. */
ngx_chat_event_t *ngx_chat_event_create(const chat_envelope_t *envelope);

/* The same from an envelope's text; NULL also if it is none. */
ngx_chat_event_t *ngx_chat_event_read(ngx_str_t text);

static ngx_inline ngx_chat_event_t *
ngx_chat_event_ref(ngx_chat_event_t *event)
{
    event->refs++;
    return event;
}

/* Drops a reference and clears the pointer. */
void ngx_chat_event_unref(ngx_chat_event_t **event);


#endif /* NGX_CHAT_EVENT_H */
