
/*
 * Which web pages may use us.  Browsers send Origin with every request that a
 * page of another site makes; whoever sends none is no page.  Asked by the
 * token check (a cookie is sent by the browser, not by the page, so a foreign
 * page must not write with it), by the handshake, and for CORS headers.
 */

#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"


#define NGX_CHAT_ORIGIN_TAKEN     "Content-Type, Authorization, Idempotency-Key"
#define NGX_CHAT_ORIGIN_EXPOSED   "Link, Location, Retry-After"

#define ngx_chat_origin_line(name, value)                                     \
    { name, { sizeof(value) - 1, (const uint8_t *) value } }


static ngx_uint_t ngx_chat_origin_same(ngx_http_request_t *r,
    ngx_str_t *origin);
static ngx_uint_t ngx_chat_origin_named(ngx_array_t *origins,
    ngx_str_t *origin);
static ngx_int_t ngx_chat_origin_preflight_headers(ngx_http_request_t *r);


static const struct {
    const char    *name;
    chat_slice_t   value;
} ngx_chat_origin_preflights[] = {
    ngx_chat_origin_line("Access-Control-Allow-Methods",
                         "GET, HEAD, POST, PUT, PATCH, DELETE"),
    ngx_chat_origin_line("Access-Control-Max-Age", "600")
};


char *
ngx_chat_origin_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t   *value, *origin;
    ngx_uint_t   i;

    if (clcf->origin_any != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    clcf->origin_any = 0;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "any") == 0) {
        clcf->origin_any = 1;
        return NGX_CONF_OK;
    }

    clcf->origins = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                     sizeof(ngx_str_t));
    if (clcf->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "http://", 7) != 0
            && ngx_strncmp(value[i].data, "https://", 8) != 0)
        {
            return "takes origins as http://host or https://host:port,"
                   " or \"any\" alone";
        }

        if (ngx_strlchr(value[i].data + 8, value[i].data + value[i].len, '/')) {
            return "takes origins without a path or a slash at the end";
        }

        origin = ngx_array_push(clcf->origins);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        *origin = value[i];
    }

    return NGX_CONF_OK;
}


ngx_chat_origin_t
ngx_chat_origin(ngx_http_request_t *r)
{
    ngx_str_t            *origin;
    ngx_chat_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    origin = ngx_chat_request_header(r, "origin");
    if (origin == NULL) {
        return NGX_CHAT_ORIGIN_NONE;
    }

    if (ngx_chat_origin_same(r, origin)) {
        return NGX_CHAT_ORIGIN_SAME;
    }

    if (clcf->origin_any || ngx_chat_origin_named(clcf->origins, origin)) {
        return NGX_CHAT_ORIGIN_ALLOWED;
    }

    return NGX_CHAT_ORIGIN_FOREIGN;
}


/*
 * The scheme is not compared: behind a proxy that ends TLS ours is http where
 * the page's is https.
 */
static ngx_uint_t
ngx_chat_origin_same(ngx_http_request_t *r, ngx_str_t *origin)
{
    u_char     *p, *last;
    ngx_str_t  *host;

    host = r->headers_in.host ? &r->headers_in.host->value
                              : &r->headers_in.server;

    last = origin->data + origin->len;
    p = ngx_strlchr(origin->data, last, '/');

    if (p == NULL || last - p < 2 || host->len == 0) {
        return 0;                /* "null", too */
    }

    p += 2;

    return (size_t) (last - p) == host->len
           && ngx_strncasecmp(p, host->data, host->len) == 0;
}


static ngx_uint_t
ngx_chat_origin_named(ngx_array_t *origins, ngx_str_t *origin)
{
    ngx_str_t   *named;
    ngx_uint_t   i;

    if (origins == NULL) {
        return 0;
    }

    named = origins->elts;

    for (i = 0; i < origins->nelts; i++) {
        if (named[i].len == origin->len
            && ngx_strncasecmp(named[i].data, origin->data, origin->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_chat_origin_headers(ngx_http_request_t *r)
{
    ngx_str_t            *origin;
    ngx_chat_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (clcf->origin_any) {
        /* no cookies count here, so none are to be sent */
        return ngx_chat_reply_header(r, "Access-Control-Allow-Origin",
                                     chat_slice("*"));
    }

    if (clcf->origins == NULL) {
        return NGX_OK;
    }

    /* also where the origin is missing or foreign: caches mix them up else */

    if (ngx_chat_reply_header(r, "Vary", chat_slice("Origin")) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_chat_origin(r) != NGX_CHAT_ORIGIN_ALLOWED) {
        return NGX_OK;
    }

    origin = ngx_chat_request_header(r, "origin");

    if (ngx_chat_reply_header(r, "Access-Control-Allow-Origin",
                              ngx_chat_slice(*origin)) != NGX_OK
        || ngx_chat_reply_header(r, "Access-Control-Allow-Credentials",
                                 chat_slice("true")) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_reply_header(r, "Access-Control-Expose-Headers",
                                 chat_slice(NGX_CHAT_ORIGIN_EXPOSED));
}


ngx_int_t
ngx_chat_origin_preflight(ngx_http_request_t *r)
{
    ngx_str_t   none;
    ngx_uint_t  i;

    if (ngx_chat_origin_headers(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_chat_origin(r) == NGX_CHAT_ORIGIN_ALLOWED) {

        if (ngx_chat_origin_preflight_headers(r) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        for (i = 0; i < ngx_chat_countof(ngx_chat_origin_preflights); i++) {
            if (ngx_chat_reply_header(r, ngx_chat_origin_preflights[i].name,
                                      ngx_chat_origin_preflights[i].value)
                != NGX_OK)
            {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }
    }

    ngx_str_null(&none);

    return ngx_chat_reply(r, NGX_HTTP_NO_CONTENT, none, chat_slice_of(NULL, 0));
}


/* Who is allowed may send what it likes: clients have headers of their own. */
static ngx_int_t
ngx_chat_origin_preflight_headers(ngx_http_request_t *r)
{
    ngx_str_t  *asked;

    if (ngx_chat_reply_header(r, "Vary",
                              chat_slice("Access-Control-Request-Headers"))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    asked = ngx_chat_request_header(r, "access-control-request-headers");

    return ngx_chat_reply_header(r, "Access-Control-Allow-Headers",
                                 asked ? ngx_chat_slice(*asked)
                                       : chat_slice(NGX_CHAT_ORIGIN_TAKEN));
}
