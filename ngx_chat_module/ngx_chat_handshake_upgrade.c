
/*
 * Reads the headers of a WebSocket's request, for the content handlers.  What
 * the WebSocket is for is not known here.
 */

#include "ngx_chat_handshake_upgrade.h"
#include "ngx_chat_reply.h"
#include "chat_ws_frame.h"


static ngx_uint_t ngx_chat_handshake_has_token(ngx_str_t *list,
    const char *token);


ngx_uint_t
ngx_chat_handshake_upgrades(ngx_http_request_t *r)
{
    ngx_str_t  *upgrade, *connection;

    upgrade = ngx_chat_request_header(r, "upgrade");
    connection = ngx_chat_request_header(r, "connection");

    return ngx_chat_handshake_has_token(upgrade, "websocket")
           && ngx_chat_handshake_has_token(connection, "upgrade");
}


static ngx_uint_t
ngx_chat_handshake_has_token(ngx_str_t *list, const char *token)
{
    size_t   len;
    u_char  *p, *last, *end;

    if (list == NULL) {
        return 0;
    }

    len = ngx_strlen(token);
    last = list->data + list->len;

    for (p = list->data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        end = end ? end : last;

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if ((size_t) (end - p) >= len
            && ngx_strncasecmp(p, (u_char *) token, len) == 0
            && (p + len == end || p[len] == ' ' || p[len] == '\t'))
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_chat_handshake_key(ngx_http_request_t *r, ngx_str_t *key)
{
    ngx_str_t  *version, *found;

    if (r->http_version != NGX_HTTP_VERSION_11
        || r->headers_in.content_length_n > 0 || r->headers_in.chunked)
    {
        return NGX_DECLINED;
    }

    version = ngx_chat_request_header(r, "sec-websocket-version");

    if (version == NULL || version->len != 2
        || ngx_memcmp(version->data, "13", 2) != 0)
    {
        /* without it the answer is a refusal all the same */
        (void) ngx_chat_reply_header(r, "Sec-WebSocket-Version",
                                     chat_slice("13"));
        return NGX_DECLINED;
    }

    found = ngx_chat_request_header(r, "sec-websocket-key");

    if (found == NULL || !chat_ws_key_valid(ngx_chat_slice(*found))) {
        return NGX_DECLINED;
    }

    *key = *found;

    return NGX_OK;
}
