
/*
 * The shared zone: its lock, its table of processes, their counters.  Sections
 * under the lock are short; a word in the zone says that somebody is inside,
 * so that who comes after a death inside clears the rows instead of believing
 * them.  Knows nothing of sessions but that they have rows.
 */

#include "ngx_chat_shm_state.h"


#define NGX_CHAT_SHM_CHECK_MS    1000


ngx_chat_shm_view_t  ngx_chat_shm;

static ngx_atomic_t  ngx_chat_shm_private[NGX_CHAT_COUNTERS];


static void ngx_chat_shm_cleared_handler(ngx_event_t *ev);
static void ngx_chat_shm_check_handler(ngx_event_t *ev);


ngx_int_t
ngx_chat_shm_init_process(ngx_cycle_t *cycle)
{
    uint16_t                 i;
    ngx_shm_zone_t          *zone;
    ngx_chat_shm_t          *sh;
    ngx_chat_main_conf_t    *mcf;
    ngx_chat_shm_process_t  *p;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);
    zone = mcf->zone;
    sh = zone->data;

    ngx_chat_shm.sh = sh;
    ngx_chat_shm.pool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_chat_shm.process = NGX_CHAT_PROCESSES_MAX;
    ngx_chat_shm.generation = sh->rows.generation;

    ngx_chat_shm.cleared.handler = ngx_chat_shm_cleared_handler;
    ngx_chat_shm.cleared.log = cycle->log;
    ngx_chat_shm.check.handler = ngx_chat_shm_check_handler;
    ngx_chat_shm.check.log = cycle->log;
    ngx_chat_shm.check.cancelable = 1;

    ngx_chat_shm_lock();

    for (i = 0; i < NGX_CHAT_PROCESSES_MAX; i++) {
        p = &sh->processes[i];

        if (p->pid && !ngx_chat_shm_alive(p->pid)) {
            ngx_chat_shm_remove_process(i);
        }

        if (p->pid == 0 && ngx_chat_shm.process == NGX_CHAT_PROCESSES_MAX) {
            ngx_chat_shm.process = i;
        }
    }

    if (ngx_chat_shm.process != NGX_CHAT_PROCESSES_MAX) {
        sh->processes[ngx_chat_shm.process].pid = ngx_pid;
    }

    ngx_chat_shm_unlock();

    if (ngx_chat_shm.process == NGX_CHAT_PROCESSES_MAX) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "chat: more than %d processes in one zone",
                      NGX_CHAT_PROCESSES_MAX);
        ngx_chat_shm.sh = NULL;
        return NGX_ERROR;
    }

    ngx_add_timer(&ngx_chat_shm.check, NGX_CHAT_SHM_CHECK_MS);

    return NGX_OK;
}


void
ngx_chat_shm_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_chat_shm.sh == NULL) {
        return;
    }

    ngx_chat_shm_lock();
    ngx_chat_shm_remove_process(ngx_chat_shm.process);
    ngx_chat_shm_unlock();

    ngx_chat_shm.sh = NULL;
}


/* A pid may have been given to somebody else: to a stranger, or to us. */
ngx_uint_t
ngx_chat_shm_alive(ngx_pid_t pid)
{
    return pid != ngx_pid && getpgid(pid) == getpgrp();
}


void
ngx_chat_shm_remove_process(uint16_t process)
{
    ngx_uint_t               i;
    ngx_chat_shm_t          *sh;
    ngx_chat_shm_process_t  *p;

    sh = ngx_chat_shm.sh;
    p = &sh->processes[process];

    ngx_chat_rows_remove_process(&sh->rows, process);

    for (i = NGX_CHAT_GAUGES; i < NGX_CHAT_COUNTERS; i++) {
        sh->gone[i] += p->counters[i];
    }

    ngx_memzero(p, sizeof(ngx_chat_shm_process_t));
}


void
ngx_chat_shm_lock(void)
{
    ngx_chat_shm_t  *sh;

    sh = ngx_chat_shm.sh;

    ngx_shmtx_lock(&ngx_chat_shm.pool->mutex);

    if (sh->busy) {
        ngx_chat_rows_clear(&sh->rows);
        chat_rates_clear(&sh->rates);
    }

    sh->busy = ngx_pid;

    if (sh->rows.generation != ngx_chat_shm.generation) {
        ngx_chat_shm.generation = sh->rows.generation;
        ngx_post_event(&ngx_chat_shm.cleared, &ngx_posted_events);
    }
}


