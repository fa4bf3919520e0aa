
/*
 * An event as it goes to sockets.  The fan-out creates one from what came by
 * the bus; sockets that have not joined yet keep a reference.  Each line of
 * the body is the JSON array of a packet, so no JSON is looked at: a few bytes
 * go in front, and the WebSocket header.
 */

#include "ngx_chat_event.h"


#define NGX_CHAT_EVENT_LINES_MAX    4096
#define NGX_CHAT_OFFSET_DIGITS_MAX  18


static ngx_int_t ngx_chat_offset_number(chat_slice_t text, uint64_t *n);
static ngx_uint_t ngx_chat_event_flag(chat_slice_t flags, u_char flag);
static ngx_uint_t ngx_chat_event_lines(chat_slice_t body);
static ngx_int_t ngx_chat_event_encode_all(ngx_chat_event_t *event,
    const chat_envelope_t *envelope);
static ngx_int_t ngx_chat_event_encode(ngx_chat_event_t *event,
    chat_slice_t body, chat_slice_t offset, ngx_chat_msg_t **msgs);
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


ngx_int_t
ngx_chat_packet_line(chat_slice_t *text, chat_slice_t *line)
{
    const uint8_t  *end;

    while (text->len && text->data[0] == '\n') {
        text->data++;
        text->len--;
    }

    if (text->len == 0) {
        return NGX_DONE;
    }

    end = memchr(text->data, '\n', text->len);

    line->data = text->data;
    line->len = end ? (size_t) (end - text->data) : text->len;

    text->data += line->len;
    text->len -= line->len;

    return NGX_OK;
}


ngx_chat_event_t *
ngx_chat_event_create(const chat_envelope_t *envelope)
{
    u_char              *p;
    size_t               size;
    ngx_uint_t           lines;
    const chat_slice_t  *h;
    ngx_chat_event_t    *event;

    h = envelope->headers;
    lines = ngx_chat_event_lines(envelope->body);

    size = sizeof(ngx_chat_event_t) + 2 * lines * sizeof(ngx_chat_msg_t *);

    event = ngx_calloc(size + envelope->words[2].len + h[CHAT_H_EXCLUDE].len
                       + h[CHAT_H_SID].len + h[CHAT_H_TOKEN_SESSION].len,
                       ngx_cycle->log);
    if (event == NULL) {
        return NULL;
    }

    event->refs = 1;
    event->count = lines;
    event->plain = event->msgs;
    event->close = ngx_chat_event_flag(envelope->words[1], CHAT_EVENT_CLOSE);
    event->volatile_ = ngx_chat_event_flag(envelope->words[1],
                                           CHAT_EVENT_VOLATILE);
    event->join = ngx_chat_event_flag(envelope->words[1], CHAT_EVENT_JOIN);
    event->leave = ngx_chat_event_flag(envelope->words[1], CHAT_EVENT_LEAVE);

    (void) ngx_chat_offset_parse(envelope->words[0], &event->offset);

    p = (u_char *) event + size;
    p = ngx_chat_event_copy(&event->conversation, envelope->words[2], p);
    p = ngx_chat_event_copy(&event->exclude, h[CHAT_H_EXCLUDE], p);
    p = ngx_chat_event_copy(&event->only_sid, h[CHAT_H_SID], p);
    p = ngx_chat_event_copy(&event->only_session, h[CHAT_H_TOKEN_SESSION], p);

    if (!ngx_chat_event_flag(envelope->words[1], CHAT_EVENT_DELIVER)
        || chat_envelope_number(envelope->words[3], &event->seq) != CHAT_OK)
    {
        event->seq = 0;
    }

    if (h[CHAT_H_GENERATION].data
        && chat_envelope_number(h[CHAT_H_GENERATION], &event->only_generation)
           != CHAT_OK)
    {
        event->only_generation = (uint64_t) -1;      /* nobody's */
    }

    if (ngx_chat_event_encode_all(event, envelope) != NGX_OK) {
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


static ngx_uint_t
ngx_chat_event_lines(chat_slice_t body)
{
    ngx_uint_t    n;
    chat_slice_t  line;

    for (n = 0; n < NGX_CHAT_EVENT_LINES_MAX; n++) {

        if (ngx_chat_packet_line(&body, &line) == NGX_DONE) {
            break;
        }
    }

    return n;
}


/*
 * Locations where recovery is on send the offset with each packet that has
 * one, others must not: then there are two of each.
 */
static ngx_int_t
ngx_chat_event_encode_all(ngx_chat_event_t *event,
    const chat_envelope_t *envelope)
{
    chat_slice_t           offset;
    ngx_chat_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_chat_module);
    offset = chat_slice_of(NULL, 0);

    if (event->offset.epoch && mcf->recovery_on) {
        offset = envelope->words[0];

        if (mcf->recovery_off) {
            event->plain = event->msgs + event->count;

            if (ngx_chat_event_encode(event, envelope->body,
                                      chat_slice_of(NULL, 0), event->plain)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return ngx_chat_event_encode(event, envelope->body, offset, event->msgs);
}


static ngx_int_t
ngx_chat_event_encode(ngx_chat_event_t *event, chat_slice_t body,
    chat_slice_t offset, ngx_chat_msg_t **msgs)
{
    ngx_uint_t     i, n;
    chat_slice_t   line, pieces[NGX_CHAT_PACKET_PIECES];

    for (i = 0; i < event->count; i++) {
        (void) ngx_chat_packet_line(&body, &line);

        n = ngx_chat_packet_pieces(chat_slice("42"), line, offset, pieces);

        msgs[i] = ngx_chat_msg_create(pieces, n, 0);
        if (msgs[i] == NULL) {
            return NGX_ERROR;
        }

        msgs[i]->volatile_ = event->volatile_;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_chat_packet_pieces(chat_slice_t head, chat_slice_t line,
    chat_slice_t offset, chat_slice_t pieces[NGX_CHAT_PACKET_PIECES])
{
    pieces[0] = head;
    pieces[1] = line;

    if (offset.len == 0 || line.len == 0 || line.data[line.len - 1] != ']') {
        return 2;
    }

    pieces[1].len--;
    pieces[2] = chat_slice(",\"");
    pieces[3] = offset;
    pieces[4] = chat_slice("\"]");

    return 5;
}
