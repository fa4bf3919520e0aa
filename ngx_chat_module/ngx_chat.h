
/*
 * What every unit of the module knows: the configuration of a location and
 * of the whole, and who somebody is.  Includes no sibling.
 */

#ifndef NGX_CHAT_H
#define NGX_CHAT_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "chat_bus_names.h"
#include "chat_id.h"
#include "chat_slice.h"


#define NGX_CHAT_VERSION          "0.1.0"

#define NGX_CHAT_HEADER_MAX       4096    /* a header's value passed on */
#define NGX_CHAT_AGENT_MAX        200
#define NGX_CHAT_EVENTS_PENDING   64      /* unanswered events of a socket */


typedef enum {
    NGX_CHAT_AUTH_REQUIRED = 0,
    NGX_CHAT_AUTH_OPTIONAL,
    NGX_CHAT_AUTH_OFF
} ngx_chat_auth_t;


/* What answers in a location of chat_echo. */
typedef enum {
    NGX_CHAT_ECHO_NONE = 0,
    NGX_CHAT_ECHO_ENGINE,              /* Engine.IO, without Socket.IO */
    NGX_CHAT_ECHO_WEBSOCKET            /* bare WebSocket */
} ngx_chat_echo_mode_t;


/* Bits of chat_transports; a set that was not given is 0. */
#define NGX_CHAT_TRANSPORTS_POLLING    0x0002
#define NGX_CHAT_TRANSPORTS_WEBSOCKET  0x0004


typedef enum {
    NGX_CHAT_STATUS_NONE = 0,
    NGX_CHAT_STATUS_JSON,
    NGX_CHAT_STATUS_PROMETHEUS
} ngx_chat_status_format_t;


typedef struct ngx_chat_jwt_key_s  ngx_chat_jwt_key_t;    /* ngx_chat_jwt.c */
typedef struct ngx_chat_redis_conf_s  ngx_chat_redis_conf_t;
typedef struct ngx_chat_limit_s  ngx_chat_limit_t;        /* ngx_chat_limit.h */


typedef struct {
    ngx_shm_zone_t          *zone;            /* chat_zone; NULL: not used */
    ngx_str_t                needed_by;       /* a directive; len 0: nobody */
    ngx_array_t              lanes;           /* of ngx_str_t: those in use */
    ngx_uint_t               sockets;         /* locations with sessions */
    ngx_chat_redis_conf_t   *redis;           /* chat_redis */
    ngx_str_t                prefix;
    ngx_str_t                node;            /* chat_node */
    ngx_uint_t               max_pending;     /* chat_max_pending */
    ngx_uint_t               max_queue;       /* chat_max_queue */
    size_t                   memory_bytes;    /* chat_memory */
    ngx_uint_t               drain_rate;      /* chat_drain: sessions/s */
    ngx_array_t              limits;          /* chat_limit: _limit_t * */
    unsigned                 recovery_on:1;   /* in a location with sockets */
    unsigned                 recovery_off:1;  /* … in another */
} ngx_chat_main_conf_t;


typedef struct {
    ngx_array_t             *jwt_keys;        /* of ngx_chat_jwt_key_t * */
    ngx_str_t                jwt_claim;
    ngx_str_t                jwt_issuer;      /* len 0: any */
    ngx_str_t                jwt_audience;
    time_t                   jwt_leeway;
    ngx_str_t                jwt_cookie;
    ngx_uint_t               auth;            /* ngx_chat_auth_t */

    ngx_flag_t               api;             /* chat_api */
    ngx_str_t                lane;
    ngx_str_t                read_lane;
    ngx_msec_t               timeout_ms;      /* chat_timeout */

    ngx_flag_t               socket;          /* chat_socket */
    ngx_uint_t               echo;            /* ngx_chat_echo_mode_t */
    uint32_t                 location;        /* which of those, as a number */
    ngx_uint_t               transports;      /* chat_transports: a set */
    ngx_array_t             *origins;         /* ngx_str_t; NULL: same host */
    ngx_flag_t               origin_any;
    ngx_array_t             *namespaces;      /* ngx_str_t; NULL: `/` alone */
    ngx_msec_t               ping_interval_ms;
    ngx_msec_t               ping_timeout_ms;
    ngx_msec_t               connect_timeout_ms;
    ngx_msec_t               upgrade_timeout_ms;
    size_t                   max_payload;
    size_t                   send_queue;
    ngx_msec_t               send_timeout_ms; /* nginx's own */
    ngx_msec_t               recovery_ms;     /* chat_recovery; 0: off */
    ngx_uint_t               max_user;        /* chat_max_connections; 0: off */
    ngx_uint_t               max_address;     /* … */

    ngx_array_t             *limits;          /* _limit_use_t; NULL: none */

    ngx_uint_t               status;          /* ngx_chat_status_format_t */
} ngx_chat_loc_conf_t;


/* From a verified token; strings belong to the pool given to the verifier. */
typedef struct {
    ngx_str_t                uid;             /* len 0: nobody */
    ngx_str_t                role;
    ngx_str_t                token_session;
    time_t                   iat;
    time_t                   exp;             /* 0: never */
} ngx_chat_identity_t;


/* What a request was found to be, kept for the log's variables. */
typedef struct {
    ngx_chat_identity_t      who;
    const char              *why;             /* the token was refused */
    ngx_int_t                verdict;         /* of ngx_chat_jwt_request() */
    ngx_msec_int_t           job_time_ms;     /* -1: no job was asked */
    unsigned                 judged:1;
} ngx_chat_request_t;


extern ngx_module_t  ngx_http_chat_module;


#define ngx_chat_countof(table)  (sizeof(table) / sizeof((table)[0]))


static ngx_inline chat_slice_t
ngx_chat_slice(ngx_str_t s)
{
    return chat_slice_of(s.data, s.len);
}


#endif /* NGX_CHAT_H */
