
/*
 * Requests that came in at another process than their session's.  There a GET
 * or a POST becomes frames to the owner, and the owner's answer becomes the
 * request's; here, at the owner, they are served as if they had come in here.
 * A WebSocket that upgrades a session comes over as a connection, because a
 * session never moves (docs/sessions.md).
 *
 *     asked:     GET sid | POST sid, then BODY bytes, or DROP | UPGRADE sid,
 *                and what the client has said already
 *     answered:  ANSWER, a byte of ngx_chat_poll_answer_t, packets
 *
 * The end of a connection before its time is the end of the request.
 */

#include "ngx_chat_polling_probe.h"


typedef enum {
    NGX_CHAT_FRAME_GET = 0,
    NGX_CHAT_FRAME_POST,
    NGX_CHAT_FRAME_BODY,
    NGX_CHAT_FRAME_DROP,
    NGX_CHAT_FRAME_UPGRADE,
    NGX_CHAT_FRAME_ANSWER
} ngx_chat_frame_t;


/* A request of another process, here. */
typedef struct {
    ngx_chat_poll_t    poll;
    ngx_chat_peer_t   *peer;
    u_char            *body;         /* NULL: none yet */
} ngx_chat_served_t;


/* A WebSocket for another process, until it can be handed over. */
typedef struct {
    uint16_t           process;
    u_char             sid[CHAT_EIO_SID_LEN];
} ngx_chat_passing_t;


static void ngx_chat_far_body(ngx_chat_poll_t *poll, chat_slice_t body);
static void ngx_chat_far_drop(ngx_chat_poll_t *poll);
static void ngx_chat_far_abort(ngx_chat_poll_t *poll);
static void ngx_chat_far_end(ngx_chat_poll_t *poll);
static void ngx_chat_far_frame(void *data, ngx_uint_t type, chat_slice_t body);
static void ngx_chat_far_closed(void *data);

static void ngx_chat_served_accept(ngx_chat_peer_t *peer);
static void ngx_chat_served_frame(void *data, ngx_uint_t type,
    chat_slice_t body);
static void ngx_chat_served_body(ngx_chat_served_t *served,
    chat_slice_t body);
static void ngx_chat_served_upgrade(ngx_chat_served_t *served,
    chat_slice_t body);
static void ngx_chat_served_answer(ngx_chat_poll_t *poll,
    ngx_chat_poll_answer_t answer, chat_slice_t packets);
static void ngx_chat_served_closed(void *data);
static void ngx_chat_served_free(ngx_chat_served_t *served);

static ngx_int_t ngx_chat_passing_begin(void *data, ngx_chat_websocket_t *ws);
static void ngx_chat_passing_lost(void *data, const char *why);


const ngx_chat_peer_upward_t  ngx_chat_polling_upward = {
    ngx_chat_served_accept,
    ngx_chat_session_leave_all,
    ngx_chat_session_stop_all
};

static const ngx_chat_poll_owner_pt  ngx_chat_poll_far = {
    ngx_chat_far_body,
    ngx_chat_far_drop,
    ngx_chat_far_abort
};

static const ngx_chat_peer_user_pt  ngx_chat_far_user = {
    ngx_chat_far_frame,
    ngx_chat_far_closed
};

static const ngx_chat_peer_user_pt  ngx_chat_served_user = {
    ngx_chat_served_frame,
    ngx_chat_served_closed
};

static const ngx_chat_websocket_user_pt  ngx_chat_passing_user = {
    ngx_chat_passing_begin,
    NULL,
    NULL,
    NULL,
    NULL,
    ngx_chat_passing_lost
};


/* --- a request that came in here, for a session elsewhere --------------- */

