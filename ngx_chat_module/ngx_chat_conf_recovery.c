
/*
 * chat_recovery: a time or off.  Events are made ready for the kinds of
 * locations that there are, so the whole configuration knows which.
 */

#include "ngx_chat_conf.h"


void
ngx_chat_conf_merge_recovery(ngx_conf_t *cf, ngx_chat_loc_conf_t *conf)
{
    ngx_chat_main_conf_t  *mcf;

    if (!conf->socket) {
        return;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (conf->recovery_ms) {
        mcf->recovery_on = 1;

    } else {
        mcf->recovery_off = 1;
    }
}


/* chat_recovery time | off */
char *
ngx_chat_conf_recovery(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") != 0) {
        return ngx_conf_set_msec_slot(cf, cmd, conf);
    }

    if (clcf->recovery_ms != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    clcf->recovery_ms = 0;

    return NGX_CONF_OK;
}
