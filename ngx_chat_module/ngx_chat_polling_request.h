
/*
 * A GET or POST that came in here: for the units ngx_chat_polling* alone.
 */

#ifndef NGX_CHAT_POLLING_REQUEST_H
#define NGX_CHAT_POLLING_REQUEST_H


#include "ngx_chat_polling_state.h"


/* Lives in the request's pool. */
typedef struct {
    ngx_chat_poll_t        poll;         /* … is this */
    ngx_http_request_t    *r;
    chat_buf_t             body;
    size_t                 kept;         /* bytes of it, as they were counted */
    ngx_uint_t             inside;       /* … the content handler */
} ngx_chat_polling_request_t;


/* Begins it at the session's owner; it may be answered inside. */
void ngx_chat_polling_request_begin(ngx_chat_polling_request_t *q,
    ngx_chat_poll_method_t method, const ngx_chat_row_t *row);

/* Nothing more is read of it: a client that goes away is to be heard. */
void ngx_chat_polling_request_park(ngx_http_request_t *r);

ngx_chat_polling_request_t *ngx_chat_polling_request_of(
    ngx_http_request_t *r);

/* A status alone; what to return, or to finalize with. */
ngx_int_t ngx_chat_polling_request_refuse(ngx_http_request_t *r,
    ngx_uint_t status);

/* ngx_chat_polling_body.c: a POST, as a content handler returns. */
ngx_int_t ngx_chat_polling_body(ngx_chat_polling_request_t *q,
    const ngx_chat_row_t *row);


#endif /* NGX_CHAT_POLLING_REQUEST_H */
