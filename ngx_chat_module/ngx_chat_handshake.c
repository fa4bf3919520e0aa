
/*
 * Content handlers of the locations with sockets: the order of decisions in
 * which an Engine.IO request is refused, finds its session or gets one.  It
 * must not know what a transport does with its requests.
 */

#include "ngx_chat_handshake.h"
#include "ngx_chat_handshake_args.h"
#include "ngx_chat_handshake_upgrade.h"
#include "ngx_chat_echo.h"
#include "ngx_chat_jwt.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_polling.h"
#include "ngx_chat_refuse.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_shm.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_HANDSHAKE_RETRY_S  5     /* for a session to end */


typedef struct {
    ngx_chat_transport_t   transport;
    ngx_uint_t             session;        /* it names one, in `row` */
    ngx_chat_row_t         row;
    ngx_str_t              key;            /* of a WebSocket */
} ngx_chat_handshake_t;


static ngx_int_t ngx_chat_handshake_options(ngx_http_request_t *r);
static ngx_chat_refusal_t ngx_chat_handshake_judge(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs);
static ngx_chat_refusal_t ngx_chat_handshake_judge_transport(
    ngx_http_request_t *r, ngx_chat_handshake_t *hs);
static ngx_chat_refusal_t ngx_chat_handshake_judge_sid(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs, ngx_chat_arg_t *sid);
static ngx_chat_refusal_t ngx_chat_handshake_judge_new(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs);
static ngx_int_t ngx_chat_handshake_open(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs);
static ngx_int_t ngx_chat_handshake_refuse(ngx_http_request_t *r,
    ngx_int_t rc, ngx_uint_t wait_s);
static ngx_uint_t ngx_chat_handshake_crowded(void);
static ngx_int_t ngx_chat_handshake_session(ngx_http_request_t *r,
    ngx_chat_transport_t kind, ngx_chat_session_t **session);
static ngx_int_t ngx_chat_handshake_socket(ngx_http_request_t *r,
    ngx_chat_session_t *session);


ngx_int_t
ngx_chat_handshake_handler(ngx_http_request_t *r)
{
    ngx_chat_refusal_t    refusal;
    ngx_chat_handshake_t  hs;

    if (r != r->main) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_chat_handshake_options(r);
    }

    refusal = ngx_chat_handshake_judge(r, &hs);

    if (refusal != NGX_CHAT_REFUSE_NOT) {
        return ngx_chat_refuse(r, refusal);
    }

    if (!hs.session) {
        return ngx_chat_handshake_open(r, &hs);
    }

    if (hs.transport == NGX_CHAT_TRANSPORT_POLLING) {
        return ngx_chat_polling_request(r, &hs.row);
    }

    if (hs.row.transport == NGX_CHAT_TRANSPORT_POLLING) {
        return ngx_chat_polling_upgrade(r, hs.key, &hs.row);
    }

    /* it has its WebSocket: the suites want 101, then a Close */
    return ngx_chat_websocket_upgrade(r, hs.key, &ngx_chat_websocket_nobody,
                                      NULL);
}


/* A WebSocket without Engine.IO. */
ngx_int_t
ngx_chat_handshake_bare_handler(ngx_http_request_t *r)
{
    void       *echo;
    ngx_str_t   key;

    if (r != r->main) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method != NGX_HTTP_GET || !ngx_chat_handshake_upgrades(r)
        || ngx_chat_handshake_key(r, &key) != NGX_OK)
    {
        return ngx_chat_refuse(r, NGX_CHAT_REFUSE_REQUEST);
    }

    echo = ngx_chat_handshake_crowded() ? NULL : ngx_chat_echo_create();

    if (echo == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    return ngx_chat_websocket_upgrade(r, key, &ngx_chat_echo_websocket, echo);
}


/* Without chat_origin nobody else's page is served: no preflight either. */
static ngx_int_t
ngx_chat_handshake_options(ngx_http_request_t *r)
{
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->origins == NULL && !conf->origin_any) {
        return ngx_chat_refuse(r, NGX_CHAT_REFUSE_METHOD);
    }

    return ngx_chat_origin_preflight(r);
}


