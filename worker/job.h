
/*
 * One job: the request as a handler sees it, and the result that leaves when
 * the batch is finished.  A handler never publishes: it writes its answer,
 * events and marks here.  The same handler serves REST and socket events;
 * job.c gives the answer the shape that the asker expects:
 *
 *     REST    body                      {"message", "code", "fields"}
 *     event   [{"ok":true,"<as>":body}] [{"ok":false,"error":{…}}]
 *
 * A handler may run more than once (batch.h): job_restart() has emptied the
 * result before, and what it keeps must be in the job's pool.
 */

#ifndef JOB_H
#define JOB_H


#include "chat_attach.h"
#include "chat_envelope.h"
#include "config.h"
#include "json.h"
#include "marks.h"
#include "model.h"
#include "pool.h"
#include "presence.h"
#include "reading.h"
#include "roster.h"
#include "store/store.h"


typedef enum {
    JOB_DONE = 0,     /* the result is complete */
    JOB_WRITING,      /* handed to the batch; its callback completes it */
    JOB_AGAIN         /* cannot be decided now and nothing was answered: it
                         stays pending and is run again */
} job_status_t;


typedef enum {
    JOB_HTTP = 0,
    JOB_EVENT,
    JOB_ACK,             /* the answer to an event of ours */
    JOB_DELIVERED,
    JOB_SESSION,
    JOB_PRESENCE
} job_kind_t;


/* What a child process has; handlers borrow it. */
typedef struct {
    const config_t   *config;
    store_t          *store;
    roster_t         *roster;       /* lane default only, else NULL */
    reading_t        *reading;      /* of the batch */
    marks_t          *marks;
    presence_t       *presence;
    chat_id_source_t *ids;
} job_world_t;


typedef struct job_result_s  job_result_t;
typedef struct batch_s       batch_t;          /* batch.h */

struct bus_args_s;


typedef struct job_s {
    job_world_t            *world;
    batch_t                *batch;
    pool_t                 *pool;          /* until the batch is finished */

    /* the request; strings ended by NUL, "" if absent */
    job_kind_t              kind;
    model_id_t              id;
    const char             *uid;           /* "" : not authenticated */
    const char             *role;
    const char             *token_session;
    const char             *sid;           /* of the asking socket */
    const char             *nsp;           /* its namespace */
    const char             *method;        /* http */
    const char             *path;
    const char             *name;          /* event */
    const char             *ip;
    const char             *agent;
    uint64_t                issued_at_s;   /* iat */
    uint64_t                expires_at_s;
    chat_envelope_t         envelope;      /* everything else */
    const json_value_t     *input;         /* the body's object, or an event's
                                              first argument; NULL: none; the
                                              router's, freed by job_free() */
    const char             *params[2];     /* of the route: `:id` in order */
    model_id_t              conversation;  /* chat_target.h; "" if none */
    int64_t                 now_ms;

    /* where it came from */
    const char             *lane;
    uint32_t                slot;
    const char             *entry;         /* id in the stream */
    uint32_t                tries;         /* 1: taken for the first time */
    uint64_t                age_ms;        /* when it was taken */
    uint64_t                ttl_ms;        /* 0: any */
    uint32_t                order;         /* its place in the batch */
    chat_slice_t            text;          /* as it came */

    job_result_t           *result;
} job_t;


typedef job_status_t (*job_handler_pt)(job_t *job);


/*
 * An event's arguments as they came, and what is attached to them; false if
 * the body has not what it says.
 */
bool job_arguments(const job_t *job, chat_slice_t *array,
    chat_attach_t *attach);

/* A value of the query string, percent-decoded, from the pool; NULL. */
const char *job_query(job_t *job, const char *name);

/* Sets the status and gives the empty body to write JSON into. */
chat_buf_t *job_reply(job_t *job, uint32_t status);

/* An error; always JOB_DONE, so that a handler can return it. */
job_status_t job_fail(job_t *job, uint32_t status, const char *code,
    const char *message);

