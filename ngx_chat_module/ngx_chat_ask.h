
/*
 * Jobs that wait for their replies: found by id, each with its deadline.
 */

#ifndef NGX_CHAT_ASK_H
#define NGX_CHAT_ASK_H


#include "ngx_chat.h"
#include "chat_envelope.h"


typedef struct ngx_chat_ask_s  ngx_chat_ask_t;


/*
 * `status` is the reply's, or 503 (not sent, or refused) or 504 (no reply in
 * time), then `reply` is NULL.  `reply` and its slices are valid during the
 * call only; its body is complete (a blob has been fetched).
 */
typedef void (*ngx_chat_reply_pt)(void *data, ngx_uint_t status,
    const chat_envelope_t *reply);


/*
 * An ask is referred to by the table, and by each command of Redis that is on
 * its way for it; either may end first.  Settled: `done` was called, or never
 * will be.
 */
struct ngx_chat_ask_s {
    ngx_str_node_t       node;             /* by the job's id */
    ngx_event_t          deadline;
    ngx_chat_reply_pt    done;             /* NULL: settled */
    void                *data;
    ngx_uint_t           refs;
    ngx_str_t            reply;            /* kept while its blob is fetched */
    u_char               id[CHAT_ID_LEN];
};


void ngx_chat_ask_init_process(void);

/* Settles all with nothing. */
void ngx_chat_ask_exit_process(void);

/* refs is 1, the table's.  NULL: no memory. */
ngx_chat_ask_t *ngx_chat_ask_create(const char id[CHAT_ID_LEN],
    ngx_chat_reply_pt done, void *data, ngx_msec_t ttl_ms);

/* NULL: nobody waits for that job any more. */
ngx_chat_ask_t *ngx_chat_ask_find(chat_slice_t id);

/* Calls `done`, once, and lets the table's reference go. */
void ngx_chat_ask_settle(ngx_chat_ask_t *ask, ngx_uint_t status,
    const chat_envelope_t *reply);

/* The same without calling it. */
void ngx_chat_ask_drop(ngx_chat_ask_t *ask);

void ngx_chat_ask_unref(ngx_chat_ask_t *ask);

ngx_uint_t ngx_chat_ask_count(void);


#endif /* NGX_CHAT_ASK_H */
