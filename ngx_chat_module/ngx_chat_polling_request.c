
/*
 * A GET or POST as HTTP: it is parked until its answer comes from the session's
 * owner, in this process or another, and a client that goes away meanwhile is
 * noticed.  A POST's body is read by ngx_chat_polling_body.c.
 */

#include "ngx_chat_polling_request.h"
#include "ngx_chat_memory.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_refuse.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_shm.h"


static ngx_chat_polling_request_t *ngx_chat_polling_request_create(
    ngx_http_request_t *r);
static void ngx_chat_polling_request_cleanup(void *data);
static void ngx_chat_polling_request_answer(ngx_chat_poll_t *poll,
    ngx_chat_poll_answer_t answer, chat_slice_t packets);
static ngx_int_t ngx_chat_polling_request_reply(ngx_http_request_t *r,
    ngx_chat_poll_answer_t answer, chat_slice_t packets);
static ngx_int_t ngx_chat_polling_request_send(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t type, chat_slice_t body);


static ngx_str_t  ngx_chat_polling_text =
                                     ngx_string("text/plain; charset=UTF-8");
static ngx_str_t  ngx_chat_polling_html = ngx_string("text/html");


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

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_POST))) {
        return ngx_chat_polling_request_refuse(r, NGX_HTTP_NOT_ALLOWED);
    }

    q = ngx_chat_polling_request_create(r);
    if (q == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_POST) {
        return ngx_chat_polling_body(q, row);
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
    chat_buf_init(&q->body, conf->max_payload);

    return q;
}


ngx_chat_polling_request_t *
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

    ngx_chat_memory_add(-(ssize_t) q->kept);
    chat_buf_free(&q->body);
}


void
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
void
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
        return ngx_chat_polling_request_refuse(r, NGX_HTTP_BAD_REQUEST);

    default:
        return ngx_chat_polling_request_refuse(r,
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
    }
}


ngx_int_t
ngx_chat_polling_request_refuse(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_str_t  none = ngx_null_string;

    return ngx_chat_polling_request_send(r, status, none,
                                         chat_slice_of(NULL, 0));
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