/* Also names a field; may be called again to name more. */
job_status_t job_fail_field(job_t *job, const char *field, const char *message);

/*
 * An event's ack is exactly what is written into the buffer: an array of
 * arguments, before it `<n>-` if the next n of the attachments are its own.
 */
chat_buf_t *job_reply_args(job_t *job);

/* Attachments of the packets, in their order, then of the ack. */
void job_attach(job_t *job, chat_slice_t bytes);

/* The error that a failed store call means: 503, or 500. */
job_status_t job_fail_store(job_t *job, store_status_t status);

/* set-cookie, link and the like. */
void job_header(job_t *job, chat_header_t name, const char *value);

/*
 * Begins an event and gives the buffer for its packet lines (each the JSON
 * array of one packet, ended by "\n" except the last).  `flags` as in
 * chat_envelope.h or "-"; `logged` for what recovery repeats; conversation
 * NULL for none; `exclude` a sid or NULL.  Then job_to_…() adds whom it
 * is for.
 */
chat_buf_t *job_event(job_t *job, const char *flags, bool logged,
    const char *conversation, uint64_t seq, const char *exclude);
void job_event_header(job_t *job, chat_header_t name, const char *value);
void job_to_user(job_t *job, const char *uid);
void job_to_conversation(job_t *job, const char *id);

/* Too many members to tell each one on a channel of his own. */
bool job_is_large(const job_t *job, const model_conversation_t *conversation);

/* Small conversation: its members; large: its channel. */
void job_to_members(job_t *job, const model_conversation_t *conversation,
    const char *except_uid);

/*
 * Packet lines for the asking socket, before its ack: `[<n>-][?]<array>`, with
 * n attachments, and `?` if it is to be answered (as a job of kind "ack").
 */
chat_buf_t *job_packets(job_t *job);
void job_deliver(job_t *job, const char *conversation, uint64_t seq);
void job_offset(job_t *job, const char *offset);
void job_channel(job_t *job, const char *conversation);

/* Moves a mark: `field` is "seq" or "at" (uid NULL), "r:" or "d:". */
void job_mark(job_t *job, const char *conversation, const char *field,
    const char *uid, uint64_t value);

/* This job belongs to that conversation's slot: finish moves it there. */
job_status_t job_move(job_t *job, const char *conversation);


/* How the answer's object is called in an ack ("message"); set by router. */
void job_result_as(job_t *job, const char *as);


/* --- for child and batch ------------------------------------------------ */

/*
 * Decodes a job; NULL and `why` if the envelope is not one.  `text` must live
 * as long as the pool.
 */
job_t *job_create(pool_t *pool, chat_slice_t text, const char **why);

/* The body that was in a blob; NULL data: it is gone. */
void job_set_body(job_t *job, chat_slice_t body);

/* Finds out which conversation the job is about. */
void job_find_target(job_t *job);

/* All conversations that it names, from the pool; repeats are possible. */
uint32_t job_conversations(job_t *job, const char ***ids);

/* Empties the result, for another run. */
void job_restart(job_t *job);

/* Frees what the pool does not hold. */
void job_free(job_t *job);

/* True once an answer, of whatever kind, was written. */
bool job_answered(const job_t *job);
uint32_t job_status_code(const job_t *job);

/* It killed its process too often: to the dead letters, 500. */
void job_bury(job_t *job);

/* True if somebody waits for the reply. */
bool job_wants_reply(const job_t *job);

/* Publications that finishing the job causes. */
uint32_t job_event_count(const job_t *job);

/* Appends the job's part of a call of `finish` (docs/bus.md). */
void job_encode(job_t *job, struct bus_args_s *args);

/* The same for an entry that is no job: to the dead letters. */
void job_encode_broken(struct bus_args_s *args, const char *lane,
    uint32_t slot, const char *entry, chat_slice_t text);

/* Of each conversation whose marks the result moves, in turn. */
void job_moved_marks(const job_t *job, void (*moved)(void *data,
    const char *conversation), void *data);


#endif /* JOB_H */
