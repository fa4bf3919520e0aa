
/*
 * What is known of the slots of the lanes in use, and of the workers: a look
 * at Redis each second while the link is up.
 */

#ifndef NGX_CHAT_SLOTS_H
#define NGX_CHAT_SLOTS_H


#include "ngx_chat.h"


ngx_int_t ngx_chat_slots_init_process(ngx_cycle_t *cycle,
    ngx_chat_main_conf_t *conf);
void ngx_chat_slots_exit_process(void);

/* The link is up (NGX_ERROR: no memory), or down. */
ngx_int_t ngx_chat_slots_start(void);
void ngx_chat_slots_stop(void);

/*
 * The slot for a job: from the text, or the next one if that is empty.
 * NGX_BUSY: nobody holds it, or too much is waiting there.
 */
ngx_int_t ngx_chat_slots_choose(ngx_str_t lane, chat_slice_t text,
    ngx_uint_t *slot);

/* True if all slots of all lanes in use have holders. */
ngx_uint_t ngx_chat_slots_served(void);

/* Workers alive, and of them those that reach MongoDB. */
void ngx_chat_slots_workers(ngx_uint_t *workers, ngx_uint_t *with_mongo);


#endif /* NGX_CHAT_SLOTS_H */
