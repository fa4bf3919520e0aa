
/*
 * A GET or POST as HTTP: its body is read, it is parked until its answer comes
 * from the session's owner, in this process or another, and a client that goes
 * away meanwhile is noticed.
 */

#include "ngx_chat_polling_state.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_refuse.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_shm.h"


typedef struct {
    ngx_chat_poll_t        poll;         /* … is this */
    ngx_http_request_t    *r;
    size_t                 body_max;
    chat_buf_t             body;
    ngx_uint_t             inside;       /* … the content handler */
} ngx_chat_polling_request_t;


static ngx_chat_polling_request_t *ngx_chat_polling_request_create(
    ngx_http_request_t *r);
static ngx_chat_polling_request_t *ngx_chat_polling_request_of(
    ngx_http_request_t *r);
static void ngx_chat_polling_request_cleanup(void *data);
static void ngx_chat_polling_request_begin(ngx_chat_polling_request_t *q,
    ngx_chat_poll_method_t method, const ngx_chat_row_t *row);
static void ngx_chat_polling_request_park(ngx_http_request_t *r);
static ngx_int_t ngx_chat_polling_request_post(ngx_http_request_t *r,
    const ngx_chat_row_t *row);
static ngx_uint_t ngx_chat_polling_request_binary(ngx_http_request_t *r);
static void ngx_chat_polling_request_read(ngx_http_request_t *r);
static void ngx_chat_polling_request_more(ngx_http_request_t *r);
static ngx_int_t ngx_chat_polling_request_collect(
    ngx_chat_polling_request_t *q);
static void ngx_chat_polling_request_answer(ngx_chat_poll_t *poll,
    ngx_chat_poll_answer_t answer, chat_slice_t packets);
static ngx_int_t ngx_chat_polling_request_reply(ngx_http_request_t *r,
    ngx_chat_poll_answer_t answer, chat_slice_t packets);
static ngx_int_t ngx_chat_polling_request_send(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t type, chat_slice_t body);


static ngx_str_t  ngx_chat_polling_text =
                                     ngx_string("text/plain; charset=UTF-8");
static ngx_str_t  ngx_chat_polling_html = ngx_string("text/html");
static ngx_str_t  ngx_chat_polling_none = ngx_null_string;


ngx_int_t
ngx_chat_polling_open(ngx_http_request_t *r, ngx_chat_session_t *s)
{
    ngx_chat_row_t                row;
    ngx_chat_polling_t           *p;
    ngx_chat_polling_request_t   *q;

    p = ngx_chat_polling_create(s);
    q = ngx_chat_polling_request_create(r);

    if (p == NULL || q == NULL) {

        if (p) {
            ngx_chat_polling_destroy(p);
        }

        ngx_chat_session_lost(s, "no memory");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_chat_session_attach(s, &ngx_chat_polling_transport, p);

    ngx_memzero(&row, sizeof(ngx_chat_row_t));
    ngx_memcpy(row.sid, p->sid, sizeof(row.sid));
    row.process = ngx_chat_shm_process();

    ngx_chat_polling_request_begin(q, NGX_CHAT_POLL_GET, &row);

    return NGX_DONE;
}


ngx_int_t
ngx_chat_polling_request(ngx_http_request_t *r, const ngx_chat_row_t *row)
{
    ngx_chat_polling_request_t  *q;

    if (r->method == NGX_HTTP_POST) {
        return ngx_chat_polling_request_post(r, row);
    }

    if (r->method != NGX_HTTP_GET) {
        return ngx_chat_polling_request_send(r, NGX_HTTP_NOT_ALLOWED,
                                             ngx_chat_polling_none,
                                             chat_slice_of(NULL, 0));
    }

    q = ngx_chat_polling_request_create(r);
    if (q == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_chat_polling_request_begin(q, NGX_CHAT_POLL_GET, row);

    return NGX_DONE;
}


static ngx_chat_polling_request_t *
ngx_chat_polling_request_create(ngx_http_request_t *r)
{
    ngx_chat_loc_conf_t          *conf;
    ngx_http_cleanup_t           *cln;
    ngx_chat_polling_request_t   *q;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    cln = ngx_http_cleanup_add(r, sizeof(ngx_chat_polling_request_t));
    if (cln == NULL) {
        return NULL;
    }

    q = cln->data;
    ngx_memzero(q, sizeof(ngx_chat_polling_request_t));
    cln->handler = ngx_chat_polling_request_cleanup;

    q->r = r;
    q->poll.answer = ngx_chat_polling_request_answer;
    q->body_max = conf->max_payload;
    chat_buf_init(&q->body, q->body_max);

    return q;
}


static ngx_chat_polling_request_t *
ngx_chat_polling_request_of(ngx_http_request_t *r)
{
    ngx_http_cleanup_t  *cln;

    cln = r->cleanup;

    while (cln->handler != ngx_chat_polling_request_cleanup) {
        cln = cln->next;
    }

    return cln->data;
}


/* The request ends: before its answer, if it still has an owner. */
static void
ngx_chat_polling_request_cleanup(void *data)
{
    ngx_chat_polling_request_t  *q = data;

    if (q->poll.owner) {
        q->poll.owner->abort(&q->poll);
    }

    chat_buf_free(&q->body);
}


static void
ngx_chat_polling_request_begin(ngx_chat_polling_request_t *q,
    ngx_chat_poll_method_t method, const ngx_chat_row_t *row)
{
    ngx_http_request_t  *r;

    r = q->r;
    r->main->count++;
    q->inside = 1;

    if (row->process == ngx_chat_shm_process()) {
        ngx_chat_poll_begin(&q->poll, method, row->sid);

    } else {
        ngx_chat_polling_forward(&q->poll, method, row);
    }

    q->inside = 0;

    if (q->poll.owner && method == NGX_CHAT_POLL_GET) {
        ngx_chat_polling_request_park(r);
    }
}


/* A client that goes away is to be heard, also if it has gone already. */
static void
ngx_chat_polling_request_park(ngx_http_request_t *r)
{
    ngx_event_t  *rev;

    rev = r->connection->read;

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (r->stream == NULL && rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
    }
}


/* --- POST --------------------------------------------------------------- */

static ngx_int_t
ngx_chat_polling_request_post(ngx_http_request_t *r, const ngx_chat_row_t *row)
{
    ngx_int_t                     rc;
    ngx_chat_polling_request_t   *q;

    q = ngx_chat_polling_request_create(r);
    if (q == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->headers_in.content_length_n > (off_t) q->body_max) {
        return ngx_chat_polling_request_send(r,
                       NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                       ngx_chat_polling_none, chat_slice_of(NULL, 0));
    }

    ngx_chat_polling_request_begin(q, NGX_CHAT_POLL_POST, row);

    if (q->poll.owner == NULL) {
        return NGX_DONE;
    }

    if (ngx_chat_polling_request_binary(r)) {
        q->poll.owner->abort(&q->poll);
        ngx_chat_polling_request_answer(&q->poll, NGX_CHAT_POLL_REFUSED,
                                        chat_slice_of(NULL, 0));
        return NGX_DONE;
    }

    /* no file for it, and what is too large is known when it is */
    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_chat_polling_request_read);

    r->main->count--;                      /* counted twice */

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


/* Engine.IO 4 sends text alone, whatever it is called. */
static ngx_uint_t
ngx_chat_polling_request_binary(ngx_http_request_t *r)
{
    ngx_str_t  *type;

    static ngx_str_t  binary = ngx_string("application/octet-stream");

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    return type->len >= binary.len
           && ngx_strncasecmp(type->data, binary.data, binary.len) == 0;
}


/* What is there of the body, and whenever there is more. */
static void
ngx_chat_polling_request_read(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_chat_polling_request_more;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_chat_polling_request_more(r);
}


static void
ngx_chat_polling_request_more(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_chat_polling_request_t   *q;

    q = ngx_chat_polling_request_of(r);

    for ( ;; ) {

        rc = ngx_chat_polling_request_collect(q);

        if (rc != NGX_OK) {
            q->poll.owner->drop(&q->poll);
            ngx_http_finalize_request(r, ngx_chat_polling_request_send(r, rc,
                             ngx_chat_polling_none, chat_slice_of(NULL, 0)));
            return;
        }

        if (!r->reading_body) {
            break;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, rc);
            return;
        }

        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            return;
        }
    }

    ngx_chat_polling_request_park(r);

    q->poll.owner->body(&q->poll, chat_buf_view(&q->body));
}


