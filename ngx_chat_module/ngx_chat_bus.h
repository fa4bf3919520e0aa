
/*
 * The bus as the rest of the module sees it: push a job and hear its reply
 * before its deadline; subscribe to channels and hear events.  Reconnecting,
 * agreement on `meta`, admission, blobs and matching stay behind this.
 *
 * Everything here is one process's.  Callbacks never run inside the call
 * that caused them.
 */

#ifndef NGX_CHAT_BUS_H
#define NGX_CHAT_BUS_H


#include "ngx_chat_ask.h"
#include "ngx_chat_channel.h"
#include "ngx_chat_redis.h"


/* --- jobs --------------------------------------------------------------- */

typedef struct {
    ngx_str_t            lane;
    chat_slice_t         slot_of;      /* gives the slot; empty: any */
    const char          *kind;         /* "http", "event", … */
    ngx_msec_t           ttl_ms;       /* 0: no reply is awaited in time */
    chat_envelope_t      envelope;     /* headers and body; words are ours */
    ngx_chat_reply_pt    done;         /* NULL: no reply wanted */
    ngx_uint_t           named;        /* says whose it is all the same */
    void                *data;
} ngx_chat_job_t;


/*
 * Sends a job (copies all of it).  NGX_OK: `done` will be called once, unless
 * cancelled; *ask (may be NULL) names it until then.  NGX_BUSY: not admitted
 * (503), `done` is not called.  NGX_ERROR: no memory, or a header that cannot
 * be encoded (400).
 */
ngx_int_t ngx_chat_bus_push(ngx_chat_job_t *job, ngx_chat_ask_t **ask);

/* `done` will not be called: the one who asked is gone. */
void ngx_chat_bus_cancel(ngx_chat_ask_t *ask);


/* --- channels ----------------------------------------------------------- */

/*
 * Wishes: subscribe when the first listener comes, unsubscribe (after
 * lingering 30 s) when the last one goes.  Calls are counted by the caller
 * (ngx_chat_rooms): one subscribe and one unsubscribe a channel.
 * NGX_OK: already on.  NGX_AGAIN: `subscribed` will be called.  NGX_ERROR: no
 * memory.  `kind`: NGX_CHAT_CHANNEL_USER or NGX_CHAT_CHANNEL_CONVERSATION.
 */
ngx_int_t ngx_chat_bus_subscribe(ngx_chat_channel_t kind, ngx_str_t id);
void ngx_chat_bus_unsubscribe(ngx_chat_channel_t kind, ngx_str_t id);


/* --- upwards, set once in init_process ---------------------------------- */

typedef struct {
    /* An event of a channel that is on. */
    void (*event)(ngx_chat_channel_t kind, ngx_str_t id,
        const chat_envelope_t *event);

    /* event for everybody (channel `all`) */
    void (*event_all)(const chat_envelope_t *event);

    /* The channel is on: events from now on arrive. */
    void (*subscribed)(ngx_chat_channel_t kind, ngx_str_t id);

    /* The link to Redis is ready for jobs, with channels subscribed anew.
     * `epoch_changed`: nothing known from before holds (docs/bus.md);
     * `events_lost`: the same epoch, but the subscriber was away. */
    void (*ready)(ngx_uint_t epoch_changed, ngx_uint_t events_lost);

    void (*lost)(void);
} ngx_chat_bus_upward_t;


ngx_int_t ngx_chat_bus_init_process(ngx_cycle_t *cycle,
    const ngx_chat_bus_upward_t *upward);
void ngx_chat_bus_exit_process(ngx_cycle_t *cycle);


/* --- functions of Redis ------------------------------------------------- */

#define NGX_CHAT_BUS_CALL_ARGS  8

/*
 * Calls chat_v1_<name> with the prefix and these arguments, at most
 * NGX_CHAT_BUS_CALL_ARGS; `answer` may be NULL.  NGX_ERROR: not now, it is
 * not called.
 */
ngx_int_t ngx_chat_bus_call(const char *name, const chat_slice_t *args,
    ngx_uint_t count, ngx_chat_redis_answer_pt answer, void *data);


/* --- state -------------------------------------------------------------- */

ngx_uint_t ngx_chat_bus_ready(void);
ngx_str_t ngx_chat_bus_incarnation(void);

/*
 * Says that this process lives, and keeps the logs of these users
 * (FCALL node); presence calls it every 3 s.
 */
void ngx_chat_bus_node(ngx_str_t *uids, ngx_uint_t count, ngx_msec_t log_ms);

/* Keeps other things as long as those logs (FCALL keep): `what` is "pid", what
 * sessions are claimed by, or "log:conv", large conversations. */
void ngx_chat_bus_keep(const char *what, ngx_str_t *ids, ngx_uint_t count,
    ngx_msec_t log_ms);

/* A fresh id of 24 hex digits (no secret: see ngx_chat_random()). */
void ngx_chat_bus_id(char id[CHAT_ID_LEN]);

typedef struct {
    ngx_uint_t    ready;
    const char   *why;             /* static text when it is not */
    ngx_uint_t    pending;         /* unanswered jobs of this process */
    ngx_uint_t    workers;         /* alive, as `workers` says */
    ngx_uint_t    workers_mongo;   /* of them, with MongoDB */
    ngx_uint_t    served;          /* all slots of lanes in use are held */
    uint64_t      epoch;
    uint32_t      slots;           /* as `meta` says; 0: never agreed */
} ngx_chat_bus_state_t;

void ngx_chat_bus_state(ngx_chat_bus_state_t *state);


#endif /* NGX_CHAT_BUS_H */
