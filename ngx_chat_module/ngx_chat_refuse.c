
/*
 * Engine.IO's refusals, as its clients know them.  The handshake and polling
 * refuse; why they do is not known here.
 */

#include "ngx_chat_refuse.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"


static const struct {
    ngx_uint_t     status;
    const char    *body;
} ngx_chat_refusals[] = {
    { 400, "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { 400, "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    { 400, "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    { 400, "{\"code\":3,\"message\":\"Bad request\"}" },
    { 403, "{\"code\":4,\"message\":\"Forbidden\"}" },
    { 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
};


ngx_int_t
ngx_chat_refuse(ngx_http_request_t *r, ngx_chat_refusal_t refusal)
{
    ngx_int_t    rc;
    const char  *body;

    static ngx_str_t  json = ngx_string("application/json");

    ngx_chat_metric(NGX_CHAT_M_HANDSHAKES_REFUSED);

    /* what it has sent behind its header is not the next request */
    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_chat_origin_headers(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body = ngx_chat_refusals[refusal].body;

    return ngx_chat_reply(r, ngx_chat_refusals[refusal].status, json,
                          chat_slice_of(body, ngx_strlen(body)));
}
