
/*
 * All sessions of this process: entering with a row in the shared zone,
 * leaving at the end of a turn of the event loop, going all together.
 */

#include "ngx_chat_session_state.h"
#include "ngx_chat_metrics.h"


#define NGX_CHAT_CLOSE_PER_SECOND  500     /* when all go */
#define NGX_CHAT_CLOSE_SPREAD_MS   1000    /* at least */


static void ngx_chat_session_describe(ngx_chat_session_t *s,
    ngx_chat_row_t *row);
static void ngx_chat_session_rewrite_rows(void);
static ngx_msec_t ngx_chat_session_spread(void);
static void ngx_chat_session_reap(ngx_event_t *ev);


static ngx_queue_t  ngx_chat_sessions;             /* not closing */
static ngx_uint_t   ngx_chat_sessions_count;
static ngx_queue_t  ngx_chat_sessions_closing;
static ngx_event_t  ngx_chat_session_reaper;


ngx_int_t
ngx_chat_session_init_process(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_sessions);
    ngx_queue_init(&ngx_chat_sessions_closing);

    ngx_chat_session_reaper.handler = ngx_chat_session_reap;
    ngx_chat_session_reaper.log = cycle->log;

    ngx_chat_shm_on_cleared(ngx_chat_session_rewrite_rows);

    return NGX_OK;
}


void
ngx_chat_session_exit_process(ngx_cycle_t *cycle)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&ngx_chat_sessions)) {
        q = ngx_queue_head(&ngx_chat_sessions);
        ngx_chat_session_end(ngx_queue_data(q, ngx_chat_session_t, link),
                             "nginx stops", NGX_CHAT_CLOSE_NOW);
    }

    ngx_chat_session_reap(&ngx_chat_session_reaper);
}


ngx_int_t
ngx_chat_session_enter(ngx_chat_session_t *s)
{
    ngx_chat_row_t  row;

    ngx_chat_session_describe(s, &row);
    s->row = ngx_chat_shm_row_create(&row);

    if (s->row == NGX_CHAT_ROW_NONE) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "chat: the zone is full, a session is refused");
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&ngx_chat_sessions, &s->link);
    ngx_chat_sessions_count++;
    ngx_chat_metric_add(NGX_CHAT_M_SESSIONS, 1);

    return NGX_OK;
}


void
ngx_chat_session_identify(ngx_chat_session_t *s, ngx_str_t uid)
{
    ngx_chat_row_t  row;

    s->uid = uid;

    if (s->row == NGX_CHAT_ROW_NONE) {
        return;
    }

    ngx_chat_session_describe(s, &row);
    ngx_chat_shm_row_update(s->row, &row);
}


static void
ngx_chat_session_describe(ngx_chat_session_t *s, ngx_chat_row_t *row)
{
    ngx_memzero(row, sizeof(ngx_chat_row_t));
    ngx_memcpy(row->sid, s->sid, sizeof(row->sid));

    row->transport = (uint8_t) s->kind;
    row->location = s->conf->location;
    row->generation = 1;
    row->since = s->since;
    row->joined = s->uid.len ? 1 : 0;
    row->uid_len = (uint8_t) ngx_min(s->uid.len, sizeof(row->uid));

    if (row->uid_len) {
        ngx_memcpy(row->uid, s->uid.data, row->uid_len);
    }
}


/* The zone was cleared: old handles are worth nothing, also of the closing. */
static void
ngx_chat_session_rewrite_rows(void)
{
    ngx_queue_t         *q;
    ngx_chat_row_t       row;
    ngx_chat_session_t  *s;

    for (q = ngx_queue_head(&ngx_chat_sessions_closing);
         q != ngx_queue_sentinel(&ngx_chat_sessions_closing);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_chat_session_t, link);
        s->row = NGX_CHAT_ROW_NONE;
    }

    for (q = ngx_queue_head(&ngx_chat_sessions);
         q != ngx_queue_sentinel(&ngx_chat_sessions);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_chat_session_t, link);
        ngx_chat_session_describe(s, &row);
        s->row = ngx_chat_shm_row_create(&row);
    }
}


/* --- going all together ------------------------------------------------- */

static ngx_msec_t
ngx_chat_session_spread(void)
{
    return NGX_CHAT_CLOSE_SPREAD_MS
           + ngx_chat_sessions_count * 1000 / NGX_CHAT_CLOSE_PER_SECOND;
}


void
ngx_chat_session_leave(ngx_chat_session_t *s)
{
    if (s->close_at == 0) {
        ngx_chat_session_close_within(s, ngx_chat_session_spread(),
                                      "nginx leaves");
    }
}


void
ngx_chat_session_leave_all(void)
{
    ngx_queue_t  *q;

    for (q = ngx_queue_head(&ngx_chat_sessions);
         q != ngx_queue_sentinel(&ngx_chat_sessions);
         q = ngx_queue_next(q))
    {
        ngx_chat_session_leave(ngx_queue_data(q, ngx_chat_session_t, link));
    }
}


void
ngx_chat_session_close_all(const char *why)
{
    ngx_msec_t    spread_ms;
    ngx_queue_t  *q;

    spread_ms = ngx_chat_session_spread();

    for (q = ngx_queue_head(&ngx_chat_sessions);
         q != ngx_queue_sentinel(&ngx_chat_sessions);
         q = ngx_queue_next(q))
    {
        ngx_chat_session_close_within(
                     ngx_queue_data(q, ngx_chat_session_t, link), spread_ms,
                     why);
    }
}


/* --- the end of a turn -------------------------------------------------- */

void
ngx_chat_session_to_be_reaped(ngx_chat_session_t *s)
{
    ngx_queue_remove(&s->link);
    ngx_queue_insert_tail(&ngx_chat_sessions_closing, &s->link);
    ngx_chat_sessions_count--;

    if (!ngx_chat_session_reaper.posted) {
        ngx_post_event(&ngx_chat_session_reaper, &ngx_posted_events);
    }
}


static void
ngx_chat_session_reap(ngx_event_t *ev)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&ngx_chat_sessions_closing)) {
        q = ngx_queue_head(&ngx_chat_sessions_closing);
        ngx_queue_remove(q);
        ngx_chat_session_free(ngx_queue_data(q, ngx_chat_session_t, link));
    }
}
