
/*
 * chat_socket, chat_namespace and chat_echo: the locations with sessions or
 * bare WebSockets.
 * Each with sessions has a number, by which another process knows whose
 * session a row is; of the same configuration the numbers are the same.
 */

#include "ngx_chat_conf.h"
#include "ngx_chat_echo.h"
#include "ngx_chat_handshake.h"
#include "chat_sio_packet.h"


#define NGX_CHAT_NAMESPACES_MAX  16      /* in a location, `/` apart */


static void ngx_chat_conf_location(ngx_conf_t *cf, ngx_chat_loc_conf_t *clcf);


char *
ngx_chat_conf_socket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_uint_t  i;

    static ngx_str_t  lanes[] = {
        ngx_string(CHAT_LANE_DEFAULT),
        ngx_string(CHAT_LANE_READ)
    };

    if (clcf->socket) {
        return "is duplicate";
    }

    clcf->socket = 1;

    for (i = 0; i < ngx_chat_countof(lanes); i++) {
        if (ngx_chat_conf_lane(cf, &lanes[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    ngx_chat_conf_location(cf, clcf);

    return ngx_chat_conf_handler(cf, &cmd->name, ngx_chat_handshake_handler);
}


/* chat_namespace /name … */
char *
ngx_chat_conf_namespace(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    if (clcf->namespaces != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (cf->args->nelts - 1 > NGX_CHAT_NAMESPACES_MAX) {
        return "takes up to 16 names";
    }

    clcf->namespaces = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                        sizeof(ngx_str_t));
    if (clcf->namespaces == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (value[i].len < 2
            || chat_sio_nsp_check(ngx_chat_slice(value[i])) != CHAT_OK)
        {
            return "takes names as /name, of up to 128 bytes without a comma"
                   " (\"/\" is always there)";
        }

        name = ngx_array_push(clcf->namespaces);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_chat_conf_echo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t  *value;

    if (clcf->echo != NGX_CHAT_ECHO_NONE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "engine") == 0) {
        clcf->echo = NGX_CHAT_ECHO_ENGINE;
        ngx_chat_conf_location(cf, clcf);

        return ngx_chat_conf_handler(cf, &cmd->name,
                                     ngx_chat_handshake_handler);
    }

    if (ngx_strcmp(value[1].data, "websocket") == 0) {
        clcf->echo = NGX_CHAT_ECHO_WEBSOCKET;

        return ngx_chat_conf_handler(cf, &cmd->name,
                                     ngx_chat_handshake_bare_handler);
    }

    return "takes \"engine\" or \"websocket\"";
}


static void
ngx_chat_conf_location(ngx_conf_t *cf, ngx_chat_loc_conf_t *clcf)
{
    ngx_chat_main_conf_t      *mcf;
    ngx_http_core_loc_conf_t  *core;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    clcf->location = ngx_crc32_short(core->name.data, core->name.len)
                     + (uint32_t) mcf->sockets++;
}


/*
 * chat_max_payload is the limit of a body here, and answers in our way; nginx's
 * directives have been merged by now.
 */
void
ngx_chat_conf_merge_socket(ngx_conf_t *cf, ngx_chat_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *core;

    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    core->client_max_body_size = 0;

    conf->send_timeout_ms = core->send_timeout;
}
