
/*
 * Content handler of a chat_socket location: the order of decisions in which
 * an Engine.IO request is refused or gets its session.  Only WebSocket is
 * served.  It must not know what follows the upgrade.
 */

#include "ngx_chat_handshake.h"
#include "ngx_chat_handshake_args.h"
#include "ngx_chat_jwt.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_shm.h"
#include "ngx_chat_socket.h"
#include "ngx_chat_websocket.h"


/* Engine.IO's codes; the texts stand in ngx_chat_handshake_errors. */
typedef enum {
    NGX_CHAT_HS_OK = 0,
    NGX_CHAT_HS_TRANSPORT,
    NGX_CHAT_HS_SID,
    NGX_CHAT_HS_METHOD,
    NGX_CHAT_HS_REQUEST,
    NGX_CHAT_HS_FORBIDDEN,
    NGX_CHAT_HS_PROTOCOL
} ngx_chat_handshake_error_t;


typedef struct {
    ngx_chat_arg_t   eio;
    ngx_chat_arg_t   transport;
    ngx_chat_arg_t   sid;
    ngx_uint_t       upgrade;        /* asks for a WebSocket */
} ngx_chat_handshake_t;


static void ngx_chat_handshake_parse(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs);
static ngx_uint_t ngx_chat_handshake_has_token(ngx_str_t *list,
    const char *token);
static ngx_chat_handshake_error_t ngx_chat_handshake_judge(
    ngx_http_request_t *r, ngx_chat_handshake_t *hs);
static ngx_chat_handshake_error_t ngx_chat_handshake_judge_sid(
    ngx_chat_handshake_t *hs);
static ngx_int_t ngx_chat_handshake_refuse(ngx_http_request_t *r,
    ngx_chat_handshake_error_t error);
static ngx_chat_handshake_error_t ngx_chat_handshake_check_upgrade(
    ngx_http_request_t *r, ngx_str_t *key);
static ngx_uint_t ngx_chat_handshake_crowded(void);
static ngx_chat_session_t *ngx_chat_handshake_session(ngx_http_request_t *r);


static ngx_str_t  ngx_chat_handshake_json = ngx_string("application/json");

