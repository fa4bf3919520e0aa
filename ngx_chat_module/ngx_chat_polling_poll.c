
/*
 * Requests of a session that polls, at its owner: a GET takes what is queued
 * or is parked, a POST brings packets.  Called by ngx_chat_polling_request.c
 * for requests that came in here, and by ngx_chat_polling_peer.c for those of
 * other processes; it must not know which.
 */

#include "ngx_chat_polling_state.h"
#include "ngx_chat_shm.h"
#include "chat_utf8.h"


#define NGX_CHAT_POLL_PACKETS_MAX  16    /* what python-engineio decodes */
#define NGX_CHAT_POLL_NOOP_MS      50    /* a GET is held while it is probed */


static void ngx_chat_poll_body(ngx_chat_poll_t *poll, chat_slice_t body);
static void ngx_chat_poll_drop(ngx_chat_poll_t *poll);
static void ngx_chat_poll_abort(ngx_chat_poll_t *poll);
static void ngx_chat_poll_cut(ngx_chat_poll_t *poll);

static ngx_chat_polling_t *ngx_chat_poll_session(ngx_chat_poll_t *poll,
    const u_char *sid);
static void ngx_chat_poll_get(ngx_chat_polling_t *p, ngx_chat_poll_t *poll);
static void ngx_chat_poll_post(ngx_chat_polling_t *p, ngx_chat_poll_t *poll);
static void ngx_chat_poll_overlaps(ngx_chat_polling_t *p,
    ngx_chat_poll_t *poll);
static chat_slice_t ngx_chat_poll_packet(ngx_chat_msg_t *msg);


static const ngx_chat_poll_owner_pt  ngx_chat_poll_here = {
    ngx_chat_poll_body,
    ngx_chat_poll_drop,
    ngx_chat_poll_abort
};


void
ngx_chat_poll_begin(ngx_chat_poll_t *poll, ngx_chat_poll_method_t method,
    const u_char *sid)
{
    ngx_chat_polling_t  *p;

    p = ngx_chat_poll_session(poll, sid);

    if (p == NULL) {
        return;
    }

    poll->owner = &ngx_chat_poll_here;
    poll->data = p;

    if (method == NGX_CHAT_POLL_GET) {
        ngx_chat_poll_get(p, poll);

    } else {
        ngx_chat_poll_post(p, poll);
    }
}


/* NULL: there is none, and it was said. */
static ngx_chat_polling_t *
ngx_chat_poll_session(ngx_chat_poll_t *poll, const u_char *sid)
{
    ngx_chat_row_t       row;
    ngx_chat_polling_t  *p;

    p = ngx_chat_polling_find(sid);

    if (p && (p->session == NULL || ngx_chat_session_check(p->session)
              || ngx_chat_session_closes(p->session, NGX_CHAT_CLOSE_FLUSH)))
    {
        return p;
    }

    if (p == NULL && ngx_chat_shm_row_find(sid, &row) == NGX_OK
        && row.transport == NGX_CHAT_TRANSPORT_WEBSOCKET)
    {
        ngx_chat_poll_answer(poll, NGX_CHAT_POLL_MISMATCH,
                             chat_slice_of(NULL, 0));
        return NULL;
    }

    ngx_chat_poll_answer(poll, NGX_CHAT_POLL_UNKNOWN, chat_slice_of(NULL, 0));

    return NULL;
}


static void
ngx_chat_poll_cut(ngx_chat_poll_t *poll)
{
    ngx_chat_polling_t  *p;

    if (poll->owner == &ngx_chat_poll_here) {
        p = poll->data;

        if (p->get == poll) {
            p->get = NULL;
        }

        if (p->post == poll) {
            p->post = NULL;
            ngx_chat_polling_soon(p);      /* an upgrade may have waited */
        }
    }

    poll->owner = NULL;
}


void
ngx_chat_poll_answer(ngx_chat_poll_t *poll, ngx_chat_poll_answer_t answer,
    chat_slice_t packets)
{
    ngx_chat_poll_cut(poll);
    poll->answer(poll, answer, packets);
}


/* Both are answered: this one now, the other when the session closes. */
static void
ngx_chat_poll_overlaps(ngx_chat_polling_t *p, ngx_chat_poll_t *poll)
{
    ngx_chat_poll_answer(poll, NGX_CHAT_POLL_REFUSED, chat_slice_of(NULL, 0));

    if (p->session) {
        ngx_chat_session_break(p->session, "two requests at once");
    }
}


/* --- GET ---------------------------------------------------------------- */

static void
ngx_chat_poll_get(ngx_chat_polling_t *p, ngx_chat_poll_t *poll)
{
    if (p->get) {
        ngx_chat_poll_overlaps(p, poll);
        return;
    }

    p->get = poll;

    if (p->session == NULL) {
        ngx_chat_polling_farewell(p);
        return;
    }

    if (p->out.head) {
        ngx_chat_polling_drain(p);
        return;
    }

    if (p->probed) {
        ngx_chat_polling_probed(p);
    }
}


/*
 * The client waits for its GET to be answered before it says that it upgrades.
 * Not at once: it may have said so, and that is still on its way.
 */
