
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


static ngx_http_variable_t  ngx_chat_variables[] = {

    { ngx_string("chat_user"), NULL, ngx_chat_variable_identity,
      offsetof(ngx_chat_identity_t, uid), 0, 0 },

    { ngx_string("chat_role"), NULL, ngx_chat_variable_identity,
      offsetof(ngx_chat_identity_t, role), 0, 0 },

    { ngx_string("chat_job_time"), NULL, ngx_chat_variable_job_time,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_chat_variable_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_chat_variables; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
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
