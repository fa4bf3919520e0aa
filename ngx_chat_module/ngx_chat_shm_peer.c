
/*
 * How the processes of one zone find each other: a row names its owner's entry
 * in the table of processes, the entry the socket it listens on.
 */

#include "ngx_chat_shm_state.h"


void
ngx_chat_shm_peer_listens(const u_char name[NGX_CHAT_PEER_NAME_LEN])
{
    ngx_chat_shm_lock();
    ngx_memcpy(ngx_chat_shm.sh->processes[ngx_chat_shm.process].peer, name,
               NGX_CHAT_PEER_NAME_LEN);
    ngx_chat_shm_unlock();
}


ngx_int_t
ngx_chat_shm_peer_find(uint16_t process, ngx_pid_t *pid,
    u_char name[NGX_CHAT_PEER_NAME_LEN])
{
    ngx_int_t                rc;
    ngx_chat_shm_process_t  *p;

    rc = NGX_DECLINED;
    p = &ngx_chat_shm.sh->processes[process];

    ngx_chat_shm_lock();

    if (p->pid && ngx_chat_shm_alive(p->pid)) {
        *pid = p->pid;
        ngx_memcpy(name, p->peer, NGX_CHAT_PEER_NAME_LEN);
        rc = NGX_OK;

    } else if (p->pid) {
        ngx_chat_shm_remove_process(process);
    }

    ngx_chat_shm_unlock();

    return rc;
}


ngx_uint_t
ngx_chat_shm_peer_known(ngx_pid_t pid)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_PROCESSES_MAX; i++) {

        if (ngx_chat_shm.sh->processes[i].pid == pid) {
            return 1;
        }
    }

    return 0;
}
