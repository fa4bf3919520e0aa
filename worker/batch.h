
/*
 * What the handlers of one batch want written, committed at once (docs/bus.md,
 * "Committing a batch"): new conversations, then one ordered insertMany of all
 * messages.  Each job hears by its callback how its write went; a message that
 * finds its seq taken makes its job, and the later ones of its conversation,
 * run again.
 */

#ifndef BATCH_H
#define BATCH_H


#include "marks.h"
#include "model.h"
#include "pool.h"
#include "roster.h"
#include "store/store.h"


typedef struct batch_s  batch_t;

struct job_s;


typedef enum {
    BATCH_STORED = 0,     /* stored now, or before and told by nobody */
    BATCH_REPEATED,       /* stored and told before: `stored` is it; answer
                             200, tell nobody, move no mark */
    BATCH_REFUSED,        /* MongoDB will never take it */
    BATCH_UNAVAILABLE     /* nothing was sent: 503 */
} batch_result_t;


/* `job` handed the write over; `message` is what is stored.  False: it cannot
 * be answered now; the job stays pending and runs again. */
typedef bool (*batch_done_pt)(struct job_s *job, batch_result_t result,
    model_conversation_t *conversation, const model_message_t *message);


/* A conversation that is to exist before the messages; a repeat is fine. */
void batch_conversation(batch_t *batch, struct job_s *job,
    model_conversation_t *conversation);

/*
 * Numbers the message (seq = ++stored_seq) and hands it over; message and
 * what it points to live in the pool.  If the batch already has this _id,
 * the job is merged with the first: when that one hears BATCH_STORED, this one
 * hears BATCH_REPEATED, else the same.
 */
void batch_message(batch_t *batch, struct job_s *job,
    model_conversation_t *conversation, model_message_t *message,
    batch_done_pt done);


/* --- for child ---------------------------------------------------------- */

typedef enum {
    BATCH_DONE = 0,       /* has its result: to be finished */
    BATCH_WRITING,
    BATCH_PENDING         /* not to be finished: it is run again, here or by
                             the slot's next holder */
} batch_state_t;


typedef struct {
    void   *data;

    /* Runs the job's handler: a job_status_t. */
    int   (*run)(struct job_s *job);

    /* False once the lease of the job's slot is known to be lost. */
    bool  (*holds)(void *data, const struct job_s *job);

    /* Waits a little before a repeat; false: give up, the process ends. */
    bool  (*pause)(void *data, uint32_t attempt);
} batch_upward_t;


typedef struct {
    uint64_t   inserts;
    uint64_t   messages;
    int64_t    insert_ms;
} batch_stats_t;


/* Borrows all of it; `upward` is copied. */
batch_t *batch_create(store_t *store, roster_t *roster, marks_t *marks,
    const batch_upward_t *upward);
void batch_destroy(batch_t **batch);

/* The jobs, in order, become the batch; each is run. */
void batch_run(batch_t *batch, pool_t *pool, struct job_s **jobs,
    uint32_t count);

/* Writes what they handed over.  Afterwards none is BATCH_WRITING. */
void batch_commit(batch_t *batch);

batch_state_t batch_state(const batch_t *batch, const struct job_s *job);

/* Since the last time. */
batch_stats_t batch_take_stats(batch_t *batch);


#endif /* BATCH_H */