void
ngx_chat_polling_forward(ngx_chat_poll_t *poll, ngx_chat_poll_method_t method,
    const ngx_chat_row_t *row)
{
    ngx_int_t         rc;
    chat_slice_t      sid;
    ngx_chat_peer_t  *peer;

    rc = ngx_chat_peer_connect(row->process, &ngx_chat_far_user, poll, &peer);

    if (rc != NGX_OK) {
        ngx_chat_poll_answer(poll, rc == NGX_DECLINED ? NGX_CHAT_POLL_UNKNOWN
                                                      : NGX_CHAT_POLL_AWAY,
                             chat_slice_of(NULL, 0));
        return;
    }

    poll->owner = &ngx_chat_poll_far;
    poll->data = peer;

    sid = chat_slice_of(row->sid, sizeof(row->sid));

    ngx_chat_peer_send(peer,
                       method == NGX_CHAT_POLL_GET ? NGX_CHAT_FRAME_GET
                                                   : NGX_CHAT_FRAME_POST,
                       &sid, 1);
}


static void
ngx_chat_far_body(ngx_chat_poll_t *poll, chat_slice_t body)
{
    ngx_chat_peer_send(poll->data, NGX_CHAT_FRAME_BODY, &body, 1);
}


static void
ngx_chat_far_drop(ngx_chat_poll_t *poll)
{
    ngx_chat_peer_send(poll->data, NGX_CHAT_FRAME_DROP, NULL, 0);
    ngx_chat_far_end(poll);
}


/* Its end before an answer says it. */
static void
ngx_chat_far_abort(ngx_chat_poll_t *poll)
{
    ngx_chat_far_end(poll);
}


static void
ngx_chat_far_end(ngx_chat_poll_t *poll)
{
    ngx_chat_peer_t  *peer;

    peer = poll->data;
    poll->owner = NULL;

    ngx_chat_peer_close(&peer);
}


static void
ngx_chat_far_frame(void *data, ngx_uint_t type, chat_slice_t body)
{
    ngx_chat_poll_t *poll = data;

    ngx_chat_poll_answer_t  answer;

    ngx_chat_far_end(poll);

    answer = NGX_CHAT_POLL_UNKNOWN;

    if (type == NGX_CHAT_FRAME_ANSWER && body.len
        && body.data[0] < NGX_CHAT_POLL_ANSWERS)
    {
        answer = (ngx_chat_poll_answer_t) body.data[0];
        body = chat_slice_of(body.data + 1, body.len - 1);
    }

    ngx_chat_poll_answer(poll, answer, body);
}


/* The owner has died. */
static void
ngx_chat_far_closed(void *data)
{
    ngx_chat_poll_t *poll = data;

    ngx_chat_poll_answer(poll, NGX_CHAT_POLL_UNKNOWN, chat_slice_of(NULL, 0));
}


/* --- a request that came in elsewhere, for a session here --------------- */

static void
ngx_chat_served_accept(ngx_chat_peer_t *peer)
{
    ngx_chat_served_t  *served;

    served = ngx_calloc(sizeof(ngx_chat_served_t), ngx_cycle->log);

    if (served == NULL) {
        ngx_chat_peer_close(&peer);
        return;
    }

    served->peer = peer;
    served->poll.answer = ngx_chat_served_answer;

    ngx_chat_peer_user(peer, &ngx_chat_served_user, served);
}


static void
ngx_chat_served_frame(void *data, ngx_uint_t type, chat_slice_t body)
{
    ngx_chat_served_t *served = data;

    if (type <= NGX_CHAT_FRAME_POST && body.len == CHAT_EIO_SID_LEN) {
        ngx_chat_poll_begin(&served->poll,
                            type == NGX_CHAT_FRAME_GET ? NGX_CHAT_POLL_GET
                                                       : NGX_CHAT_POLL_POST,
                            body.data);
        return;
    }

    if (type == NGX_CHAT_FRAME_UPGRADE && body.len >= CHAT_EIO_SID_LEN) {
        ngx_chat_served_upgrade(served, body);
        return;
    }

    if (served->poll.owner == NULL) {
        return;
    }

    if (type == NGX_CHAT_FRAME_BODY) {
        ngx_chat_served_body(served, body);

    } else if (type == NGX_CHAT_FRAME_DROP) {
        served->poll.owner->drop(&served->poll);
    }
}


