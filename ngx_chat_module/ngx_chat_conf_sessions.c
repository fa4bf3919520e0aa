
/*
 * chat_max_connections and chat_drain: how many sessions there may be, and how
 * fast they are sent away.
 */

#include "ngx_chat_conf.h"


#define NGX_CHAT_CONNECTIONS_MAX  1000000
#define NGX_CHAT_DRAIN_MAX        1000000


/* chat_max_connections user=n ip=n | off */
char *
ngx_chat_conf_connections(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_int_t    n;
    ngx_str_t   *value, text;
    ngx_uint_t   i, *max;

    if (clcf->max_user != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    clcf->max_user = 0;
    clcf->max_address = 0;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        max = ngx_chat_conf_word(&value[i], "user=", &text) ? &clcf->max_user
            : ngx_chat_conf_word(&value[i], "ip=", &text) ? &clcf->max_address
            : NULL;

        n = max ? ngx_atoi(text.data, text.len) : NGX_ERROR;

        if (n == NGX_ERROR || n == 0 || n > NGX_CHAT_CONNECTIONS_MAX || *max) {
            return "takes user= and ip= with 1 to 1000000, or off";
        }

        *max = (ngx_uint_t) n;
    }

    return NGX_CONF_OK;
}


/* chat_drain rate=n/s */
char *
ngx_chat_conf_drain(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_main_conf_t *mcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value, text;

    if (mcf->drain_rate != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = NGX_ERROR;

    if (ngx_chat_conf_word(&value[1], "rate=", &text) && text.len > 2
        && ngx_strcmp(text.data + text.len - 2, "/s") == 0)
    {
        n = ngx_atoi(text.data, text.len - 2);
    }

    if (n == NGX_ERROR || n == 0 || n > NGX_CHAT_DRAIN_MAX) {
        return "takes a rate of 1 to 1000000 sessions a second, as rate=500/s";
    }

    mcf->drain_rate = (ngx_uint_t) n;

    return NGX_CONF_OK;
}
