
/*
 * Variables for access logs and limits.  $chat_user and $chat_role verify the
 * token when they are first asked for, which may be before the content handler
 * is; both see the same verdict.
 */

#include "ngx_chat_variable.h"
#include "ngx_chat_jwt.h"


static ngx_int_t ngx_chat_variable_identity(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_chat_variable_job_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static const struct {
    ngx_str_t                    name;
    ngx_http_get_variable_pt     get;
    uintptr_t                    data;
    ngx_uint_t                   flags;
} ngx_chat_variables[] = {
    { .name = ngx_string("chat_user"),
      .get = ngx_chat_variable_identity,
      .data = offsetof(ngx_chat_identity_t, uid) },

    { .name = ngx_string("chat_role"),
      .get = ngx_chat_variable_identity,
      .data = offsetof(ngx_chat_identity_t, role) },

    { .name = ngx_string("chat_job_time"),
      .get = ngx_chat_variable_job_time,
      .flags = NGX_HTTP_VAR_NOCACHEABLE }
};


ngx_int_t
ngx_chat_variable_add(ngx_conf_t *cf)
{
    ngx_str_t             name;
    ngx_uint_t            i;
    ngx_http_variable_t  *var;

    for (i = 0; i < ngx_chat_countof(ngx_chat_variables); i++) {

        name = ngx_chat_variables[i].name;

        var = ngx_http_add_variable(cf, &name, ngx_chat_variables[i].flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_chat_variables[i].get;
        var->data = ngx_chat_variables[i].data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_variable_identity(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t            *text;
    const char           *why;
    ngx_chat_identity_t   who;

    if (ngx_chat_jwt_request(r, &who, &why) != NGX_OK) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = (ngx_str_t *) ((u_char *) &who + data);

    if (text->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = text->data;
    v->len = text->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* Seconds with milliseconds, as $request_time. */
static ngx_int_t
ngx_chat_variable_job_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char              *p;
    ngx_chat_request_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx == NULL || ctx->job_time_ms < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = ngx_sprintf(p, "%T.%03M", (time_t) (ctx->job_time_ms / 1000),
                         (ngx_msec_t) (ctx->job_time_ms % 1000)) - p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
