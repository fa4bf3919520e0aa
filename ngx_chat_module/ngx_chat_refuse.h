
/*
 * How Engine.IO refuses a request: by a code and its text.
 */

#ifndef NGX_CHAT_REFUSE_H
#define NGX_CHAT_REFUSE_H


#include "ngx_chat.h"


/* Engine.IO's codes, from 0 on. */
typedef enum {
    NGX_CHAT_REFUSE_TRANSPORT = 0,
    NGX_CHAT_REFUSE_SID,
    NGX_CHAT_REFUSE_METHOD,
    NGX_CHAT_REFUSE_REQUEST,
    NGX_CHAT_REFUSE_FORBIDDEN,
    NGX_CHAT_REFUSE_PROTOCOL,
    NGX_CHAT_REFUSE_NOT            /* no code: it is not refused */
} ngx_chat_refusal_t;


/* Answers, and returns what a content handler returns. */
ngx_int_t ngx_chat_refuse(ngx_http_request_t *r, ngx_chat_refusal_t refusal);


#endif /* NGX_CHAT_REFUSE_H */
