
/*
 * An event as it goes to sockets.  The fan-out creates one from what came by
 * the bus; sockets that have not joined yet keep a reference.  Each line of
 * the body is the JSON array of a packet, so no JSON is looked at: a few bytes
 * go in front, and the WebSocket header.
 */

#include "ngx_chat_event.h"
#include "ngx_chat_packet.h"
#include "chat_sio_packet.h"


#define NGX_CHAT_EVENT_MSGS_MAX     4096
#define NGX_CHAT_EVENT_HEAD_MAX     16      /* in `/`: "4510-" at most */
#define NGX_CHAT_OFFSET_DIGITS_MAX  18


static ngx_int_t ngx_chat_offset_number(chat_slice_t text, uint64_t *n);
static void ngx_chat_event_flags(ngx_chat_event_t *event,
    const chat_envelope_t *envelope);
static ngx_uint_t ngx_chat_event_flag(chat_slice_t flags, u_char flag);
static ngx_uint_t ngx_chat_event_is_whole(chat_slice_t lines,
    chat_attach_t attach);
static ngx_uint_t ngx_chat_event_messages(chat_slice_t lines);
static ngx_int_t ngx_chat_event_encode_all(ngx_chat_event_t *event,
    chat_slice_t lines, chat_slice_t offset, chat_attach_t *attach);
static ngx_int_t ngx_chat_event_encode(ngx_chat_event_t *event,
    ngx_chat_msg_t **msgs, chat_slice_t lines, chat_slice_t offset,
    ngx_uint_t recovers, chat_attach_t *attach);
static u_char *ngx_chat_event_copy(ngx_str_t *to, chat_slice_t from,
    u_char *p);


ngx_int_t
ngx_chat_offset_parse(chat_slice_t text, ngx_chat_offset_t *offset)
{
    chat_slice_t    epoch, n;
    const uint8_t  *dot;

    offset->epoch = 0;
    offset->n = 0;

    dot = text.len ? memchr(text.data, '.', text.len) : NULL;
    if (dot == NULL) {
        return NGX_DECLINED;
    }

    epoch = chat_slice_of(text.data, (size_t) (dot - text.data));
    n = chat_slice_of(dot + 1, text.len - epoch.len - 1);

    if (ngx_chat_offset_number(epoch, &offset->epoch) != NGX_OK
        || ngx_chat_offset_number(n, &offset->n) != NGX_OK)
    {
        offset->epoch = 0;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* Microseconds since 1970 have 16 digits, one more than JSON's numbers. */
static ngx_int_t
ngx_chat_offset_number(chat_slice_t text, uint64_t *n)
{
    size_t  i;

    if (text.len == 0 || text.len > NGX_CHAT_OFFSET_DIGITS_MAX) {
        return NGX_DECLINED;
    }

    *n = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return NGX_DECLINED;
        }

        *n = *n * 10 + (text.data[i] - '0');
    }

    return NGX_OK;
}


ngx_uint_t
ngx_chat_offset_reached(const ngx_chat_offset_t *a, const ngx_chat_offset_t *b)
{
    if (a->epoch != b->epoch) {
        return a->epoch < b->epoch;
    }

    return a->n <= b->n;
}


ngx_chat_event_t *
ngx_chat_event_create(const chat_envelope_t *envelope)
{
    u_char              *p;
    size_t               size;
    ngx_uint_t           count;
    chat_slice_t         lines;
    chat_attach_t        attach;
    const chat_slice_t  *h;
    ngx_chat_event_t    *event;

    h = envelope->headers;
    lines = envelope->body;

    if (chat_attach_cut(h[CHAT_H_ATT], &lines, &attach) != CHAT_OK
        || !ngx_chat_event_is_whole(lines, attach))
    {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: the attachments of an event cannot be read");

        lines = chat_slice_of(NULL, 0);    /* it counts, with nothing to say */
    }

    count = ngx_chat_event_messages(lines);
    size = sizeof(ngx_chat_event_t) + 2 * count * sizeof(ngx_chat_msg_t *);

    event = ngx_calloc(size + envelope->words[2].len + h[CHAT_H_EXCLUDE].len
                       + h[CHAT_H_SID].len + h[CHAT_H_TOKEN_SESSION].len,
                       ngx_cycle->log);
    if (event == NULL) {
        return NULL;
    }

    event->refs = 1;
    event->count = count;
    event->plain = event->msgs;

    ngx_chat_event_flags(event, envelope);
    (void) ngx_chat_offset_parse(envelope->words[0], &event->offset);

    p = (u_char *) event + size;
    p = ngx_chat_event_copy(&event->conversation, envelope->words[2], p);
    p = ngx_chat_event_copy(&event->exclude, h[CHAT_H_EXCLUDE], p);
    p = ngx_chat_event_copy(&event->only_sid, h[CHAT_H_SID], p);
    p = ngx_chat_event_copy(&event->only_session, h[CHAT_H_TOKEN_SESSION], p);

    if (h[CHAT_H_GENERATION].data
        && chat_envelope_number(h[CHAT_H_GENERATION], &event->only_generation)
           != CHAT_OK)
    {
        event->only_generation = (uint64_t) -1;      /* nobody's */
    }

    if (ngx_chat_event_encode_all(event, lines, envelope->words[0], &attach)
        != NGX_OK)
    {
        ngx_chat_event_unref(&event);
    }

    return event;
}


