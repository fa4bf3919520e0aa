
/*
 * Which web pages may use us: chat_origin, and CORS answers (Fetch).
 */

#ifndef NGX_CHAT_ORIGIN_H
#define NGX_CHAT_ORIGIN_H


#include "ngx_chat.h"


typedef enum {
    NGX_CHAT_ORIGIN_NONE = 0,     /* no Origin header: no browser's page */
    NGX_CHAT_ORIGIN_SAME,         /* the same host */
    NGX_CHAT_ORIGIN_ALLOWED,      /* named by chat_origin */
    NGX_CHAT_ORIGIN_FOREIGN
} ngx_chat_origin_t;


char *ngx_chat_origin_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

ngx_chat_origin_t ngx_chat_origin(ngx_http_request_t *r);

/* Adds Access-Control-… and Vary to the response where they belong. */
ngx_int_t ngx_chat_origin_headers(ngx_http_request_t *r);

/* Answers OPTIONS; for a content handler to return. */
ngx_int_t ngx_chat_origin_preflight(ngx_http_request_t *r);


#endif /* NGX_CHAT_ORIGIN_H */
