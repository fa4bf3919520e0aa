
/*
 * REST: checks who asks and from where, parks the request, and makes a
 * response of the reply to its job (ngx_chat_rest_job).  A client that leaves
 * ends the wait, not the job.  Knows no route: what a path means is the
 * worker's business.
 */

#include "ngx_chat_rest.h"
#include "ngx_chat_rest_body.h"
#include "ngx_chat_rest_job.h"
#include "ngx_chat_jwt.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"


#define NGX_CHAT_REST_METHODS                                                 \
    (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH     \
     |NGX_HTTP_DELETE)


/* A request and its ask; either may end first. */
typedef struct {
    ngx_http_request_t   *r;
    ngx_chat_request_t   *ctx;
    ngx_chat_ask_t       *ask;           /* NULL: answered */
    ngx_msec_t            started_ms;
} ngx_chat_rest_t;


/* What is answered without a worker. */
static const struct {
    ngx_int_t    verdict;
    ngx_uint_t   status;
    const char  *code;
    const char  *message;
} ngx_chat_rest_errors[] = {
    { 400, 400, "invalid", "The request cannot be passed on" },
    { NGX_CHAT_REST_BAD_JSON, 400, "bad_json", "The body is not JSON" },
    { 401, 401, "unauthorized", "Sign in first" },
    { 403, 403, "forbidden", "Not from this page" },
    { 405, 405, "method_not_allowed", "There is no such method" },
    { 413, 413, "too_large", "The body is too large" },
    { 414, 414, "too_long", "The address is too long" },
    { 415, 415, "unsupported_media_type", "The body must be JSON or a form" },
    { 429, 429, "rate_limited", "Too many requests, try again later" },
    { 500, 500, "internal", "Something went wrong" },
    { 503, 503, "unavailable", "Try again in a moment" },
    { 504, 504, "timeout", "There was no answer in time" }
};

static const struct {
    chat_header_t   header;
    const char     *name;
} ngx_chat_rest_headers[] = {
    { CHAT_H_SET_COOKIE, "Set-Cookie" },
    { CHAT_H_LOCATION, "Location" },
    { CHAT_H_LINK, "Link" },
    { CHAT_H_RETRY_AFTER, "Retry-After" }
};


static void ngx_chat_rest_read(ngx_http_request_t *r);
static ngx_int_t ngx_chat_rest_ask(ngx_http_request_t *r);
static void ngx_chat_rest_cleanup(void *data);
static void ngx_chat_rest_done(void *data, ngx_uint_t status,
    const chat_envelope_t *reply);
static ngx_int_t ngx_chat_rest_respond(ngx_http_request_t *r,
    ngx_uint_t status, const chat_envelope_t *reply);
static ngx_int_t ngx_chat_rest_error(ngx_http_request_t *r,
    ngx_int_t verdict);


ngx_int_t
ngx_chat_rest_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_uint_t            wait_s;
    const char           *why;
    ngx_chat_identity_t   who;

    ngx_chat_metric(NGX_CHAT_M_REQUESTS);

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_chat_origin_preflight(r);
    }

    if (ngx_chat_origin_headers(r) != NGX_OK
        || ngx_chat_reply_header(r, "Cache-Control", chat_slice("no-store"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & NGX_CHAT_REST_METHODS)) {
        return ngx_chat_rest_error(r, NGX_HTTP_NOT_ALLOWED);
    }

    rc = ngx_chat_jwt_request(r, &who, &why);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "chat: request refused: %s", why);
        return ngx_chat_rest_error(r, rc);
    }

    if (ngx_chat_limit_request(r, &who, &wait_s) != NGX_OK) {
        return ngx_chat_reply_retry(r, wait_s) == NGX_OK
               ? ngx_chat_rest_error(r, NGX_HTTP_TOO_MANY_REQUESTS)
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_read_client_request_body(r, ngx_chat_rest_read);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


/* The body is there. */
static void
ngx_chat_rest_read(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_chat_rest_ask(r);

    if (rc == NGX_OK) {
        r->read_event_handler = ngx_http_test_reading;
        r->write_event_handler = ngx_http_request_empty_handler;
        return;                          /* parked */
    }

    ngx_http_finalize_request(r, ngx_chat_rest_error(r, rc));
}


/* NGX_OK: a reply will come.  Else what ngx_chat_rest_error() is given. */
static ngx_int_t
ngx_chat_rest_ask(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    chat_slice_t         body;
    ngx_chat_rest_t     *rest;
    ngx_http_cleanup_t  *cln;

    rc = ngx_chat_rest_body(r, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    rest = ngx_pcalloc(r->pool, sizeof(ngx_chat_rest_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (rest == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rest->r = r;
    rest->ctx = ngx_chat_request(r);
    rest->started_ms = ngx_current_msec;

    rc = ngx_chat_rest_job(r, &rest->ctx->who, body, ngx_chat_rest_done, rest,
                           &rest->ask);
    if (rc != NGX_OK) {
        return rc;
    }

    cln->handler = ngx_chat_rest_cleanup;
    cln->data = rest;

    return NGX_OK;
}


/* The request ends, perhaps before its reply. */
static void
ngx_chat_rest_cleanup(void *data)
{
    ngx_chat_rest_t *rest = data;

    if (rest->ask) {
        ngx_chat_bus_cancel(rest->ask);
        rest->ask = NULL;
    }
}


static void
ngx_chat_rest_done(void *data, ngx_uint_t status, const chat_envelope_t *reply)
{
    ngx_chat_rest_t *rest = data;

    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = rest->r;
    c = r->connection;

    rest->ask = NULL;
    rest->ctx->job_time_ms = (ngx_msec_int_t) (ngx_current_msec
                                               - rest->started_ms);

    ngx_http_set_log_request(c->log, r);

    rc = reply ? ngx_chat_rest_respond(r, status, reply)
               : ngx_chat_rest_error(r, status);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_chat_rest_respond(ngx_http_request_t *r, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    ngx_str_t      type, own;
    ngx_uint_t     i;
    chat_slice_t   value;

    for (i = 0; i < ngx_chat_countof(ngx_chat_rest_headers); i++) {
        value = reply->headers[ngx_chat_rest_headers[i].header];

        if (value.data
            && ngx_chat_reply_header(r, ngx_chat_rest_headers[i].name, value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_str_null(&type);

    if (!chat_slice_eq(reply->words[2], chat_slice("-"))) {
        own.data = (u_char *) reply->words[2].data;
        own.len = reply->words[2].len;

        type.len = own.len;
        type.data = ngx_pstrdup(r->pool, &own);
        if (type.data == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_chat_reply(r, status, type, reply->body);
}


static ngx_int_t
ngx_chat_rest_error(ngx_http_request_t *r, ngx_int_t verdict)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_countof(ngx_chat_rest_errors); i++) {
        if (ngx_chat_rest_errors[i].verdict == verdict) {
            return ngx_chat_reply_error(r, ngx_chat_rest_errors[i].status,
                                        ngx_chat_rest_errors[i].code,
                                        ngx_chat_rest_errors[i].message);
        }
    }

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}
