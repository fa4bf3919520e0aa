
/*
 * Makes and merges the configuration; every default stands here and nowhere
 * else.  What nginx -t can find wrong is found here: a location that needs a
 * zone or a key and has none.
 */

#include "ngx_chat_conf.h"
#include "ngx_chat_rest.h"
#include "ngx_chat_status.h"


#define NGX_CHAT_NODE_MAX  64


static void ngx_chat_conf_hostname(ngx_conf_t *cf, ngx_str_t *node);


void *
ngx_chat_conf_create_main(ngx_conf_t *cf)
{
    ngx_chat_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&mcf->lanes, cf->pool, 4, sizeof(ngx_str_t)) != NGX_OK) {
        return NULL;
    }

    if (ngx_array_init(&mcf->limits, cf->pool, 4, sizeof(ngx_chat_limit_t *))
        != NGX_OK)
    {
        return NULL;
    }

    mcf->drain_rate = NGX_CONF_UNSET_UINT;
    mcf->max_pending = NGX_CONF_UNSET_UINT;
    mcf->max_queue = NGX_CONF_UNSET_UINT;
    mcf->memory_bytes = NGX_CONF_UNSET_SIZE;

    return mcf;
}


char *
ngx_chat_conf_init_main(ngx_conf_t *cf, void *conf)
{
    ngx_chat_main_conf_t *mcf = conf;

    static ngx_str_t  prefix = ngx_string(CHAT_BUS_PREFIX);

    if (mcf->needed_by.len && mcf->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" needs \"chat_zone\" in the http block",
                      &mcf->needed_by);
        return NGX_CONF_ERROR;
    }

    ngx_conf_init_uint_value(mcf->drain_rate, 500);
    ngx_conf_init_uint_value(mcf->max_pending, 10000);
    ngx_conf_init_uint_value(mcf->max_queue, 20000);
    ngx_conf_init_size_value(mcf->memory_bytes, 256 * 1024 * 1024);

    if (mcf->prefix.len == 0) {
        mcf->prefix = prefix;
    }

    if (mcf->node.len == 0) {
        ngx_chat_conf_hostname(cf, &mcf->node);
    }

    if (mcf->zone && mcf->redis == NULL) {
        return ngx_chat_conf_redis_default(cf, mcf);
    }

    return NGX_CONF_OK;
}


/* The host's name is not ours to refuse: what cannot stand in one is "-". */
static void
ngx_chat_conf_hostname(ngx_conf_t *cf, ngx_str_t *node)
{
    ngx_uint_t  i;

    *node = cf->cycle->hostname;
    node->len = ngx_min(node->len, NGX_CHAT_NODE_MAX);

    node->data = ngx_pstrdup(cf->pool, node);

    if (node->data == NULL || node->len == 0) {
        ngx_str_set(node, "nginx");
        return;
    }

    for (i = 0; i < node->len; i++) {
        if (node->data[i] != '.'
            && !chat_uid_valid(chat_slice_of(&node->data[i], 1)))
        {
            node->data[i] = '-';
        }
    }
}


void *
ngx_chat_conf_create_loc(ngx_conf_t *cf)
{
    ngx_chat_loc_conf_t  *clcf;

    clcf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_loc_conf_t));
    if (clcf == NULL) {
        return NULL;
    }

    clcf->jwt_leeway = NGX_CONF_UNSET;
    clcf->auth = NGX_CONF_UNSET_UINT;
    clcf->timeout_ms = NGX_CONF_UNSET_MSEC;
    clcf->origins = NGX_CONF_UNSET_PTR;
    clcf->origin_any = NGX_CONF_UNSET;
    clcf->namespaces = NGX_CONF_UNSET_PTR;
    clcf->ping_interval_ms = NGX_CONF_UNSET_MSEC;
    clcf->ping_timeout_ms = NGX_CONF_UNSET_MSEC;
    clcf->connect_timeout_ms = NGX_CONF_UNSET_MSEC;
    clcf->upgrade_timeout_ms = NGX_CONF_UNSET_MSEC;
    clcf->max_payload = NGX_CONF_UNSET_SIZE;
    clcf->send_queue = NGX_CONF_UNSET_SIZE;
    clcf->recovery_ms = NGX_CONF_UNSET_MSEC;
    clcf->max_user = NGX_CONF_UNSET_UINT;
    clcf->max_address = NGX_CONF_UNSET_UINT;

    return clcf;
}


