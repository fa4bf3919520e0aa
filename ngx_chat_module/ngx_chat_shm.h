
/*
 * The shared zone: a lock that notices a death inside, a table of live
 * processes, counters, and fixed-size rows for sessions.  Only positions
 * inside the zone are kept in it; old and new generations of processes live
 * in it side by side during a reload.
 */

#ifndef NGX_CHAT_SHM_H
#define NGX_CHAT_SHM_H


#include "ngx_chat.h"
#include "chat_eio_packet.h"


#define NGX_CHAT_PROCESSES_MAX  128
#define NGX_CHAT_ROW_NONE       ((uint32_t) -1)


typedef enum {
    NGX_CHAT_TRANSPORT_POLLING = 0,
    NGX_CHAT_TRANSPORT_WEBSOCKET
} ngx_chat_transport_t;


/* What any process needs to find a session, count it, list it, close it. */
typedef struct {
    u_char      sid[CHAT_EIO_SID_LEN];    /* Engine.IO's: a bearer secret */
    uint16_t    process;                  /* owner: index of the table */
    uint8_t     transport;                /* ngx_chat_transport_t */
    uint8_t     joined;                   /* namespaces */
    uint32_t    generation;
    uint32_t    since;                    /* seconds */
    uint8_t     uid_len;                  /* 0: not joined yet */
    u_char      uid[CHAT_UID_MAX];
} ngx_chat_row_t;


char *ngx_chat_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Enters this process in the table; rows of dead processes are cleared. */
ngx_int_t ngx_chat_shm_init_process(ngx_cycle_t *cycle);

/* Takes this process's rows and its entry out. */
void ngx_chat_shm_exit_process(ngx_cycle_t *cycle);

/*
 * A row of this process, found by its sid; NGX_CHAT_ROW_NONE when the zone is
 * full.  The handle is this process's until ngx_chat_shm_row_free().
 */
uint32_t ngx_chat_shm_row_create(const ngx_chat_row_t *row);
void ngx_chat_shm_row_update(uint32_t handle, const ngx_chat_row_t *row);
void ngx_chat_shm_row_free(uint32_t *handle);

/* A copy of the row with that sid: NGX_OK, or NGX_DECLINED. */
ngx_int_t ngx_chat_shm_row_find(const u_char sid[CHAT_EIO_SID_LEN],
    ngx_chat_row_t *row);

/*
 * Called when a process was found to have died inside the lock: the rows are
 * gone, and the owner writes its own again.  Set once in init_process.
 */
void ngx_chat_shm_on_cleared(void (*rewrite)(void));


#endif /* NGX_CHAT_SHM_H */
