
/*
 * Counters and gauges.  Each process counts in its own part of the zone, so
 * that counting costs no lock and no shared cache line; whoever reads adds
 * them up.  Counted everywhere in the module, read by ngx_chat_status.
 */

#include "ngx_chat_metrics.h"
#include "ngx_chat_shm.h"


/* In the order of ngx_chat_metric_t; the first NGX_CHAT_GAUGES are gauges. */
static const struct {
    const char  *name;
    const char  *help;
} ngx_chat_metrics[NGX_CHAT_M_N] = {
    [NGX_CHAT_M_SESSIONS] = { "chat_sessions",
        "Open Engine.IO sessions" },
    [NGX_CHAT_M_SOCKETS] = { "chat_sockets",
        "Sockets that have joined a namespace" },
    [NGX_CHAT_M_HANDSHAKES] = { "chat_handshakes_total",
        "Sessions opened" },
    [NGX_CHAT_M_HANDSHAKES_REFUSED] = { "chat_handshakes_refused_total",
        "Handshakes refused" },
    [NGX_CHAT_M_CONNECT_ERRORS] = { "chat_connect_errors_total",
        "Sockets refused with CONNECT_ERROR" },
    [NGX_CHAT_M_CONNECTIONS_REFUSED] = { "chat_connections_refused_total",
        "Sessions and sockets refused by chat_max_connections" },
    [NGX_CHAT_M_FRESH_CLOSED] = { "chat_fresh_closed_total",
        "Sessions closed because too many had not joined" },
    [NGX_CHAT_M_LIMITS_FORGOTTEN] = { "chat_limits_forgotten_total",
        "Keys of chat_limit forgotten too early: the zone is small" },
    [NGX_CHAT_M_UPGRADES] = { "chat_upgrades_total",
        "Sessions upgraded from polling to WebSocket" },
    [NGX_CHAT_M_FORWARDED] = { "chat_forwarded_total",
        "Requests and WebSockets handed to the process of their session" },
    [NGX_CHAT_M_EVENTS_IN] = { "chat_events_in_total",
        "Events from clients" },
    [NGX_CHAT_M_PACKETS_OUT] = { "chat_packets_out_total",
        "Packets queued for clients" },
    [NGX_CHAT_M_SLOW_CLOSED] = { "chat_slow_closed_total",
        "Sessions closed because their reader was too slow" },
    [NGX_CHAT_M_PROTOCOL_ERRORS] = { "chat_protocol_errors_total",
        "Sessions closed because their client broke the protocol" },
    [NGX_CHAT_M_REQUESTS] = { "chat_requests_total",
        "Requests to the API" },
    [NGX_CHAT_M_JOBS] = { "chat_jobs_total",
        "Jobs given to Redis" },
    [NGX_CHAT_M_JOBS_REFUSED] = { "chat_jobs_refused_total",
        "Jobs refused (503)" },
    [NGX_CHAT_M_JOBS_TIMED_OUT] = { "chat_jobs_timed_out_total",
        "Jobs without a reply in time (504)" },
    [NGX_CHAT_M_REPLIES_LATE] = { "chat_replies_late_total",
        "Replies that nobody awaited any more" },
    [NGX_CHAT_M_REDIS_LOST] = { "chat_redis_lost_total",
        "Times that the link to Redis broke" }
};


void
ngx_chat_metric_add(ngx_chat_metric_t metric, ngx_int_t n)
{
    ngx_chat_shm_counters()[metric] += n;
}


ngx_int_t
ngx_chat_metric_value(ngx_chat_metric_t metric)
{
    return ngx_chat_shm_counter_sum(metric);
}


void
ngx_chat_metrics_text(chat_buf_t *b)
{
    ngx_int_t   n;
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_M_N; i++) {
        n = ngx_chat_metric_value(i);

        chat_buf_str(b, "# HELP ");
        chat_buf_str(b, ngx_chat_metrics[i].name);
        chat_buf_byte(b, ' ');
        chat_buf_str(b, ngx_chat_metrics[i].help);
        chat_buf_str(b, "\n# TYPE ");
        chat_buf_str(b, ngx_chat_metrics[i].name);
        chat_buf_str(b, (i < NGX_CHAT_GAUGES) ? " gauge\n" : " counter\n");
        chat_buf_str(b, ngx_chat_metrics[i].name);
        chat_buf_byte(b, ' ');
        chat_buf_u64(b, (uint64_t) ngx_max(n, 0));
        chat_buf_byte(b, '\n');
    }
}