/* Takes over what was read: NGX_OK, or the status of the refusal. */
static ngx_int_t
ngx_chat_polling_request_collect(ngx_chat_polling_request_t *q)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = q->r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;
        chat_buf_put(&q->body, b->pos, b->last - b->pos);
        b->pos = b->last;
    }

    q->r->request_body->bufs = NULL;

    switch (chat_buf_status(&q->body)) {

    case CHAT_OK:
        return NGX_OK;

    case CHAT_TOO_BIG:
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


/* --- the answer --------------------------------------------------------- */

static void
ngx_chat_polling_request_answer(ngx_chat_poll_t *poll,
    ngx_chat_poll_answer_t answer, chat_slice_t packets)
{
    ngx_int_t                     rc;
    ngx_uint_t                    inside;
    ngx_connection_t             *c;
    ngx_chat_polling_request_t   *q;

    q = (ngx_chat_polling_request_t *) poll;
    c = q->r->connection;
    inside = q->inside;

    ngx_http_set_log_request(c->log, q->r);

    rc = ngx_chat_polling_request_reply(q->r, answer, packets);
    ngx_http_finalize_request(q->r, rc);

    if (!inside) {
        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_chat_polling_request_reply(ngx_http_request_t *r,
    ngx_chat_poll_answer_t answer, chat_slice_t packets)
{
    switch (answer) {

    case NGX_CHAT_POLL_PACKETS:
        return ngx_chat_polling_request_send(r, NGX_HTTP_OK,
                                             ngx_chat_polling_text, packets);

    case NGX_CHAT_POLL_TAKEN:
        return ngx_chat_polling_request_send(r, NGX_HTTP_OK,
                                             ngx_chat_polling_html,
                                             chat_slice("ok"));

    case NGX_CHAT_POLL_UNKNOWN:
        return ngx_chat_refuse(r, NGX_CHAT_REFUSE_SID);

    case NGX_CHAT_POLL_MISMATCH:
        return ngx_chat_refuse(r, NGX_CHAT_REFUSE_REQUEST);

    case NGX_CHAT_POLL_REFUSED:
        return ngx_chat_polling_request_send(r, NGX_HTTP_BAD_REQUEST,
                                             ngx_chat_polling_none,
                                             chat_slice_of(NULL, 0));

    default:
        return ngx_chat_polling_request_send(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                             ngx_chat_polling_none,
                                             chat_slice_of(NULL, 0));
    }
}


static ngx_int_t
ngx_chat_polling_request_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t type, chat_slice_t body)
{
    ngx_int_t  rc;

    /* what it has sent behind its header is not the next request */
    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_chat_origin_headers(r) != NGX_OK
        || ngx_chat_reply_header(r, "Cache-Control", chat_slice("no-store"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_chat_reply(r, status, type, body);
}