/* --- the order of decisions --------------------------------------------- */

static ngx_chat_refusal_t
ngx_chat_handshake_judge(ngx_http_request_t *r, ngx_chat_handshake_t *hs)
{
    ngx_chat_arg_t      sid;
    ngx_chat_refusal_t  refusal;

    refusal = ngx_chat_handshake_judge_transport(r, hs);

    if (refusal != NGX_CHAT_REFUSE_NOT) {
        return refusal;
    }

    ngx_chat_arg_find(r->args, "sid", &sid);
    hs->session = (sid.len != 0);

    refusal = hs->session ? ngx_chat_handshake_judge_sid(r, hs, &sid)
                          : ngx_chat_handshake_judge_new(r, hs);

    if (refusal != NGX_CHAT_REFUSE_NOT
        || hs->transport == NGX_CHAT_TRANSPORT_POLLING)
    {
        return refusal;
    }

    if (ngx_chat_origin(r) == NGX_CHAT_ORIGIN_FOREIGN) {
        return NGX_CHAT_REFUSE_FORBIDDEN;
    }

    return (ngx_chat_handshake_key(r, &hs->key) == NGX_OK)
           ? NGX_CHAT_REFUSE_NOT : NGX_CHAT_REFUSE_REQUEST;
}


static ngx_chat_refusal_t
ngx_chat_handshake_judge_transport(ngx_http_request_t *r,
    ngx_chat_handshake_t *hs)
{
    ngx_chat_arg_t        arg;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    ngx_chat_arg_find(r->args, "transport", &arg);

    if (ngx_chat_arg_is(&arg, "polling")
        && (conf->transports & NGX_CHAT_TRANSPORTS_POLLING))
    {
        hs->transport = NGX_CHAT_TRANSPORT_POLLING;
        return NGX_CHAT_REFUSE_NOT;
    }

    if (ngx_chat_arg_is(&arg, "websocket")
        && (conf->transports & NGX_CHAT_TRANSPORTS_WEBSOCKET))
    {
        hs->transport = NGX_CHAT_TRANSPORT_WEBSOCKET;
        return NGX_CHAT_REFUSE_NOT;
    }

    return NGX_CHAT_REFUSE_TRANSPORT;
}


/* A session belongs to its location, and is not known elsewhere. */
static ngx_chat_refusal_t
ngx_chat_handshake_judge_sid(ngx_http_request_t *r, ngx_chat_handshake_t *hs,
    ngx_chat_arg_t *sid)
{
    ngx_chat_arg_t        eio;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (sid->len != CHAT_EIO_SID_LEN
        || ngx_chat_shm_row_find(sid->data, &hs->row) != NGX_OK
        || hs->row.location != conf->location)
    {
        return NGX_CHAT_REFUSE_SID;
    }

    ngx_chat_arg_find(r->args, "EIO", &eio);

    if (!ngx_chat_arg_is(&eio, "4")) {
        return NGX_CHAT_REFUSE_REQUEST;
    }

    /* a WebSocket is welcome to both: to one as an upgrade, or to be closed */

    if (hs->transport == NGX_CHAT_TRANSPORT_POLLING) {
        return (hs->row.transport == NGX_CHAT_TRANSPORT_POLLING)
               ? NGX_CHAT_REFUSE_NOT : NGX_CHAT_REFUSE_REQUEST;
    }

    return (r->method == NGX_HTTP_GET && ngx_chat_handshake_upgrades(r))
           ? NGX_CHAT_REFUSE_NOT : NGX_CHAT_REFUSE_REQUEST;
}


static ngx_chat_refusal_t
ngx_chat_handshake_judge_new(ngx_http_request_t *r, ngx_chat_handshake_t *hs)
{
    ngx_chat_arg_t  eio;

    if (r->method != NGX_HTTP_GET) {
        return NGX_CHAT_REFUSE_METHOD;
    }

    if (hs->transport == NGX_CHAT_TRANSPORT_WEBSOCKET
        && !ngx_chat_handshake_upgrades(r))
    {
        return NGX_CHAT_REFUSE_REQUEST;
    }

    if (ngx_chat_origin(r) == NGX_CHAT_ORIGIN_FOREIGN) {
        return NGX_CHAT_REFUSE_FORBIDDEN;
    }

    ngx_chat_arg_find(r->args, "EIO", &eio);

    return ngx_chat_arg_is(&eio, "4") ? NGX_CHAT_REFUSE_NOT
                                      : NGX_CHAT_REFUSE_PROTOCOL;
}


