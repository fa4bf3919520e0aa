
/*
 * The tokens a client brings: in CONNECT, in the request of its handshake, in
 * `authenticate`, by which a socket outlives its first token.
 */

#include "ngx_chat_socket_state.h"
#include "chat_json_scan.h"


static const char *ngx_chat_socket_renew(ngx_chat_socket_t *socket,
    chat_slice_t object);


/*
 * CONNECT's own token, else the one of the handshake's request, else nobody
 * where that is allowed.
 */
ngx_chat_claims_t *
ngx_chat_socket_identify(ngx_chat_socket_t *socket, chat_slice_t auth,
    chat_slice_t *found, const char **why)
{
    size_t                len;
    u_char                token[NGX_CHAT_HEADER_MAX];
    ngx_chat_claims_t    *claims;
    chat_json_value_t     value;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_chat_socket_conf(socket);
    *found = chat_slice_of(NULL, 0);

    if (conf->auth == NGX_CHAT_AUTH_OFF) {
        return &ngx_chat_claims_nobody;
    }

    if (auth.len
        && chat_json_member(auth, chat_slice("token"), &value) == CHAT_OK
        && value.type != CHAT_JSON_NULL)
    {
        if (chat_json_string(value, token, sizeof(token), &len) != CHAT_OK) {
            *why = "The token is no token";
            return NULL;
        }

        *found = value.text;

        return ngx_chat_claims_verify(conf, chat_slice_of(token, len), why);
    }

    claims = socket->client->offered;

    if (claims == NULL && conf->auth == NGX_CHAT_AUTH_OPTIONAL) {
        return &ngx_chat_claims_nobody;
    }

    if (claims == NULL || ngx_chat_claims_expired(claims, conf)) {
        *why = claims ? "The token has expired" : "No token";
        return NULL;
    }

    return claims;
}


/* --- authenticate {token} ----------------------------------------------- */

void
ngx_chat_socket_authenticate(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet)
{
    size_t              at;
    const char         *refusal;
    chat_json_value_t   name, value;

    at = 0;

    if (chat_json_element(packet->json, &at, &name) != CHAT_OK
        || chat_json_element(packet->json, &at, &value) != CHAT_OK
        || value.type != CHAT_JSON_OBJECT)
    {
        refusal = "No token";

    } else {
        refusal = ngx_chat_socket_renew(socket, value.text);
    }

    if (refusal) {
        ngx_chat_socket_answer_failure(socket, packet->id, "unauthorized",
                                       refusal);
        return;
    }

    if (packet->id >= 0) {
        ngx_chat_socket_answer(socket, packet->id,
                               chat_slice("[{\"ok\":true}]"), NULL);
    }
}


/* NULL: the fresh token counts from now on; else why it does not. */
static const char *
ngx_chat_socket_renew(ngx_chat_socket_t *socket, chat_slice_t object)
{
    size_t                len;
    u_char                token[NGX_CHAT_HEADER_MAX];
    ngx_str_t             before, now;
    const char           *why;
    chat_json_value_t     value;
    ngx_chat_claims_t    *claims;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_chat_socket_conf(socket);

    if (chat_json_member(object, chat_slice("token"), &value) != CHAT_OK
        || chat_json_string(value, token, sizeof(token), &len) != CHAT_OK)
    {
        return "No token";
    }

    claims = ngx_chat_claims_verify(conf, chat_slice_of(token, len), &why);

    if (claims == NULL) {
        return why;
    }

    before = ngx_chat_claims_uid(socket->claims);
    now = ngx_chat_claims_uid(claims);

    if (before.len != now.len
        || ngx_memcmp(before.data, now.data, now.len) != 0)
    {
        ngx_free(claims);
        return "The token is another user's";
    }

    ngx_chat_claims_drop(&socket->claims);
    socket->claims = claims;

    ngx_chat_client_expires(socket->client);

    return NULL;
}