void
ngx_chat_polling_probed(ngx_chat_polling_t *p)
{
    p->probed = 1;

    if (p->get && !p->timer.timer_set) {
        ngx_add_timer(&p->timer, NGX_CHAT_POLL_NOOP_MS);
    }
}


void
ngx_chat_polling_release(ngx_chat_polling_t *p)
{
    if (p->get && p->out.head == NULL) {
        ngx_chat_polling_say(p, chat_slice("6"));
    }
}


void
ngx_chat_polling_say(ngx_chat_polling_t *p, chat_slice_t packets)
{
    ngx_chat_poll_answer(p->get, NGX_CHAT_POLL_PACKETS, packets);
}


/* Answers with what is queued, up to what every client takes at once. */
void
ngx_chat_polling_drain(ngx_chat_polling_t *p)
{
    size_t           size;
    u_char          *text;
    chat_buf_t       b;
    ngx_uint_t       i, n;
    chat_slice_t     packet;
    ngx_chat_msg_t  *msgs[NGX_CHAT_POLL_PACKETS_MAX];

    size = 0;

    for (n = 0; n < NGX_CHAT_POLL_PACKETS_MAX; n++) {

        msgs[n] = ngx_chat_msg_queue_take(&p->out);

        if (msgs[n] == NULL) {
            break;
        }

        size += ngx_chat_poll_packet(msgs[n]).len + 1;
    }

    text = ngx_alloc(size, ngx_cycle->log);
    chat_buf_init_fixed(&b, text, text ? size : 0);

    for (i = 0; i < n; i++) {

        if (i) {
            chat_buf_byte(&b, CHAT_EIO_SEPARATOR);
        }

        packet = ngx_chat_poll_packet(msgs[i]);

        if (packet.data == NULL) {
            chat_buf_fail(&b, CHAT_NOMEM);
        }

        chat_buf_slice(&b, packet);
        ngx_chat_msg_unref(&msgs[i]);
    }

    if (chat_buf_status(&b) == CHAT_OK) {
        ngx_chat_polling_say(p, chat_buf_view(&b));

    } else if (p->session) {
        /* they are lost: the session cannot go on as if they were not */
        ngx_chat_session_break(p->session, "no memory to answer");
    }

    ngx_free(text);
}


/* Absent: no memory. */
static chat_slice_t
ngx_chat_poll_packet(ngx_chat_msg_t *msg)
{
    if (msg->binary) {
        msg = ngx_chat_msg_base64(msg);
    }

    return msg ? ngx_chat_msg_payload(msg) : chat_slice_of(NULL, 0);
}


/* --- POST --------------------------------------------------------------- */

static void
ngx_chat_poll_post(ngx_chat_polling_t *p, ngx_chat_poll_t *poll)
{
    if (p->post) {
        ngx_chat_poll_overlaps(p, poll);
        return;
    }

    p->post = poll;
    poll->payload = chat_slice_of(NULL, 0);
}


static void
ngx_chat_poll_body(ngx_chat_poll_t *poll, chat_slice_t body)
{
    static const uint8_t  nothing[1];

    poll->at = 0;
    poll->payload = body.len ? body : chat_slice_of(nothing, 0);

    ngx_chat_polling_soon(poll->data);
}


static void
ngx_chat_poll_drop(ngx_chat_poll_t *poll)
{
    ngx_chat_poll_cut(poll);
}


static void
ngx_chat_poll_abort(ngx_chat_poll_t *poll)
{
    ngx_chat_polling_t  *p;

    p = poll->data;
    ngx_chat_poll_cut(poll);

    if (p->session) {
        ngx_chat_session_break(p->session, "a request was aborted");
    }
}


/*
 * Packets before a bad one take effect, those behind it do not.  A session
 * that is held leaves the rest for later, and the client waits for its answer.
 */
void
ngx_chat_polling_take(ngx_chat_polling_t *p)
{
    ngx_chat_poll_t    *poll;
    chat_eio_packet_t   packet;

    poll = p->post;

    if (poll->payload.data == NULL) {
        return;                            /* still being read */
    }

    if (p->session && poll->at == 0 && !p->held
        && !chat_utf8_valid(poll->payload))
    {
        ngx_chat_session_break(p->session, "not UTF-8");
    }

    while (p->session && ngx_chat_session_is_open(p->session)) {

        if (p->held) {
            return;
        }

        switch (chat_eio_next(poll->payload, &poll->at, &packet)) {

        case CHAT_OK:
            ngx_chat_session_packet(p->session, &packet);
            continue;

        case CHAT_NOT_FOUND:
            ngx_chat_poll_answer(poll, NGX_CHAT_POLL_TAKEN,
                                 chat_slice_of(NULL, 0));
            return;

        default:
            ngx_chat_session_break(p->session, "not a payload");
        }
    }

    ngx_chat_poll_answer(poll,
                         p->session && ngx_chat_session_closes(p->session,
                                                      NGX_CHAT_CLOSE_BROKEN)
                         ? NGX_CHAT_POLL_REFUSED : NGX_CHAT_POLL_TAKEN,
                         chat_slice_of(NULL, 0));
}