void
ngx_chat_shm_unlock(void)
{
    ngx_chat_shm.sh->busy = 0;
    ngx_shmtx_unlock(&ngx_chat_shm.pool->mutex);
}


static void
ngx_chat_shm_cleared_handler(ngx_event_t *ev)
{
    ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                  "chat: a process died while it changed the zone,"
                  " its rows are written again");

    if (ngx_chat_shm.rewrite) {
        ngx_chat_shm.rewrite();
    }
}


/* A process that opens and closes nothing must hear of a clearing, too. */
static void
ngx_chat_shm_check_handler(ngx_event_t *ev)
{
    ngx_chat_shm_lock();
    ngx_chat_shm_unlock();

    ngx_add_timer(ev, NGX_CHAT_SHM_CHECK_MS);
}


void
ngx_chat_shm_on_cleared(void (*rewrite)(void))
{
    ngx_chat_shm.rewrite = rewrite;
}


ngx_int_t
ngx_chat_shm_row_create(const ngx_chat_row_t *row, ngx_uint_t max,
    uint32_t *handle)
{
    ngx_int_t       rc;
    ngx_chat_row_t  own;

    own = *row;
    own.process = ngx_chat_shm.process;

    ngx_chat_shm_lock();
    rc = ngx_chat_rows_add(&ngx_chat_shm.sh->rows, &own,
                           max ? (uint32_t) max : CHAT_COUNT_ANY, handle);
    ngx_chat_shm_unlock();

    return rc;
}


ngx_int_t
ngx_chat_shm_row_update(uint32_t handle, const ngx_chat_row_t *row,
    ngx_uint_t max)
{
    ngx_int_t       rc;
    ngx_chat_row_t  own;

    own = *row;
    own.process = ngx_chat_shm.process;

    ngx_chat_shm_lock();
    rc = ngx_chat_rows_update(&ngx_chat_shm.sh->rows, handle, &own,
                              max ? (uint32_t) max : CHAT_COUNT_ANY);
    ngx_chat_shm_unlock();

    return rc;
}


void
ngx_chat_shm_row_free(uint32_t *handle)
{
    ngx_chat_shm_lock();
    ngx_chat_rows_remove(&ngx_chat_shm.sh->rows, *handle);
    ngx_chat_shm_unlock();

    *handle = NGX_CHAT_ROW_NONE;
}


ngx_int_t
ngx_chat_shm_row_find(const u_char sid[CHAT_EIO_SID_LEN], ngx_chat_row_t *row)
{
    const ngx_chat_row_t  *stored;

    ngx_chat_shm_lock();

    stored = ngx_chat_rows_find(&ngx_chat_shm.sh->rows, sid);

    if (stored) {
        *row = *stored;
    }

    ngx_chat_shm_unlock();

    return stored ? NGX_OK : NGX_DECLINED;
}


/* One word, which is right enough without the lock. */
ngx_uint_t
ngx_chat_shm_crowded(void)
{
    ngx_chat_rows_t  *rows;

    rows = &ngx_chat_shm.sh->rows;

    return rows->strangers > rows->count / NGX_CHAT_ROWS_FRESH;
}


uint16_t
ngx_chat_shm_process(void)
{
    return ngx_chat_shm.process;
}


ngx_atomic_t *
ngx_chat_shm_counters(void)
{
    return ngx_chat_shm.sh
           ? ngx_chat_shm.sh->processes[ngx_chat_shm.process].counters
           : ngx_chat_shm_private;
}


ngx_int_t
ngx_chat_shm_counter_sum(ngx_uint_t n)
{
    ngx_int_t   sum;
    ngx_uint_t  i;

    sum = ngx_chat_shm.sh->gone[n];

    for (i = 0; i < NGX_CHAT_PROCESSES_MAX; i++) {
        sum += ngx_chat_shm.sh->processes[i].counters[n];
    }

    return sum;
}


time_t
ngx_chat_shm_started(void)
{
    return ngx_chat_shm.sh->started;
}