ngx_chat_event_t *
ngx_chat_event_read(ngx_str_t text)
{
    chat_envelope_t  envelope;

    if (chat_envelope_decode(CHAT_ENVELOPE_EVENT, ngx_chat_slice(text),
                             &envelope) != CHAT_OK)
    {
        return NULL;
    }

    return ngx_chat_event_create(&envelope);
}


void
ngx_chat_event_unref(ngx_chat_event_t **event)
{
    ngx_uint_t         i;
    ngx_chat_event_t  *e;

    e = *event;
    *event = NULL;

    if (e == NULL || --e->refs) {
        return;
    }

    for (i = 0; i < e->count; i++) {

        if (e->plain != e->msgs) {
            ngx_chat_msg_unref(&e->plain[i]);
        }

        ngx_chat_msg_unref(&e->msgs[i]);
    }

    ngx_free(e);
}


static void
ngx_chat_event_flags(ngx_chat_event_t *event, const chat_envelope_t *envelope)
{
    chat_slice_t  flags;

    flags = envelope->words[1];

    event->close = ngx_chat_event_flag(flags, CHAT_EVENT_CLOSE);
    event->volatile_ = ngx_chat_event_flag(flags, CHAT_EVENT_VOLATILE);
    event->join = ngx_chat_event_flag(flags, CHAT_EVENT_JOIN);
    event->leave = ngx_chat_event_flag(flags, CHAT_EVENT_LEAVE);

    if (!ngx_chat_event_flag(flags, CHAT_EVENT_DELIVER)
        || chat_envelope_number(envelope->words[3], &event->seq) != CHAT_OK)
    {
        event->seq = 0;
    }
}


static ngx_uint_t
ngx_chat_event_flag(chat_slice_t flags, u_char flag)
{
    return flags.len && memchr(flags.data, flag, flags.len) != NULL;
}


static u_char *
ngx_chat_event_copy(ngx_str_t *to, chat_slice_t from, u_char *p)
{
    to->len = from.len;
    to->data = p;

    return from.len ? ngx_cpymem(p, from.data, from.len) : p;
}


/* Is there an attachment for each that its packets name? */
static ngx_uint_t
ngx_chat_event_is_whole(chat_slice_t lines, chat_attach_t attach)
{
    ngx_uint_t         i;
    chat_slice_t       bytes;
    ngx_chat_packet_t  packet;

    while (ngx_chat_packet_next(&lines, &packet) == NGX_OK) {

        for (i = 0; i < packet.attachments; i++) {

            if (chat_attach_next(&attach, &bytes) != CHAT_OK) {
                return 0;
            }
        }
    }

    return 1;
}


/* Each attachment is a message of its own, behind its packet. */
static ngx_uint_t
ngx_chat_event_messages(chat_slice_t lines)
{
    ngx_uint_t         n;
    ngx_chat_packet_t  packet;

    for (n = 0; n < NGX_CHAT_EVENT_MSGS_MAX; n += 1 + packet.attachments) {

        if (ngx_chat_packet_next(&lines, &packet) == NGX_DONE) {
            break;
        }
    }

    return n;
}


/*
 * Locations where recovery is on send the offset with each packet that has
 * one, others must not: then there are two of each text.
 */
static ngx_int_t
ngx_chat_event_encode_all(ngx_chat_event_t *event, chat_slice_t lines,
    chat_slice_t offset, chat_attach_t *attach)
{
    ngx_uint_t             i;
    ngx_chat_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_chat_module);

    if (!mcf->recovery_on || event->offset.epoch == 0) {
        offset = chat_slice_of(NULL, 0);
    }

    if (ngx_chat_event_encode(event, event->msgs, lines, offset,
                              mcf->recovery_on, attach)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!mcf->recovery_on || !mcf->recovery_off) {
        return NGX_OK;
    }

    event->plain = event->msgs + event->count;

    for (i = 0; i < event->count; i++) {

        if (event->msgs[i]->binary) {
            event->plain[i] = ngx_chat_msg_ref(event->msgs[i]);
        }
    }

    return ngx_chat_event_encode(event, event->plain, lines,
                                 chat_slice_of(NULL, 0), 0, NULL);
}


/* `attach` is NULL if what it has is there already. */
static ngx_int_t
ngx_chat_event_encode(ngx_chat_event_t *event, ngx_chat_msg_t **msgs,
    chat_slice_t lines, chat_slice_t offset, ngx_uint_t recovers,
    chat_attach_t *attach)
{
    u_char             text[NGX_CHAT_EVENT_HEAD_MAX];
    chat_buf_t         head;
    ngx_uint_t         i, n;
    chat_slice_t       pieces[NGX_CHAT_PACKET_PIECES], bytes;
    ngx_chat_msg_t   **last;
    ngx_chat_packet_t  packet;

    last = msgs + event->count;

    while (msgs < last && ngx_chat_packet_next(&lines, &packet) == NGX_OK) {

        chat_buf_init_fixed(&head, text, sizeof(text));
        chat_sio_head_encode(&head, packet.attachments ? CHAT_SIO_BINARY_EVENT
                                                       : CHAT_SIO_EVENT,
                             packet.attachments, chat_slice("/"), -1);

        n = ngx_chat_packet_pieces(chat_buf_view(&head), packet.json, offset,
                                   recovers, pieces);

        *msgs = ngx_chat_msg_create(pieces, n, 0);
        if (*msgs++ == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < packet.attachments; i++, msgs++) {

            if (attach == NULL) {
                continue;
            }

            if (chat_attach_next(attach, &bytes) != CHAT_OK) {
                return NGX_ERROR;
            }

            *msgs = ngx_chat_msg_create(&bytes, 1, 1);
            if (*msgs == NULL) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}