/* --- a new session ------------------------------------------------------ */

static ngx_int_t
ngx_chat_handshake_open(ngx_http_request_t *r, ngx_chat_handshake_t *hs)
{
    ngx_int_t            rc;
    ngx_uint_t           wait_s;
    ngx_chat_session_t  *session;

    wait_s = NGX_CHAT_HANDSHAKE_RETRY_S;
    rc = ngx_chat_limit_request(r, NULL, &wait_s);

    if (rc == NGX_OK) {
        rc = ngx_chat_handshake_crowded()
             ? NGX_ERROR
             : ngx_chat_handshake_session(r, hs->transport, &session);
    }

    if (rc != NGX_OK) {
        return ngx_chat_handshake_refuse(r, rc, wait_s);
    }

    ngx_chat_metric(NGX_CHAT_M_HANDSHAKES);

    if (hs->transport == NGX_CHAT_TRANSPORT_POLLING) {
        return ngx_chat_polling_open(r, session);
    }

    return ngx_chat_websocket_upgrade(r, hs->key, &ngx_chat_websocket_session,
                                      session);
}


/*
 * NGX_BUSY is who asked too often or has too many, else it is us.  Clients take
 * any error here as a lost connection, and try again later and later.
 */
static ngx_int_t
ngx_chat_handshake_refuse(ngx_http_request_t *r, ngx_int_t rc,
    ngx_uint_t wait_s)
{
    ngx_chat_metric(NGX_CHAT_M_HANDSHAKES_REFUSED);

    if (ngx_chat_origin_headers(r) != NGX_OK
        || (rc == NGX_BUSY && ngx_chat_reply_retry(r, wait_s) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return (rc == NGX_BUSY)
           ? ngx_chat_reply_error(r, NGX_HTTP_TOO_MANY_REQUESTS,
                                  "rate_limited", "Too many connections")
           : ngx_chat_reply_error(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                  "unavailable", "Too many connections");
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


static ngx_int_t
ngx_chat_handshake_session(ngx_http_request_t *r, ngx_chat_transport_t kind,
    ngx_chat_session_t **session)
{
    ngx_int_t             rc;
    ngx_chat_arg_t        b64;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    rc = ngx_chat_session_create(conf, kind, r->connection->addr_text, session);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_chat_arg_find(r->args, "b64", &b64);

    if (ngx_chat_arg_is(&b64, "1")) {
        ngx_chat_session_wants_base64(*session);
    }

    if (conf->echo == NGX_CHAT_ECHO_ENGINE) {
        rc = ngx_chat_echo_session(*session);

    } else {
        rc = ngx_chat_handshake_socket(r, *session);
    }

    if (rc != NGX_OK) {
        ngx_chat_session_lost(*session, "no memory");
    }

    return rc;
}


static ngx_int_t
ngx_chat_handshake_socket(ngx_http_request_t *r, ngx_chat_session_t *session)
{
    ngx_str_t             token, *header, agent = ngx_null_string;
    const char           *why;
    ngx_chat_identity_t   who;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    /* asked for at CONNECT, which may bring its own */
    ngx_memzero(&who, sizeof(ngx_chat_identity_t));
    ngx_str_null(&token);

    if (conf->auth != NGX_CHAT_AUTH_OFF) {
        token = ngx_chat_jwt_find(r);
    }

    if (token.len
        && ngx_chat_jwt_verify(conf, &token, r->pool, &who, &why) != NGX_OK)
    {
        who.uid.len = 0;
    }

    header = ngx_chat_request_header(r, "user-agent");

    if (header) {
        agent = *header;
    }

    return ngx_chat_socket_create(session, &who, agent);
}
