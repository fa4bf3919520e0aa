
/*
 * The body of a POST.  Its session's owner knows of it from the beginning, so
 * that a second one is noticed wherever it comes in, and gets it whole: what
 * is read piece by piece stays in memory, up to chat_max_payload.
 */

#include "ngx_chat_polling_request.h"
#include "ngx_chat_memory.h"


static ngx_uint_t ngx_chat_polling_body_binary(ngx_http_request_t *r);
static void ngx_chat_polling_body_read(ngx_http_request_t *r);
static void ngx_chat_polling_body_more(ngx_http_request_t *r);
static ngx_int_t ngx_chat_polling_body_collect(ngx_chat_polling_request_t *q);


ngx_int_t
ngx_chat_polling_body(ngx_chat_polling_request_t *q, const ngx_chat_row_t *row)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = q->r;

    if (r->headers_in.content_length_n > (off_t) q->body.max) {
        return ngx_chat_polling_request_refuse(r,
                                          NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
    }

    ngx_chat_polling_request_begin(q, NGX_CHAT_POLL_POST, row);

    if (q->poll.owner == NULL) {
        return NGX_DONE;
    }

    if (ngx_chat_polling_body_binary(r)) {
        q->poll.owner->abort(&q->poll);
        ngx_http_finalize_request(r,
                 ngx_chat_polling_request_refuse(r, NGX_HTTP_BAD_REQUEST));
        return NGX_DONE;
    }

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_chat_polling_body_read);

    r->main->count--;                      /* counted twice */

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


/* Engine.IO 4 sends text alone, whatever it is called. */
static ngx_uint_t
ngx_chat_polling_body_binary(ngx_http_request_t *r)
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
ngx_chat_polling_body_read(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_chat_polling_body_more;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_chat_polling_body_more(r);
}


static void
ngx_chat_polling_body_more(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_chat_polling_request_t   *q;

    q = ngx_chat_polling_request_of(r);

    for ( ;; ) {

        rc = ngx_chat_polling_body_collect(q);

        if (rc != NGX_OK) {
            q->poll.owner->drop(&q->poll);
            ngx_http_finalize_request(r,
                                  ngx_chat_polling_request_refuse(r, rc));
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
ngx_chat_polling_body_collect(ngx_chat_polling_request_t *q)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = q->r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;
        chat_buf_put(&q->body, b->pos, b->last - b->pos);
        b->pos = b->last;
    }

    q->r->request_body->bufs = NULL;

    ngx_chat_memory_add((ssize_t) q->body.cap - (ssize_t) q->kept);
    q->kept = q->body.cap;

    switch (chat_buf_status(&q->body)) {

    case CHAT_OK:
        return ngx_chat_memory_full() ? NGX_HTTP_SERVICE_UNAVAILABLE : NGX_OK;

    case CHAT_TOO_BIG:
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}
