
/*
 * All sessions of this process: entering, leaving at the end of a turn of the
 * event loop, going all together.  Those that have not joined yet are in a list
 * of their own, the oldest first: when there are too many of them, it goes.
 */

#include "ngx_chat_session_state.h"
#include "ngx_chat_drain.h"
#include "ngx_chat_metrics.h"


typedef void (*ngx_chat_session_visit_pt)(ngx_chat_session_t *s, void *data);


typedef struct {
    ngx_msec_t    spread_ms;
    const char   *why;
} ngx_chat_session_parting_t;


static void ngx_chat_session_rewrite_rows(void);
static void ngx_chat_session_rewrite(ngx_chat_session_t *s, void *data);
static void ngx_chat_session_disown(ngx_chat_session_t *s, void *data);
static void ngx_chat_session_say_leave(ngx_chat_session_t *s, void *data);
static void ngx_chat_session_part(ngx_chat_session_t *s, void *data);
static void ngx_chat_session_stop(ngx_chat_session_t *s, void *data);
static void ngx_chat_session_visit(ngx_queue_t *list,
    ngx_chat_session_visit_pt visit, void *data);
static void ngx_chat_session_reap(ngx_event_t *ev);


/* A session is in one of these. */
static ngx_queue_t  ngx_chat_sessions_fresh;       /* has not joined */
static ngx_queue_t  ngx_chat_sessions_joined;
static ngx_queue_t  ngx_chat_sessions_closing;
static ngx_event_t  ngx_chat_session_reaper;


ngx_int_t
ngx_chat_session_init_process(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_sessions_fresh);
    ngx_queue_init(&ngx_chat_sessions_joined);
    ngx_queue_init(&ngx_chat_sessions_closing);

    ngx_chat_session_reaper.handler = ngx_chat_session_reap;
    ngx_chat_session_reaper.log = cycle->log;

    ngx_chat_shm_on_cleared(ngx_chat_session_rewrite_rows);

    return NGX_OK;
}


void
ngx_chat_session_exit_process(ngx_cycle_t *cycle)
{
    ngx_chat_session_stop_all();
    ngx_chat_session_reap(&ngx_chat_session_reaper);
}


void
ngx_chat_session_stop_all(void)
{
    ngx_chat_session_visit(&ngx_chat_sessions_fresh, ngx_chat_session_stop,
                           NULL);
    ngx_chat_session_visit(&ngx_chat_sessions_joined, ngx_chat_session_stop,
                           NULL);
}


static void
ngx_chat_session_stop(ngx_chat_session_t *s, void *data)
{
    ngx_chat_session_end(s, "nginx stops", NGX_CHAT_CLOSE_NOW);
}


/* `visit` may move the session to another list. */
static void
ngx_chat_session_visit(ngx_queue_t *list, ngx_chat_session_visit_pt visit,
    void *data)
{
    ngx_queue_t  *q, *next;

    for (q = ngx_queue_head(list); q != ngx_queue_sentinel(list); q = next) {
        next = ngx_queue_next(q);
        visit(ngx_queue_data(q, ngx_chat_session_t, link), data);
    }
}


void
ngx_chat_session_list(ngx_chat_session_t *s)
{
    ngx_queue_insert_tail(s->joined ? &ngx_chat_sessions_joined
                                    : &ngx_chat_sessions_fresh, &s->link);
}


ngx_chat_session_t *
ngx_chat_session_oldest_fresh(void)
{
    ngx_queue_t  *q;

    if (ngx_queue_empty(&ngx_chat_sessions_fresh)) {
        return NULL;
    }

    q = ngx_queue_head(&ngx_chat_sessions_fresh);

    return ngx_queue_data(q, ngx_chat_session_t, link);
}


/* --- the zone was cleared ----------------------------------------------- */

/* Old handles are worth nothing, also those of the closing. */
static void
ngx_chat_session_rewrite_rows(void)
{
    ngx_chat_session_visit(&ngx_chat_sessions_closing, ngx_chat_session_disown,
                           NULL);
    ngx_chat_session_visit(&ngx_chat_sessions_fresh, ngx_chat_session_rewrite,
                           NULL);
    ngx_chat_session_visit(&ngx_chat_sessions_joined, ngx_chat_session_rewrite,
                           NULL);
}


static void
ngx_chat_session_disown(ngx_chat_session_t *s, void *data)
{
    s->row = NGX_CHAT_ROW_NONE;
}


static void
ngx_chat_session_rewrite(ngx_chat_session_t *s, void *data)
{
    ngx_chat_session_row_again(s);
}


/* --- going all together ------------------------------------------------- */

void
ngx_chat_session_leave(ngx_chat_session_t *s)
{
    if (s->close_at == 0) {
        ngx_chat_session_close_within(s, ngx_chat_drain_leaving_ms(),
                                      "nginx leaves");
    }
}


void
ngx_chat_session_leave_all(void)
{
    ngx_chat_session_visit(&ngx_chat_sessions_fresh,
                           ngx_chat_session_say_leave, NULL);
    ngx_chat_session_visit(&ngx_chat_sessions_joined,
                           ngx_chat_session_say_leave, NULL);
}


static void
ngx_chat_session_say_leave(ngx_chat_session_t *s, void *data)
{
    ngx_chat_session_leave(s);
}


void
ngx_chat_session_close_all(const char *why)
{
    ngx_chat_session_parting_t  parting;

    parting.spread_ms = ngx_chat_drain_ms();
    parting.why = why;

    ngx_chat_session_visit(&ngx_chat_sessions_fresh, ngx_chat_session_part,
                           &parting);
    ngx_chat_session_visit(&ngx_chat_sessions_joined, ngx_chat_session_part,
                           &parting);
}


static void
ngx_chat_session_part(ngx_chat_session_t *s, void *data)
{
    ngx_chat_session_parting_t *parting = data;

    ngx_chat_session_close_within(s, parting->spread_ms, parting->why);
}


/* --- the end of a turn -------------------------------------------------- */

void
ngx_chat_session_to_be_reaped(ngx_chat_session_t *s)
{
    ngx_queue_remove(&s->link);
    ngx_queue_insert_tail(&ngx_chat_sessions_closing, &s->link);

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
