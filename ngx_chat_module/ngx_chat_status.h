
/*
 * Content handler of a chat_status location: health as JSON, or numbers for
 * Prometheus.
 */

#ifndef NGX_CHAT_STATUS_H
#define NGX_CHAT_STATUS_H


#include "ngx_chat.h"


ngx_int_t ngx_chat_status_handler(ngx_http_request_t *r);


#endif /* NGX_CHAT_STATUS_H */
