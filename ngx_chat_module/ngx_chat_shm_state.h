
/*
 * What the shared zone is made of: for the units ngx_chat_shm* alone.
 */

#ifndef NGX_CHAT_SHM_STATE_H
#define NGX_CHAT_SHM_STATE_H


#include "ngx_chat_shm.h"
#include "ngx_chat_shm_limit.h"


#define NGX_CHAT_SHM_LIMITS  (2 * NGX_CHAT_LIMITS_MAX)    /* a reload's, too */


typedef struct {
    ngx_pid_t           pid;                 /* 0: a free entry */
    u_char              peer[NGX_CHAT_PEER_NAME_LEN];
    ngx_atomic_t        counters[NGX_CHAT_COUNTERS];
} ngx_chat_shm_process_t;


/* Refusals of one limit, by its name. */
typedef struct {
    size_t              len;                 /* 0: a free entry */
    u_char              name[NGX_CHAT_LIMIT_NAME_MAX];
    ngx_atomic_t        refused;
} ngx_chat_shm_limit_t;


typedef struct {
    ngx_atomic_t            busy;            /* who is inside the lock */
    time_t                  started;
    ngx_chat_rows_t         rows;
    chat_rates_t            rates;
    ngx_chat_shm_limit_t    limits[NGX_CHAT_SHM_LIMITS];
    ngx_atomic_t            gone[NGX_CHAT_COUNTERS];
    ngx_chat_shm_process_t  processes[NGX_CHAT_PROCESSES_MAX];
} ngx_chat_shm_t;


/* This process's view. */
typedef struct {
    ngx_chat_shm_t     *sh;
    ngx_slab_pool_t    *pool;
    uint16_t            process;
    uint32_t            generation;
    void              (*rewrite)(void);
    ngx_event_t         cleared;
    ngx_event_t         check;
} ngx_chat_shm_view_t;

extern ngx_chat_shm_view_t  ngx_chat_shm;


/* Whoever died inside left rows that nobody can believe: they are cleared. */
void ngx_chat_shm_lock(void);
void ngx_chat_shm_unlock(void);

/* Under the lock. */
ngx_uint_t ngx_chat_shm_alive(ngx_pid_t pid);
void ngx_chat_shm_remove_process(uint16_t process);


#endif /* NGX_CHAT_SHM_STATE_H */
