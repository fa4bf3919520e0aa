
/*
 * Counters and gauges, shared by all processes of this nginx.  The table of
 * names and help texts stands in ngx_chat_metrics.c, in this order.
 */

#ifndef NGX_CHAT_METRICS_H
#define NGX_CHAT_METRICS_H


#include "ngx_chat.h"
#include "chat_buf.h"


typedef enum {
    NGX_CHAT_M_SESSIONS = 0,         /* gauge: open Engine.IO sessions */
    NGX_CHAT_M_SOCKETS,              /* gauge: joined namespaces */
    NGX_CHAT_M_HANDSHAKES,
    NGX_CHAT_M_HANDSHAKES_REFUSED,
    NGX_CHAT_M_CONNECT_ERRORS,
    NGX_CHAT_M_CONNECTIONS_REFUSED,  /* by chat_max_connections */
    NGX_CHAT_M_FRESH_CLOSED,         /* had not joined, and were too many */
    NGX_CHAT_M_LIMITS_FORGOTTEN,     /* keys of chat_limit, for lack of room */
    NGX_CHAT_M_UPGRADES,             /* from polling to WebSocket */
    NGX_CHAT_M_FORWARDED,            /* requests of a session elsewhere */
    NGX_CHAT_M_EVENTS_IN,            /* events from clients */
    NGX_CHAT_M_PACKETS_OUT,          /* packets to clients */
    NGX_CHAT_M_SLOW_CLOSED,          /* readers closed for their queue */
    NGX_CHAT_M_PROTOCOL_ERRORS,
    NGX_CHAT_M_REQUESTS,             /* REST */
    NGX_CHAT_M_JOBS,                 /* pushed */
    NGX_CHAT_M_JOBS_REFUSED,         /* 503 at admission */
    NGX_CHAT_M_JOBS_TIMED_OUT,       /* 504 */
    NGX_CHAT_M_REPLIES_LATE,         /* nobody waits any more */
    NGX_CHAT_M_REDIS_LOST,
    NGX_CHAT_M_N
} ngx_chat_metric_t;


void ngx_chat_metric_add(ngx_chat_metric_t metric, ngx_int_t n);

#define ngx_chat_metric(metric)  ngx_chat_metric_add(metric, 1)

ngx_int_t ngx_chat_metric_value(ngx_chat_metric_t metric);

/* Appends all of them as Prometheus's text. */
void ngx_chat_metrics_text(chat_buf_t *b);


#endif /* NGX_CHAT_METRICS_H */
