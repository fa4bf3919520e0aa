
/*
 * A request as a job.
 */

#ifndef NGX_CHAT_REST_JOB_H
#define NGX_CHAT_REST_JOB_H


#include "ngx_chat_bus.h"


#define NGX_CHAT_REST_BAD_JSON  4001     /* an answer of its own: 400 */


/*
 * NGX_OK: sent, `done` will be called.  Else the status to answer with (400,
 * 414, 415, 503), or NGX_CHAT_REST_BAD_JSON.
 */
ngx_int_t ngx_chat_rest_job(ngx_http_request_t *r,
    const ngx_chat_identity_t *who, chat_slice_t body, ngx_chat_reply_pt done,
    void *data, ngx_chat_ask_t **ask);


#endif /* NGX_CHAT_REST_JOB_H */
