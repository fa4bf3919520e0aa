
/*
 * Puts a client's messages together.  The WebSocket transport feeds what it
 * read and takes items; the usual case, a message in one frame that arrived
 * whole, is handed on where it lies, without a copy.  What has to be kept
 * grows with the bytes that came, never with the length that was claimed.
 */

#include "chat_ws_reader.h"


static chat_status_t chat_ws_reader_header(chat_ws_reader_t *r, uint8_t **p,
    uint8_t *last);
static chat_status_t chat_ws_reader_accept(chat_ws_reader_t *r);
static chat_status_t chat_ws_reader_control(chat_ws_reader_t *r,
    chat_slice_t piece, chat_ws_item_t *item);
static chat_status_t chat_ws_reader_data(chat_ws_reader_t *r,
    chat_slice_t piece, chat_ws_item_t *item);


static inline bool
chat_ws_is_control(uint8_t opcode)
{
    return opcode >= CHAT_WS_CLOSE;
}


void
chat_ws_reader_init(chat_ws_reader_t *r, size_t max_bytes)
{
    memset(r, 0, sizeof(*r));

    r->max_bytes = max_bytes;
    chat_buf_init(&r->message, max_bytes ? max_bytes : 1);
    chat_buf_init(&r->control, CHAT_WS_CONTROL_MAX);
}


void
chat_ws_reader_free(chat_ws_reader_t *r)
{
    chat_buf_free(&r->message);
    chat_buf_free(&r->control);
}


bool
chat_ws_reader_idle(const chat_ws_reader_t *r)
{
    return r->frame.size == 0 && r->head_len == 0 && r->opcode == 0;
}


chat_ws_close_t
chat_ws_reader_close_code(chat_status_t status)
{
    switch (status) {

    case CHAT_TOO_BIG:
        return CHAT_WS_CLOSE_TOO_BIG;

    case CHAT_NOT_UTF8:
        return CHAT_WS_CLOSE_NOT_UTF8;

    case CHAT_NOMEM:
        return CHAT_WS_CLOSE_ERROR;

    default:
        return CHAT_WS_CLOSE_PROTOCOL;
    }
}


chat_status_t
chat_ws_reader_next(chat_ws_reader_t *r, uint8_t **p, uint8_t *last,
    chat_ws_item_t *item)
{
    size_t         n;
    chat_slice_t   piece;
    chat_status_t  rc;

    /* what the last item was made of */
    if (r->opcode == 0) {
        chat_buf_free(&r->message);
    }

    if (r->frame.size == 0) {
        chat_buf_free(&r->control);
    }

    for ( ;; ) {

        if (r->frame.size == 0) {
            rc = chat_ws_reader_header(r, p, last);

            if (rc != CHAT_OK) {
                return rc;
            }
        }

        n = (size_t) (last - *p);

        if (n > r->frame.length - r->frame_at) {
            n = (size_t) (r->frame.length - r->frame_at);
        }

        chat_ws_unmask(*p, n, r->frame.mask, r->frame_at);

        piece = chat_slice_of(*p, n);
        *p += n;
        r->frame_at += n;

        rc = chat_ws_is_control(r->frame.opcode)
             ? chat_ws_reader_control(r, piece, item)
             : chat_ws_reader_data(r, piece, item);

        if (r->frame_at < r->frame.length) {
            return (rc == CHAT_OK) ? CHAT_AGAIN : rc;
        }

        r->frame.size = 0;

        if (rc != CHAT_AGAIN) {
            return rc;
        }
    }
}


/* Takes a frame's header, which may be cut at any byte. */
static chat_status_t
chat_ws_reader_header(chat_ws_reader_t *r, uint8_t **p, uint8_t *last)
{
    size_t             have, n;
    uint8_t            head[CHAT_WS_HEADER_MAX];
    chat_status_t      rc;
    chat_ws_header_t   h;

    have = r->head_len;
    n = (size_t) (last - *p);

    if (n > sizeof(head) - have) {
        n = sizeof(head) - have;
    }

    memcpy(head, r->head, have);
    memcpy(head + have, *p, n);

    rc = chat_ws_header_parse(head, have + n, r->max_bytes, &h);

    if (rc == CHAT_AGAIN) {
        memcpy(r->head, head, have + n);
        r->head_len = (uint8_t) (have + n);
        *p += n;
        return CHAT_AGAIN;
    }

    if (rc != CHAT_OK) {
        return rc;
    }

    *p += h.size - have;

    r->head_len = 0;
    r->frame = h;
    r->frame_at = 0;

    return chat_ws_reader_accept(r);
}


/* May this frame stand here (RFC 6455, 5.4)? */
static chat_status_t
chat_ws_reader_accept(chat_ws_reader_t *r)
{
    switch (r->frame.opcode) {

    case CHAT_WS_CONTINUATION:

        if (r->opcode == 0) {
            return CHAT_BAD;
        }

        break;

    case CHAT_WS_TEXT:
    case CHAT_WS_BINARY:

        if (r->opcode != 0) {
            return CHAT_BAD;
        }

        r->opcode = r->frame.opcode;
        r->fragments = 0;
        r->utf8 = 0;
        break;

    case CHAT_WS_CLOSE:
    case CHAT_WS_PING:
    case CHAT_WS_PONG:
        return CHAT_OK;

    default:
        return CHAT_BAD;
    }

    if (++r->fragments > CHAT_WS_FRAGMENTS_MAX
        || r->frame.length > r->max_bytes - r->message.len)
    {
        return CHAT_TOO_BIG;
    }

    return CHAT_OK;
}


static chat_status_t
chat_ws_reader_control(chat_ws_reader_t *r, chat_slice_t piece,
    chat_ws_item_t *item)
{
    item->opcode = (chat_ws_opcode_t) r->frame.opcode;

    if (piece.len == r->frame.length) {
        item->payload = piece;
        return CHAT_OK;
    }

    chat_buf_slice(&r->control, piece);
    item->payload = chat_buf_view(&r->control);

    return chat_buf_status(&r->control);
}


/* CHAT_OK: the message is whole, if the frame is. */
static chat_status_t
chat_ws_reader_data(chat_ws_reader_t *r, chat_slice_t piece,
    chat_ws_item_t *item)
{
    bool  last, whole;

    last = r->frame.fin && r->frame_at == r->frame.length;
    whole = last && r->fragments == 1 && piece.len == r->frame.length;

    if (r->opcode == CHAT_WS_TEXT
        && (!chat_utf8_feed(&r->utf8, piece.data, piece.len)
            || (last && r->utf8 != 0)))
    {
        return CHAT_NOT_UTF8;
    }

    item->opcode = (chat_ws_opcode_t) r->opcode;
    item->payload = piece;

    if (!whole) {
        chat_buf_slice(&r->message, piece);
        item->payload = chat_buf_view(&r->message);
    }

    if (chat_buf_status(&r->message) != CHAT_OK) {
        return chat_buf_status(&r->message);
    }

    if (!last) {
        return CHAT_AGAIN;
    }

    r->opcode = 0;

    return CHAT_OK;
}
