
/*
 * One-call answers to HTTP requests.
 */

#ifndef NGX_CHAT_REPLY_H
#define NGX_CHAT_REPLY_H


#include "ngx_chat.h"


#define NGX_CHAT_SECRET_LEN  20


/*
 * Sends a whole response (headers set before by the caller are kept) and
 * returns what the content handler is to return or to finalize with.
 * A HEAD request gets the headers; 401 gets its WWW-Authenticate.  The body
 * is copied, the content type is not.
 */
ngx_int_t ngx_chat_reply(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t content_type, chat_slice_t body);

/* {"message": …, "code": …} as application/json; 503 adds Retry-After. */
ngx_int_t ngx_chat_reply_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, const char *message);

/* Says when to try again. */
ngx_int_t ngx_chat_reply_retry(ngx_http_request_t *r, ngx_uint_t seconds);

/* Adds a response header; the bytes are copied. */
ngx_int_t ngx_chat_reply_header(ngx_http_request_t *r, const char *name,
    chat_slice_t value);

/* A header of the request by its lower-case name; NULL. */
ngx_str_t *ngx_chat_request_header(ngx_http_request_t *r, const char *name);

/* A cookie of the request; NGX_DECLINED. */
ngx_int_t ngx_chat_request_cookie(ngx_http_request_t *r, ngx_str_t name,
    ngx_str_t *value);

/* Fills with random bytes (RAND_bytes); NGX_ERROR. */
ngx_int_t ngx_chat_random(void *p, size_t n);

/* A text that nobody can guess: NGX_CHAT_SECRET_LEN of `A-Za-z0-9_-`, with six
 * random bits each; NGX_ERROR. */
ngx_int_t ngx_chat_secret(u_char text[NGX_CHAT_SECRET_LEN]);


#endif /* NGX_CHAT_REPLY_H */