char *
ngx_chat_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_loc_conf_t *prev = parent;
    ngx_chat_loc_conf_t *conf = child;

    if (conf->jwt_keys == NULL) {
        conf->jwt_keys = prev->jwt_keys;
    }

    ngx_conf_merge_str_value(conf->jwt_claim, prev->jwt_claim, "sub");
    ngx_conf_merge_str_value(conf->jwt_issuer, prev->jwt_issuer, "");
    ngx_conf_merge_str_value(conf->jwt_audience, prev->jwt_audience, "");
    ngx_conf_merge_sec_value(conf->jwt_leeway, prev->jwt_leeway, 0);
    ngx_conf_merge_str_value(conf->jwt_cookie, prev->jwt_cookie, "jwt");
    ngx_conf_merge_uint_value(conf->auth, prev->auth, NGX_CHAT_AUTH_REQUIRED);
    ngx_conf_merge_msec_value(conf->timeout_ms, prev->timeout_ms, 10000);
    ngx_conf_merge_ptr_value(conf->origins, prev->origins, NULL);
    ngx_conf_merge_value(conf->origin_any, prev->origin_any, 0);
    ngx_conf_merge_ptr_value(conf->namespaces, prev->namespaces, NULL);
    ngx_conf_merge_msec_value(conf->ping_interval_ms, prev->ping_interval_ms,
                              25000);
    ngx_conf_merge_msec_value(conf->ping_timeout_ms, prev->ping_timeout_ms,
                              20000);
    ngx_conf_merge_msec_value(conf->connect_timeout_ms,
                              prev->connect_timeout_ms, 45000);
    ngx_conf_merge_msec_value(conf->upgrade_timeout_ms,
                              prev->upgrade_timeout_ms, 10000);
    ngx_conf_merge_bitmask_value(conf->transports, prev->transports,
                              (NGX_CONF_BITMASK_SET
                               |NGX_CHAT_TRANSPORTS_POLLING
                               |NGX_CHAT_TRANSPORTS_WEBSOCKET));
    ngx_conf_merge_size_value(conf->max_payload, prev->max_payload,
                              1024 * 1024);
    ngx_conf_merge_size_value(conf->send_queue, prev->send_queue, 1024 * 1024);
    ngx_conf_merge_msec_value(conf->recovery_ms, prev->recovery_ms, 120000);
    ngx_conf_merge_uint_value(conf->max_user, prev->max_user, 0);
    ngx_conf_merge_uint_value(conf->max_address, prev->max_address, 0);

    ngx_chat_conf_merge_recovery(cf, conf);

    if ((conf->api || conf->socket) && conf->jwt_keys == NULL
        && conf->auth != NGX_CHAT_AUTH_OFF)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" needs \"chat_jwt_key\", or \"chat_auth off\"",
                      conf->api ? "chat_api" : "chat_socket");
        return NGX_CONF_ERROR;
    }

    if (conf->socket || conf->echo) {
        ngx_chat_conf_merge_socket(cf, conf);
    }

    return ngx_chat_conf_merge_limits(cf, prev, conf);
}


char *
ngx_chat_conf_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    char       *rv;
    ngx_str_t  *value;

    if (clcf->api) {
        return "is duplicate";
    }

    value = cf->args->elts;
    clcf->api = 1;

    ngx_str_set(&clcf->lane, CHAT_LANE_DEFAULT);

    if (cf->args->nelts > 1) {
        clcf->lane = value[1];
        clcf->read_lane = value[1];
    }

    if (cf->args->nelts == 1) {
        ngx_str_set(&clcf->read_lane, CHAT_LANE_READ);

    } else if (cf->args->nelts == 3) {
        clcf->read_lane = value[2];
    }

    rv = ngx_chat_conf_lane(cf, &clcf->lane);

    if (rv == NGX_CONF_OK) {
        rv = ngx_chat_conf_lane(cf, &clcf->read_lane);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_chat_conf_handler(cf, &cmd->name, ngx_chat_rest_handler);
}


char *
ngx_chat_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t  *value;

    if (clcf->status != NGX_CHAT_STATUS_NONE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 1 || ngx_strcmp(value[1].data, "json") == 0) {
        clcf->status = NGX_CHAT_STATUS_JSON;

    } else if (ngx_strcmp(value[1].data, "prometheus") == 0) {
        clcf->status = NGX_CHAT_STATUS_PROMETHEUS;

    } else {
        return "takes \"json\" or \"prometheus\"";
    }

    return ngx_chat_conf_handler(cf, &cmd->name, ngx_chat_status_handler);
}


char *
ngx_chat_conf_handler(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_http_handler_pt handler)
{
    ngx_chat_main_conf_t      *mcf;
    ngx_http_core_loc_conf_t  *core;

    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (core->handler) {
        return "conflicts with another directive that answers here";
    }

    core->handler = handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    mcf->needed_by = *directive;

    return NGX_CONF_OK;
}


char *
ngx_chat_conf_lane(ngx_conf_t *cf, ngx_str_t *lane)
{
    ngx_str_t             *known;
    ngx_uint_t             i;
    ngx_chat_main_conf_t  *mcf;

    if (lane->len > CHAT_LANE_MAX || !chat_uid_valid(ngx_chat_slice(*lane))) {
        return "takes lanes of up to 16 letters, digits, \"-\" and \"_\"";
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    known = mcf->lanes.elts;

    for (i = 0; i < mcf->lanes.nelts; i++) {
        if (known[i].len == lane->len
            && ngx_strncmp(known[i].data, lane->data, lane->len) == 0)
        {
            return NGX_CONF_OK;
        }
    }

    known = ngx_array_push(&mcf->lanes);
    if (known == NULL) {
        return NGX_CONF_ERROR;
    }

    *known = *lane;

    return NGX_CONF_OK;
}


char *
ngx_chat_conf_bounds(ngx_conf_t *cf, void *post, void *data)
{
    ngx_uint_t              *value = data;
    ngx_chat_conf_bounds_t  *bounds = post;

    if (*value < bounds->low || *value > bounds->high) {
        return bounds->text;
    }

    return NGX_CONF_OK;
}


char *
ngx_chat_conf_node(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t *node = data;

    if (!chat_uid_valid(ngx_chat_slice(*node))) {
        return "takes up to 64 letters, digits, \"-\" and \"_\"";
    }

    return NGX_CONF_OK;
}


ngx_uint_t
ngx_chat_conf_word(ngx_str_t *word, const char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (word->len < len || ngx_strncmp(word->data, name, len) != 0) {
        return 0;
    }

    value->data = word->data + len;
    value->len = word->len - len;

    return 1;
}


/* "off" stands for the empty text. */
char *
ngx_chat_conf_off(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t *value = data;

    if (ngx_strcmp(value->data, "off") == 0) {
        ngx_str_set(value, "");
    }

    return NGX_CONF_OK;
}
