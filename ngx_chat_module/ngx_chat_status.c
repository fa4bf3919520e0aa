
/*
 * Health and numbers, from what this process knows and what all have counted:
 * no job is sent, so the answer comes at once also when nothing else does.
 */

#include "ngx_chat_status.h"
#include "ngx_chat_bus.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_shm.h"


#define NGX_CHAT_STATUS_MAX  16384


static void ngx_chat_status_json(chat_buf_t *b,
    const ngx_chat_bus_state_t *state);
static void ngx_chat_status_prometheus(chat_buf_t *b,
    const ngx_chat_bus_state_t *state);
static void ngx_chat_status_gauge(chat_buf_t *b, const char *name,
    const char *help, uint64_t n);
static ngx_uint_t ngx_chat_status_fit(const ngx_chat_bus_state_t *state);


ngx_int_t
ngx_chat_status_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_str_t               type;
    ngx_uint_t              status;
    chat_buf_t              b;
    ngx_chat_loc_conf_t    *clcf;
    ngx_chat_bus_state_t    state;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    ngx_chat_bus_state(&state);
    chat_buf_init(&b, NGX_CHAT_STATUS_MAX);

    if (clcf->status == NGX_CHAT_STATUS_JSON) {
        ngx_str_set(&type, "application/json");
        status = ngx_chat_status_fit(&state) ? NGX_HTTP_OK
                                             : NGX_HTTP_SERVICE_UNAVAILABLE;
        ngx_chat_status_json(&b, &state);

    } else {
        ngx_str_set(&type, "text/plain; version=0.0.4");
        status = NGX_HTTP_OK;
        ngx_chat_status_prometheus(&b, &state);
    }

    rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (chat_buf_status(&b) == CHAT_OK
        && ngx_chat_reply_header(r, "Cache-Control", chat_slice("no-store"))
           == NGX_OK)
    {
        rc = ngx_chat_reply(r, status, type, chat_buf_view(&b));
    }

    chat_buf_free(&b);

    return rc;
}


static ngx_uint_t
ngx_chat_status_fit(const ngx_chat_bus_state_t *state)
{
    return state->ready && state->workers_mongo && state->served;
}


static void
ngx_chat_status_json(chat_buf_t *b, const ngx_chat_bus_state_t *state)
{
    const char  *redis, *mongodb;

    redis = state->ready ? "up" : state->why;

    mongodb = state->workers_mongo ? "up"
            : state->workers ? "down" : "unknown";

    chat_buf_str(b, "{\"status\":");
    chat_buf_str(b, ngx_chat_status_fit(state) ? "\"ok\"" : "\"unavailable\"");
    chat_buf_str(b, ",\"version\":\"" NGX_CHAT_VERSION "\",\"uptime\":");
    chat_buf_u64(b, (uint64_t) (ngx_time() - ngx_chat_shm_started()));
    chat_buf_str(b, ",\"redis\":");
    chat_buf_json(b, chat_slice_of(redis, ngx_strlen(redis)));
    chat_buf_str(b, ",\"mongodb\":");
    chat_buf_json(b, chat_slice_of(mongodb, ngx_strlen(mongodb)));
    chat_buf_str(b, ",\"workers\":");
    chat_buf_u64(b, state->workers);
    chat_buf_byte(b, '}');
}


static void
ngx_chat_status_prometheus(chat_buf_t *b, const ngx_chat_bus_state_t *state)
{
    ngx_chat_metrics_text(b);
    ngx_chat_limit_metrics(b);

    ngx_chat_status_gauge(b, "chat_redis_up",
                          "Whether the answering process can send jobs",
                          state->ready);
    ngx_chat_status_gauge(b, "chat_workers", "Worker processes alive",
                          state->workers);
    ngx_chat_status_gauge(b, "chat_workers_mongodb",
                          "Worker processes that reach MongoDB",
                          state->workers_mongo);
}


static void
ngx_chat_status_gauge(chat_buf_t *b, const char *name, const char *help,
    uint64_t n)
{
    chat_buf_str(b, "# HELP ");
    chat_buf_str(b, name);
    chat_buf_byte(b, ' ');
    chat_buf_str(b, help);
    chat_buf_str(b, "\n# TYPE ");
    chat_buf_str(b, name);
    chat_buf_str(b, " gauge\n");
    chat_buf_str(b, name);
    chat_buf_byte(b, ' ');
    chat_buf_u64(b, n);
    chat_buf_byte(b, '\n');
}