static void
ngx_chat_served_body(ngx_chat_served_t *served, chat_slice_t body)
{
    served->body = ngx_alloc(body.len + 1, ngx_cycle->log);

    if (served->body == NULL) {
        served->poll.owner->abort(&served->poll);
        ngx_chat_poll_answer(&served->poll, NGX_CHAT_POLL_REFUSED,
                             chat_slice_of(NULL, 0));
        return;
    }

    ngx_memcpy(served->body, body.data, body.len);

    served->poll.owner->body(&served->poll,
                             chat_slice_of(served->body, body.len));
}


/* Who comes too late or twice is closed as a WebSocket; a stranger is not. */
static void
ngx_chat_served_upgrade(ngx_chat_served_t *served, chat_slice_t body)
{
    ngx_chat_probe_t     *probe;
    ngx_connection_t     *c;
    ngx_chat_polling_t   *p;

    c = ngx_chat_peer_take(served->peer);
    p = ngx_chat_polling_find(body.data);

    ngx_chat_served_free(served);

    if (c == NULL) {
        return;
    }

    if (p == NULL) {
        ngx_http_close_connection(c);
        return;
    }

    probe = ngx_chat_probe_create(p->sid);

    ngx_chat_websocket_adopt(c, p->conf,
                             chat_slice_of(body.data + CHAT_EIO_SID_LEN,
                                           body.len - CHAT_EIO_SID_LEN),
                             probe ? &ngx_chat_probe_user
                                   : &ngx_chat_websocket_nobody,
                             probe);
}


static void
ngx_chat_served_answer(ngx_chat_poll_t *poll, ngx_chat_poll_answer_t answer,
    chat_slice_t packets)
{
    u_char              said;
    chat_slice_t        pieces[2];
    ngx_chat_served_t  *served;

    served = (ngx_chat_served_t *) poll;
    said = (u_char) answer;

    pieces[0] = chat_slice_of(&said, 1);
    pieces[1] = packets;
    ngx_chat_peer_send(served->peer, NGX_CHAT_FRAME_ANSWER, pieces, 2);

    ngx_chat_peer_close(&served->peer);
    ngx_chat_served_free(served);
}


/* Who asked is gone, and has no answer. */
static void
ngx_chat_served_closed(void *data)
{
    ngx_chat_served_t *served = data;

    if (served->poll.owner) {
        served->poll.owner->abort(&served->poll);
    }

    ngx_chat_served_free(served);
}


static void
ngx_chat_served_free(ngx_chat_served_t *served)
{
    ngx_free(served->body);
    ngx_free(served);
}


/* --- a WebSocket that came in here, for a session elsewhere ------------- */

ngx_int_t
ngx_chat_polling_pass(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_row_t *row)
{
    ngx_chat_passing_t  *passing;

    passing = ngx_alloc(sizeof(ngx_chat_passing_t), r->connection->log);
    if (passing == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    passing->process = row->process;
    ngx_memcpy(passing->sid, row->sid, sizeof(passing->sid));

    return ngx_chat_websocket_upgrade(r, key, &ngx_chat_passing_user, passing);
}


static ngx_int_t
ngx_chat_passing_begin(void *data, ngx_chat_websocket_t *ws)
{
    ngx_chat_passing_t *passing = data;

    size_t             early_len;
    u_char            *early;
    chat_slice_t       pieces[2];
    ngx_connection_t  *c;

    c = ngx_chat_websocket_dissolve(ws, &early, &early_len);

    pieces[0] = chat_slice_of(passing->sid, sizeof(passing->sid));
    pieces[1] = chat_slice_of(early, early_len);

    ngx_chat_peer_pass(passing->process, NGX_CHAT_FRAME_UPGRADE, pieces, 2, c);

    ngx_free(early);
    ngx_free(passing);

    return NGX_DONE;
}


static void
ngx_chat_passing_lost(void *data, const char *why)
{
    ngx_free(data);
}
