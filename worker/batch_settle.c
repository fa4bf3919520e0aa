
/*
 * What becomes of the jobs of a batch: they hear how their write went, run
 * again when it was numbered on wrong ground, or are left to whoever holds the
 * slot now.  batch_commit.c decides which.
 */

#include "batch_entry.h"


/* The job itself, or one that was merged with it. */
static bool
batch_shares(const batch_entry_t *entry, const batch_entry_t *first)
{
    return entry == first || (entry->first == first && batch_is_writing(entry));
}


static void
batch_tell(batch_t *batch, batch_entry_t *entry, batch_result_t result,
    const model_message_t *stored)
{
    model_conversation_t  *conversation;

    conversation = roster_get(batch->roster, entry->message->conversation);

    if (batch_is_blocked(batch, entry)
        || !entry->done(entry->job, result, conversation, stored))
    {
        batch_pend(batch, entry);
        return;
    }

    entry->settled = true;
    entry->state = BATCH_DONE;
}


/*
 * What was found stored and nobody told is told by this job, whichever stored
 * it.  All jobs of the conversation come by in order: another that was to tell
 * it does not come any more.
 */
static batch_result_t
batch_whose(batch_t *batch, const batch_entry_t *entry,
    const model_message_t *stored)
{
    const model_conversation_t  *conversation;

    conversation = roster_get(batch->roster, entry->message->conversation);

    return (conversation && stored->seq > conversation->told_seq)
           ? BATCH_STORED : BATCH_REPEATED;
}


void
batch_settle_stored(batch_t *batch, batch_entry_t *first,
    const model_message_t *stored, bool now)
{
    uint32_t         i;
    batch_entry_t   *entry;
    batch_result_t   result;

    for (i = first->job->order; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (!batch_shares(entry, first)) {
            continue;
        }

        result = (now && entry == first) ? BATCH_STORED
                                         : batch_whose(batch, entry, stored);
        batch_tell(batch, entry, result, stored);
    }
}


void
batch_settle_failed(batch_t *batch, batch_entry_t *first,
    batch_result_t result)
{
    uint32_t        i;
    batch_entry_t  *entry;

    roster_doubt(batch->roster, first->message->conversation);

    for (i = first->job->order; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (batch_shares(entry, first)) {
            batch_tell(batch, entry, result, entry->message);
        }
    }
}


/* --- waiting, giving up ------------------------------------------------- */

static void
batch_give_up(batch_t *batch)
{
    uint32_t  i;

    for (i = 0; i < batch->count; i++) {
        if (batch_is_writing(&batch->entries[i])) {
            batch_pend(batch, &batch->entries[i]);
        }
    }
}


void
batch_drop_lost(batch_t *batch)
{
    uint32_t        i;
    batch_entry_t  *entry;

    for (i = 0; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (batch_is_writing(entry)
            && !batch->upward.holds(batch->upward.data, entry->job))
        {
            batch_pend(batch, entry);
        }
    }
}


bool
batch_wait(batch_t *batch, uint32_t *attempt)
{
    if (!batch->upward.pause(batch->upward.data, ++*attempt)) {
        batch_give_up(batch);
        return false;
    }

    return true;
}


/* --- running again ------------------------------------------------------ */

/*
 * False: it cannot be loaded now.  What the batch has told before is not in
 * Redis yet.
 */
static bool
batch_reload(batch_t *batch, const char *id, uint64_t told_seq)
{
    model_conversation_t  *conversation;

    roster_forget(batch->roster, id);

    if (roster_load(batch->roster, batch->store, batch->marks, &id, 1)
        != STORE_OK)
    {
        return false;
    }

    conversation = roster_get(batch->roster, id);

    if (conversation != NULL && conversation->told_seq < told_seq) {
        conversation->told_seq = told_seq;
    }

    roster_doubt(batch->roster, id);

    return true;
}


static bool
batch_concerns(const batch_entry_t *entry, const char *id)
{
    return strcmp(entry->message ? entry->message->conversation
                                 : entry->job->conversation, id) == 0;
}


void
batch_rerun(batch_t *batch, batch_entry_t *from, const char *conversation)
{
    uint32_t                     i, attempt;
    uint64_t                     told_seq;
    model_id_t                   id;
    batch_entry_t               *entry;
    const model_conversation_t  *known;

    memcpy(id, conversation, sizeof(id));
    known = roster_get(batch->roster, id);
    told_seq = known ? known->told_seq : 0;
    attempt = 0;

    while (!batch_reload(batch, id, told_seq)) {
        if (!batch_wait(batch, &attempt)) {
            return;
        }
    }

    for (i = from->job->order; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (entry->settled || entry->state == BATCH_PENDING
            || !batch_concerns(entry, id))
        {
            continue;
        }

        job_restart(entry->job);
        batch_run_entry(batch, entry);
    }
}