static const struct {
    ngx_uint_t     status;
    const char    *body;
} ngx_chat_handshake_errors[] = {
    { 200, "" },
    { 400, "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { 400, "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    { 400, "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    { 400, "{\"code\":3,\"message\":\"Bad request\"}" },
    { 403, "{\"code\":4,\"message\":\"Forbidden\"}" },
    { 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
};


ngx_int_t
ngx_chat_handshake_handler(ngx_http_request_t *r)
{
    ngx_str_t                    key;
    ngx_chat_session_t          *session;
    ngx_chat_handshake_t         hs;
    ngx_chat_handshake_error_t   error;

    if (r != r->main) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_chat_origin_preflight(r);
    }

    ngx_chat_handshake_parse(r, &hs);
    error = ngx_chat_handshake_judge(r, &hs);

    if (error == NGX_CHAT_HS_OK) {
        error = ngx_chat_handshake_check_upgrade(r, &key);
    }

    if (error != NGX_CHAT_HS_OK) {
        return ngx_chat_handshake_refuse(r, error);
    }

    if (hs.sid.len) {
        /* it has its WebSocket: the suites want 101, then a Close */
        return ngx_chat_websocket_upgrade(r, NULL, key);
    }

    if (ngx_chat_handshake_crowded()) {
        ngx_chat_metric(NGX_CHAT_M_HANDSHAKES_REFUSED);
        return ngx_chat_reply_error(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    "unavailable", "Too many connections");
    }

    session = ngx_chat_handshake_session(r);

    if (session == NULL) {
        ngx_chat_metric(NGX_CHAT_M_HANDSHAKES_REFUSED);
        return ngx_chat_reply_error(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    "unavailable", "Too many sessions");
    }

    ngx_chat_metric(NGX_CHAT_M_HANDSHAKES);

    return ngx_chat_websocket_upgrade(r, session, key);
}


/* --- the request -------------------------------------------------------- */

static void
ngx_chat_handshake_parse(ngx_http_request_t *r, ngx_chat_handshake_t *hs)
{
    ngx_str_t  *upgrade, *connection;

    ngx_chat_arg_find(r->args, "EIO", &hs->eio);
    ngx_chat_arg_find(r->args, "transport", &hs->transport);
    ngx_chat_arg_find(r->args, "sid", &hs->sid);

    upgrade = ngx_chat_request_header(r, "upgrade");
    connection = ngx_chat_request_header(r, "connection");

    hs->upgrade = ngx_chat_handshake_has_token(upgrade, "websocket")
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


/* --- the order of decisions --------------------------------------------- */

static ngx_chat_handshake_error_t
ngx_chat_handshake_judge(ngx_http_request_t *r, ngx_chat_handshake_t *hs)
{
    ngx_chat_handshake_error_t  error;

    if (!ngx_chat_arg_is(&hs->transport, "websocket")) {
        return NGX_CHAT_HS_TRANSPORT;
    }

    if (hs->sid.len) {
        error = ngx_chat_handshake_judge_sid(hs);

        if (error != NGX_CHAT_HS_OK) {
            return error;
        }

    } else if (r->method != NGX_HTTP_GET) {
        return NGX_CHAT_HS_METHOD;
    }

    if (!hs->upgrade || r->method != NGX_HTTP_GET) {
        return NGX_CHAT_HS_REQUEST;
    }

    if (ngx_chat_origin(r) == NGX_CHAT_ORIGIN_FOREIGN) {
        return NGX_CHAT_HS_FORBIDDEN;
    }

    return ngx_chat_arg_is(&hs->eio, "4") ? NGX_CHAT_HS_OK
                                          : NGX_CHAT_HS_PROTOCOL;
}


static ngx_chat_handshake_error_t
ngx_chat_handshake_judge_sid(ngx_chat_handshake_t *hs)
{
    ngx_chat_row_t  row;

    if (hs->sid.len != CHAT_EIO_SID_LEN
        || ngx_chat_shm_row_find(hs->sid.data, &row) != NGX_OK)
    {
        return NGX_CHAT_HS_SID;
    }

    return ngx_chat_arg_is(&hs->eio, "4") ? NGX_CHAT_HS_OK
                                          : NGX_CHAT_HS_REQUEST;
}


static ngx_int_t
ngx_chat_handshake_refuse(ngx_http_request_t *r,
    ngx_chat_handshake_error_t error)
{
    const char  *body;

    ngx_chat_metric(NGX_CHAT_M_HANDSHAKES_REFUSED);

    body = ngx_chat_handshake_errors[error].body;

    if (ngx_chat_origin_headers(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_chat_reply(r, ngx_chat_handshake_errors[error].status,
                          ngx_chat_handshake_json,
                          chat_slice_of(body, ngx_strlen(body)));
}


/* RFC 6455, 4.2.1 */
static ngx_chat_handshake_error_t
ngx_chat_handshake_check_upgrade(ngx_http_request_t *r, ngx_str_t *key)
{
    ngx_str_t  *version, *found;

    if (r->http_version != NGX_HTTP_VERSION_11
        || r->headers_in.content_length_n > 0 || r->headers_in.chunked)
    {
        return NGX_CHAT_HS_REQUEST;
    }

    version = ngx_chat_request_header(r, "sec-websocket-version");

    if (version == NULL || version->len != 2
        || ngx_memcmp(version->data, "13", 2) != 0)
    {
        /* without it the answer is a refusal all the same */
        (void) ngx_chat_reply_header(r, "Sec-WebSocket-Version",
                                     chat_slice("13"));
        return NGX_CHAT_HS_REQUEST;
    }

    found = ngx_chat_request_header(r, "sec-websocket-key");

    if (found == NULL || !chat_ws_key_valid(ngx_chat_slice(*found))) {
        return NGX_CHAT_HS_REQUEST;
    }

    *key = *found;

    return NGX_CHAT_HS_OK;
}


/*
 * A share of the connections is left to requests and to Redis, without which
 * the others are worth nothing; a process that leaves takes nobody new.
 */
static ngx_uint_t
ngx_chat_handshake_crowded(void)
{
    return ngx_exiting
           || ngx_cycle->free_connection_n < ngx_cycle->connection_n / 16;
}


static ngx_chat_session_t *
ngx_chat_handshake_session(ngx_http_request_t *r)
{
    ngx_str_t             token, *header, agent = ngx_null_string;
    const char           *why;
    ngx_chat_session_t   *session;
    ngx_chat_identity_t   who;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    /* asked for at CONNECT, which may bring its own */
    ngx_memzero(&who, sizeof(ngx_chat_identity_t));
    token = ngx_chat_jwt_find(r);

    if (token.len
        && ngx_chat_jwt_verify(conf, &token, r->pool, &who, &why) != NGX_OK)
    {
        who.uid.len = 0;
    }

    header = ngx_chat_request_header(r, "user-agent");

    if (header) {
        agent = *header;
    }

    session = ngx_chat_session_create(conf, r->connection->addr_text);

    if (session && ngx_chat_socket_create(session, &who, agent) != NGX_OK) {
        ngx_chat_session_lost(session, "no memory");
        return NULL;
    }

    return session;
}
