
/*
 * The body of a batch, for the units batch_*.c alone.
 */

#ifndef BATCH_ENTRY_H
#define BATCH_ENTRY_H


#include "batch.h"
#include "job.h"


typedef struct batch_entry_s  batch_entry_t;

/* One job of the batch and what it wants written. */
struct batch_entry_s {
    job_t                 *job;
    batch_state_t          state;
    bool                   settled;    /* heard by its callback how it went */
    bool                   sent;       /* a write may have reached MongoDB */
    bool                   blocked;    /* PENDING, and so are those behind */

    model_conversation_t  *create;     /* to exist first; NULL when it does */
    model_message_t       *message;    /* NULL: writes none */
    batch_done_pt          done;
    batch_entry_t         *first;      /* has the same message; NULL: none */
};


struct batch_s {
    store_t               *store;
    roster_t              *roster;
    marks_t               *marks;
    batch_upward_t         upward;
    batch_stats_t          stats;

    uint32_t               recounts;   /* seqs found taken */
    bool                   stuck;      /* one of the jobs is blocked */
    pool_t                *pool;       /* of this batch */
    batch_entry_t         *entries;
    uint32_t               count;
};


/* Runs one job, also again; one whose slot is blocked waits. */
void batch_run_entry(batch_t *batch, batch_entry_t *entry);

/* It stays pending, and what it may have left in memory is forgotten. */
void batch_pend(batch_t *batch, batch_entry_t *entry);

static inline bool
batch_is_writing(const batch_entry_t *entry)
{
    return entry->state == BATCH_WRITING && !entry->settled;
}


/* A slot's jobs keep their order: none passes one that stays. */
bool batch_is_blocked(const batch_t *batch, const batch_entry_t *entry);

/*
 * Each of those that share the message learns whether it is the job that is
 * to tell the others of it.  `now`: the first of them has just stored it; else
 * the first that comes by tells it, if nobody has.
 */
void batch_settle_stored(batch_t *batch, batch_entry_t *first,
    const model_message_t *stored, bool now);
void batch_settle_failed(batch_t *batch, batch_entry_t *first,
    batch_result_t result);

/* Jobs whose slot was lost stay pending, for its next holder. */
void batch_drop_lost(batch_t *batch);

/* Pauses.  False: the process ends, all that was not settled stays pending. */
bool batch_wait(batch_t *batch, uint32_t *attempt) CHAT_MUST_CHECK;

/* Loads the conversation anew; its jobs from this one on run again. */
void batch_rerun(batch_t *batch, batch_entry_t *from,
    const char *conversation);


#endif /* BATCH_ENTRY_H */
