
/*
 * Whose request is this?  Finds the token, Authorization first, then the
 * cookie, and judges the request as chat_auth says.  Called by REST, by the
 * handshake and by the log's variables; the verdict is kept with the request,
 * so that all of them see the same one.
 */

#include "ngx_chat_jwt.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"


typedef enum {
    NGX_CHAT_TOKEN_NONE = 0,
    NGX_CHAT_TOKEN_BEARER,
    NGX_CHAT_TOKEN_COOKIE
} ngx_chat_token_source_t;


static ngx_chat_token_source_t ngx_chat_jwt_source(ngx_http_request_t *r,
    ngx_str_t *token);
static ngx_int_t ngx_chat_jwt_judge(ngx_http_request_t *r,
    ngx_chat_request_t *ctx);


ngx_chat_request_t *
ngx_chat_request(ngx_http_request_t *r)
{
    ngx_chat_request_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_chat_request_t));
        if (ctx == NULL) {
            return NULL;
        }

        ctx->job_time_ms = -1;
        ngx_http_set_ctx(r, ctx, ngx_http_chat_module);
    }

    return ctx;
}


ngx_str_t
ngx_chat_jwt_find(ngx_http_request_t *r)
{
    ngx_str_t  token;

    ngx_str_null(&token);
    (void) ngx_chat_jwt_source(r, &token);

    return token;
}


static ngx_chat_token_source_t
ngx_chat_jwt_source(ngx_http_request_t *r, ngx_str_t *token)
{
    ngx_str_t            *value;
    ngx_chat_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (r->headers_in.authorization) {
        value = &r->headers_in.authorization->value;

        if (value->len > 7
            && ngx_strncasecmp(value->data, (u_char *) "Bearer ", 7) == 0)
        {
            token->data = value->data + 7;
            token->len = value->len - 7;
            return NGX_CHAT_TOKEN_BEARER;
        }
    }

    /* with "chat_origin any" every page could make a browser send its cookie */

    if (clcf->origin_any || clcf->jwt_cookie.len == 0
        || ngx_chat_request_cookie(r, clcf->jwt_cookie, token) != NGX_OK
        || token->len == 0)
    {
        ngx_str_null(token);
        return NGX_CHAT_TOKEN_NONE;
    }

    return NGX_CHAT_TOKEN_COOKIE;
}


ngx_int_t
ngx_chat_jwt_request(ngx_http_request_t *r, ngx_chat_identity_t *who,
    const char **why)
{
    ngx_chat_request_t  *ctx;

    ctx = ngx_chat_request(r);
    if (ctx == NULL) {
        *why = "no memory";
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ctx->judged) {
        ctx->verdict = ngx_chat_jwt_judge(r, ctx);
        ctx->judged = 1;
    }

    *who = ctx->who;
    *why = ctx->why;

    return ctx->verdict;
}


static ngx_int_t
ngx_chat_jwt_judge(ngx_http_request_t *r, ngx_chat_request_t *ctx)
{
    ngx_int_t                 rc;
    ngx_str_t                 token;
    ngx_chat_loc_conf_t      *clcf;
    ngx_chat_token_source_t   source;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (clcf->auth == NGX_CHAT_AUTH_OFF) {
        return NGX_OK;
    }

    source = ngx_chat_jwt_source(r, &token);

    if (source == NGX_CHAT_TOKEN_NONE) {
        ctx->why = "no token";
        return (clcf->auth == NGX_CHAT_AUTH_OPTIONAL) ? NGX_OK
                                                      : NGX_HTTP_UNAUTHORIZED;
    }

    rc = ngx_chat_jwt_verify(clcf, &token, r->pool, &ctx->who, &ctx->why);

    if (rc != NGX_OK) {
        /* a browser sends an old cookie also with a login */
        return (clcf->auth == NGX_CHAT_AUTH_OPTIONAL
                && source == NGX_CHAT_TOKEN_COOKIE)
               ? NGX_OK : NGX_HTTP_UNAUTHORIZED;
    }

    if (source == NGX_CHAT_TOKEN_COOKIE
        && !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_OPTIONS))
        && ngx_chat_origin(r) == NGX_CHAT_ORIGIN_FOREIGN)
    {
        ngx_memzero(&ctx->who, sizeof(ngx_chat_identity_t));
        ctx->why = "cookie sent by a page of another origin";
        return NGX_HTTP_FORBIDDEN;
    }

    return NGX_OK;
}
