
/*
 * The shared zone: a lock that notices a death inside, a table of live
 * processes, counters, and fixed-size rows for sessions.  Only positions
 * inside the zone are kept in it; old and new generations of processes live
 * in it side by side during a reload.
 */

#ifndef NGX_CHAT_SHM_H
#define NGX_CHAT_SHM_H


#include "ngx_chat_rows.h"
#include "chat_rates.h"


#define NGX_CHAT_PROCESSES_MAX  512     /* both generations of a reload */
#define NGX_CHAT_COUNTERS       32      /* a process; ngx_chat_metrics.h */
#define NGX_CHAT_PEER_NAME_LEN  16      /* of a process's socket */
#define NGX_CHAT_GAUGES         2       /* the first of them: not kept when
                                           their process is gone */


char *ngx_chat_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Enters this process in the table; rows of dead processes are cleared. */
ngx_int_t ngx_chat_shm_init_process(ngx_cycle_t *cycle);

/* Takes this process's rows and its entry out. */
void ngx_chat_shm_exit_process(ngx_cycle_t *cycle);

/*
 * A row of this process, found by its sid; the handle is this process's until
 * ngx_chat_shm_row_free().  At most `max` are counted for an address, or for
 * a user; 0: no limit.  NGX_OK; NGX_BUSY: there are so many; NGX_ERROR: the
 * zone is full.
 */
ngx_int_t ngx_chat_shm_row_create(const ngx_chat_row_t *row, ngx_uint_t max,
    uint32_t *handle);
ngx_int_t ngx_chat_shm_row_update(uint32_t handle, const ngx_chat_row_t *row,
    ngx_uint_t max);
void ngx_chat_shm_row_free(uint32_t *handle);

/* True if more rows are fresh than may be. */
ngx_uint_t ngx_chat_shm_crowded(void);

/* A copy of the row with that sid: NGX_OK, or NGX_DECLINED. */
ngx_int_t ngx_chat_shm_row_find(const u_char sid[CHAT_EIO_SID_LEN],
    ngx_chat_row_t *row);

/* This process's number in the table, as in its rows. */
uint16_t ngx_chat_shm_process(void);

/*
 * Says under which name this process can be reached, and finds another by its
 * number; NGX_DECLINED: it is dead, and its rows are cleared.
 */
void ngx_chat_shm_peer_listens(const u_char name[NGX_CHAT_PEER_NAME_LEN]);
ngx_int_t ngx_chat_shm_peer_find(uint16_t process, ngx_pid_t *pid,
    u_char name[NGX_CHAT_PEER_NAME_LEN]);

/* True if this is one of the zone's processes. */
ngx_uint_t ngx_chat_shm_peer_known(ngx_pid_t pid);

/*
 * Called when a process was found to have died inside the lock: the rows are
 * gone, and the owner writes its own again.  Set once in init_process.
 */
void ngx_chat_shm_on_cleared(void (*rewrite)(void));

/* This process's counters, in the zone; before init_process, private ones. */
ngx_atomic_t *ngx_chat_shm_counters(void);

/* One counter, summed over all processes, those that are gone included. */
ngx_int_t ngx_chat_shm_counter_sum(ngx_uint_t n);

/* When the zone was made: since when this nginx serves, reloads included. */
time_t ngx_chat_shm_started(void);


#endif /* NGX_CHAT_SHM_H */
