
/*
 * The body of a request, read whole.
 */

#ifndef NGX_CHAT_REST_BODY_H
#define NGX_CHAT_REST_BODY_H


#include "ngx_chat.h"


/*
 * All of it in one piece of r->pool's memory, or of the request's own buffer.
 * NGX_OK, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE (CHAT_BUS_JOB_MAX), or
 * NGX_HTTP_INTERNAL_SERVER_ERROR.
 */
ngx_int_t ngx_chat_rest_body(ngx_http_request_t *r, chat_slice_t *body);


#endif /* NGX_CHAT_REST_BODY_H */
