
/*
 * Content handler of a chat_api location: request → job, reply → response.
 */

#ifndef NGX_CHAT_REST_H
#define NGX_CHAT_REST_H


#include "ngx_chat.h"


ngx_int_t ngx_chat_rest_handler(ngx_http_request_t *r);


#endif /* NGX_CHAT_REST_H */
