
/*
 * A batch: jobs run one after the other, and what they want written is
 * collected in their order.  Handlers hand over by batch_message(); child runs
 * and commits (batch_commit.c) and then asks of each job what became of it.
 * Knows neither streams nor MongoDB.
 */

#include "batch_entry.h"

#include <stdlib.h>


batch_t *
batch_create(store_t *store, roster_t *roster, marks_t *marks,
    const batch_upward_t *upward)
{
    batch_t  *batch;

    batch = calloc(1, sizeof(batch_t));

    if (batch == NULL) {
        abort();
    }

    batch->store = store;
    batch->roster = roster;
    batch->marks = marks;
    batch->upward = *upward;

    return batch;
}


void
batch_destroy(batch_t **batch)
{
    free(*batch);
    *batch = NULL;
}


static batch_entry_t *
batch_entry(const batch_t *batch, const job_t *job)
{
    return &batch->entries[job->order];
}


void
batch_pend(batch_t *batch, batch_entry_t *entry)
{
    entry->state = BATCH_PENDING;
    entry->blocked = true;
    batch->stuck = true;

    if (entry->message) {
        roster_doubt(batch->roster, entry->message->conversation);
    }
}


bool
batch_is_blocked(const batch_t *batch, const batch_entry_t *entry)
{
    const batch_entry_t  *other;

    if (!batch->stuck) {
        return false;
    }

    for (other = batch->entries; other < entry; other++) {
        if (other->blocked && other->job->slot == entry->job->slot) {
            return true;
        }
    }

    return false;
}


void
batch_run_entry(batch_t *batch, batch_entry_t *entry)
{
    bool    sent = entry->sent;
    job_t  *job = entry->job;

    memset(entry, 0, sizeof(batch_entry_t));
    entry->job = job;
    entry->sent = sent;

    if (batch_is_blocked(batch, entry)) {
        batch_pend(batch, entry);
        return;
    }

    switch (batch->upward.run(job)) {

    case JOB_DONE:
        entry->state = BATCH_DONE;
        return;

    case JOB_WRITING:
        entry->state = BATCH_WRITING;
        return;

    default:
        batch_pend(batch, entry);
    }
}


void
batch_run(batch_t *batch, pool_t *pool, job_t **jobs, uint32_t count)
{
    uint32_t  i;

    batch->pool = pool;
    batch->count = count;
    batch->stuck = false;
    batch->entries = pool_alloc(pool, count * sizeof(batch_entry_t));

    for (i = 0; i < count; i++) {
        jobs[i]->order = i;
        jobs[i]->batch = batch;
        batch->entries[i].job = jobs[i];
    }

    for (i = 0; i < count; i++) {
        batch_run_entry(batch, &batch->entries[i]);
    }
}


void
batch_conversation(batch_t *batch, job_t *job,
    model_conversation_t *conversation)
{
    batch_entry(batch, job)->create = conversation;
}


/* The job that writes the same message, if it comes before this one. */
static batch_entry_t *
batch_same(const batch_t *batch, const batch_entry_t *entry, const char *id)
{
    batch_entry_t  *other;

    for (other = batch->entries; other < entry; other++) {
        if (other->message && !other->first && !other->settled
            && other->state == BATCH_WRITING
            && memcmp(other->message->id, id, CHAT_ID_LEN) == 0)
        {
            return other;
        }
    }

    return NULL;
}


void
batch_message(batch_t *batch, job_t *job, model_conversation_t *conversation,
    model_message_t *message, batch_done_pt done)
{
    batch_entry_t  *entry;

    entry = batch_entry(batch, job);
    entry->message = message;
    entry->done = done;
    entry->first = batch_same(batch, entry, message->id);

    message->seq = entry->first ? entry->first->message->seq
                                : ++conversation->stored_seq;
}


batch_state_t
batch_state(const batch_t *batch, const job_t *job)
{
    return batch_entry(batch, job)->state;
}


batch_stats_t
batch_take_stats(batch_t *batch)
{
    batch_stats_t  stats;

    stats = batch->stats;
    memset(&batch->stats, 0, sizeof(batch_stats_t));

    return stats;
}
