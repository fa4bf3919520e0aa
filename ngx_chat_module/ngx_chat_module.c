
/*
 * START HERE.  The directives, the hooks by which nginx calls us, and the
 * places where what is below is told whom to call above: the bus calls the
 * fan-out, which calls sockets and presence.  A request begins in
 * ngx_chat_handshake.c (Socket.IO), ngx_chat_rest.c or ngx_chat_status.c.
 */

#include "ngx_chat_bus.h"
#include "ngx_chat_conf.h"
#include "ngx_chat_fanout.h"
#include "ngx_chat_jwt.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_polling.h"
#include "ngx_chat_shm.h"
#include "ngx_chat_variable.h"


#define NGX_CHAT_EVERYWHERE                                                   \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF)


static ngx_uint_t ngx_chat_module_used(ngx_cycle_t *cycle);
static ngx_int_t ngx_chat_module_init_process(ngx_cycle_t *cycle);
static void ngx_chat_module_exit_process(ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_chat_auth_modes[] = {
    { ngx_string("required"), NGX_CHAT_AUTH_REQUIRED },
    { ngx_string("optional"), NGX_CHAT_AUTH_OPTIONAL },
    { ngx_string("off"), NGX_CHAT_AUTH_OFF },
    { ngx_null_string, 0 }
};

static ngx_conf_bitmask_t  ngx_chat_transports[] = {
    { ngx_string("polling"), NGX_CHAT_TRANSPORTS_POLLING },
    { ngx_string("websocket"), NGX_CHAT_TRANSPORTS_WEBSOCKET },
    { ngx_null_string, 0 }
};

static ngx_chat_conf_bounds_t  ngx_chat_count_bounds = {
    ngx_chat_conf_bounds, 1, 1000000,
    "must be between 1 and 1000000"
};

static ngx_chat_conf_bounds_t  ngx_chat_memory_bounds = {
    ngx_chat_conf_bounds, 1024 * 1024, 2048u * 1024 * 1024,
    "must be between 1m and 2048m"
};

static ngx_chat_conf_bounds_t  ngx_chat_time_bounds = {
    ngx_chat_conf_bounds, 50, 600000,
    "must be between 50ms and 10m"
};

static ngx_chat_conf_bounds_t  ngx_chat_recovery_bounds = {
    ngx_chat_conf_bounds, 0, 86400000,
    "must be at most 24h"
};

static ngx_chat_conf_bounds_t  ngx_chat_leeway_bounds = {
    ngx_chat_conf_bounds, 0, 3600,
    "must be at most 1h"
};

static ngx_chat_conf_bounds_t  ngx_chat_payload_bounds = {
    ngx_chat_conf_bounds, 1024, 16 * 1024 * 1024,
    "must be between 1k and 16m"
};

static ngx_chat_conf_bounds_t  ngx_chat_queue_bounds = {
    ngx_chat_conf_bounds, 4096, 1024 * 1024 * 1024,
    "must be between 4k and 1024m"
};

static ngx_conf_post_t  ngx_chat_node_post = { ngx_chat_conf_node };
static ngx_conf_post_t  ngx_chat_off_post = { ngx_chat_conf_off };


static ngx_command_t  ngx_chat_commands[] = {

    { ngx_string("chat_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_chat_shm_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_chat_conf_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_node"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_main_conf_t, node),
      &ngx_chat_node_post },

    { ngx_string("chat_max_pending"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_main_conf_t, max_pending),
      &ngx_chat_count_bounds },

    { ngx_string("chat_max_queue"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_main_conf_t, max_queue),
      &ngx_chat_count_bounds },

    { ngx_string("chat_memory"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_main_conf_t, memory_bytes),
      &ngx_chat_memory_bounds },

    { ngx_string("chat_limit"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23|NGX_CONF_TAKE4,
      ngx_chat_conf_limit,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_drain"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_chat_conf_drain,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_jwt_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE23,
      ngx_chat_jwt_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_jwt_claim"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, jwt_claim),
      NULL },

    { ngx_string("chat_jwt_issuer"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, jwt_issuer),
      &ngx_chat_off_post },

    { ngx_string("chat_jwt_audience"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, jwt_audience),
      &ngx_chat_off_post },

    { ngx_string("chat_jwt_leeway"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, jwt_leeway),
      &ngx_chat_leeway_bounds },

    { ngx_string("chat_jwt_cookie"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, jwt_cookie),
      &ngx_chat_off_post },

    { ngx_string("chat_auth"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, auth),
      &ngx_chat_auth_modes },

    { ngx_string("chat_origin"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_1MORE,
      ngx_chat_origin_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_api"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE12,
      ngx_chat_conf_api,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_timeout"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, timeout_ms),
      &ngx_chat_time_bounds },

    { ngx_string("chat_socket"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_chat_conf_socket,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_namespace"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_1MORE,
      ngx_chat_conf_namespace,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_echo"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_chat_conf_echo,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_transports"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE12,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, transports),
      &ngx_chat_transports },

    { ngx_string("chat_ping_interval"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, ping_interval_ms),
      &ngx_chat_time_bounds },

    { ngx_string("chat_ping_timeout"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, ping_timeout_ms),
      &ngx_chat_time_bounds },

    { ngx_string("chat_connect_timeout"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, connect_timeout_ms),
      &ngx_chat_time_bounds },

    { ngx_string("chat_upgrade_timeout"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, upgrade_timeout_ms),
      &ngx_chat_time_bounds },

    { ngx_string("chat_max_payload"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, max_payload),
      &ngx_chat_payload_bounds },

    { ngx_string("chat_send_queue"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, send_queue),
      &ngx_chat_queue_bounds },

    { ngx_string("chat_recovery"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE1,
      ngx_chat_conf_recovery,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_loc_conf_t, recovery_ms),
      &ngx_chat_recovery_bounds },

    { ngx_string("chat_max_connections"),
      NGX_CHAT_EVERYWHERE|NGX_CONF_TAKE12,
      ngx_chat_conf_connections,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_limit_apply"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_chat_conf_limit_apply,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_chat_conf_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_module_ctx = {
    ngx_chat_variable_add,         /* preconfiguration */
    NULL,                          /* postconfiguration */

    ngx_chat_conf_create_main,     /* create main configuration */
    ngx_chat_conf_init_main,       /* init main configuration */

    NULL,                          /* create server configuration */
    NULL,                          /* merge server configuration */

    ngx_chat_conf_create_loc,      /* create location configuration */
    ngx_chat_conf_merge_loc        /* merge location configuration */
};


ngx_module_t  ngx_http_chat_module = {
    NGX_MODULE_V1,
    &ngx_chat_module_ctx,          /* module context */
    ngx_chat_commands,             /* module directives */
    NGX_HTTP_MODULE,               /* module type */
    NULL,                          /* init master */
    NULL,                          /* init module */
    ngx_chat_module_init_process,  /* init process */
    NULL,                          /* init thread */
    NULL,                          /* exit thread */
    ngx_chat_module_exit_process,  /* exit process */
    NULL,                          /* exit master */
    NGX_MODULE_V1_PADDING
};


/* Processes that serve, of a configuration that wants us. */
static ngx_uint_t
ngx_chat_module_used(ngx_cycle_t *cycle)
{
    ngx_chat_main_conf_t  *mcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return 0;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);

    return mcf && mcf->zone;
}


/* From the bottom up; the fan-out listens before the bus speaks. */
static ngx_int_t
ngx_chat_module_init_process(ngx_cycle_t *cycle)
{
    if (!ngx_chat_module_used(cycle)) {
        return NGX_OK;
    }

    if (ngx_chat_shm_init_process(cycle) != NGX_OK
        || ngx_chat_limit_init_process(cycle) != NGX_OK
        || ngx_chat_fanout_init_process(cycle) != NGX_OK
        || ngx_chat_polling_init_process(cycle) != NGX_OK
        || ngx_chat_peer_init_process(cycle, &ngx_chat_polling_upward)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_bus_init_process(cycle, &ngx_chat_fanout_upward);
}


static void
ngx_chat_module_exit_process(ngx_cycle_t *cycle)
{
    if (!ngx_chat_module_used(cycle)) {
        return;
    }

    ngx_chat_fanout_exit_process(cycle);
    ngx_chat_polling_exit_process(cycle);
    ngx_chat_peer_exit_process(cycle);
    ngx_chat_bus_exit_process(cycle);
    ngx_chat_shm_exit_process(cycle);
}
