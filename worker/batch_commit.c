
/*
 * Committing a batch (docs/bus.md): what is new is created, then one ordered
 * insertMany of all messages, repeated with what is left until the fate of
 * each is definite.  Nothing is said to have failed that may have happened, and
 * nothing to have happened that may not.  A message that does not stand leaves
 * no gap: its conversation is loaded anew and the jobs behind it run again.
 */

#include "batch_entry.h"
#include "fault.h"
#include "log.h"
#include "store/store_conversation.h"
#include "store/store_message.h"
#include "tick.h"


#define BATCH_RECOUNTS  3     /* at once; then with pauses */


/* What is to be done after an attempt. */
typedef enum {
    BATCH_GO_ON = 0,       /* with what is left */
    BATCH_WAIT             /* before the same is tried again */
} batch_next_t;


/* What one attempt sends, and whose it is. */
typedef struct {
    model_message_t  **messages;
    batch_entry_t    **entries;
    uint32_t           count;
} batch_attempt_t;


/* Nothing of this was ever sent, in no run of the job. */
static bool
batch_is_fresh(const batch_entry_t *entry)
{
    return !entry->sent && entry->job->tries == 1;
}


static batch_next_t
batch_unavailable(batch_t *batch)
{
    uint32_t        i;
    batch_next_t    next;
    batch_entry_t  *entry;

    for (i = 0, next = BATCH_GO_ON; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (!batch_is_writing(entry) || entry->first) {
            continue;
        }

        if (batch_is_fresh(entry)) {
            batch_settle_failed(batch, entry, BATCH_UNAVAILABLE);

        } else {
            next = BATCH_WAIT;
        }
    }

    return next;
}


/* The conversations that are to exist first, and whose they are. */
static uint32_t
batch_to_create(batch_t *batch, model_conversation_t **list,
    batch_entry_t **entries)
{
    uint32_t        i, n;
    batch_entry_t  *entry;

    for (i = 0, n = 0; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (batch_is_writing(entry) && entry->create) {
            entries[n] = entry;
            list[n++] = entry->create;
        }
    }

    return n;
}


static void
batch_created(batch_t *batch, batch_entry_t **entries, uint32_t count)
{
    uint32_t  i;

    for (i = 0; i < count; i++) {
        roster_trust(batch->roster, entries[i]->create->id);
        entries[i]->create = NULL;
    }
}


static batch_next_t
batch_not_created(batch_t *batch, batch_entry_t *entry)
{
    model_id_t  id;

    memcpy(id, entry->create->id, sizeof(id));
    log_error("batch: conversation %s was refused", id);
    batch_settle_failed(batch, entry, BATCH_REFUSED);
    batch_rerun(batch, entry, id);

    return BATCH_GO_ON;
}


static batch_next_t
batch_make_conversations(batch_t *batch)
{
    uint32_t                count, refused;
    store_status_t          rc;
    batch_entry_t         **entries;
    model_conversation_t  **list;

    entries = pool_alloc(batch->pool, batch->count * sizeof(batch_entry_t *));
    list = pool_alloc(batch->pool,
                      batch->count * sizeof(model_conversation_t *));
    count = batch_to_create(batch, list, entries);

    if (count == 0) {
        return BATCH_GO_ON;
    }

    rc = store_conversation_create(batch->store, list, count, &refused);

    switch (rc) {

    case STORE_OK:
        batch_created(batch, entries, count);
        return BATCH_GO_ON;

    case STORE_UNAVAILABLE:
        return batch_unavailable(batch);

    case STORE_REFUSED:
        return batch_not_created(batch, entries[refused]);

    default:
        return BATCH_WAIT;
    }
}


static void
batch_collect(batch_t *batch, batch_attempt_t *attempt)
{
    uint32_t        i;
    batch_entry_t  *entry;

    attempt->count = 0;

    for (i = 0; i < batch->count; i++) {
        entry = &batch->entries[i];

        if (batch_is_writing(entry) && !entry->first) {
            attempt->entries[attempt->count] = entry;
            attempt->messages[attempt->count++] = entry->message;
        }
    }
}


/* Somebody has this id: this very job in an earlier run, or another one. */
static batch_next_t
batch_id_taken(batch_t *batch, batch_entry_t *entry)
{
    bool             as_numbered;
    model_message_t  stored;

    memset(&stored, 0, sizeof(stored));

    if (store_message_find(batch->store, batch->pool, entry->message->id,
                           &stored) != STORE_OK)
    {
        return BATCH_WAIT;
    }

    as_numbered = stored.seq == entry->message->seq
                  && strcmp(stored.job, entry->job->id) == 0;

    batch_settle_stored(batch, entry, &stored, false);

    if (!as_numbered) {
        batch_rerun(batch, entry, entry->message->conversation);
    }

    return BATCH_GO_ON;
}


/* The first that does not stand; those before it do. */
static batch_next_t
batch_failed(batch_t *batch, batch_entry_t *entry,
    const store_insert_t *result)
{
    if (result->status == STORE_DUPLICATE && result->id_taken) {
        return batch_id_taken(batch, entry);
    }

    if (result->status == STORE_DUPLICATE) {
        log_warn("batch: seq %lu of %s is taken: counting again",
                 entry->message->seq, entry->message->conversation);
        batch_rerun(batch, entry, entry->message->conversation);
        return (++batch->recounts > BATCH_RECOUNTS) ? BATCH_WAIT : BATCH_GO_ON;
    }

    log_error("batch: message %s was refused", entry->message->id);
    batch_settle_failed(batch, entry, BATCH_REFUSED);
    batch_rerun(batch, entry, entry->message->conversation);

    return BATCH_GO_ON;
}


static batch_next_t
batch_judge(batch_t *batch, const batch_attempt_t *attempt,
    const store_insert_t *result)
{
    uint32_t  i, stood;

    if (result->status == STORE_UNAVAILABLE) {
        return batch_unavailable(batch);
    }

    if (result->status == STORE_UNKNOWN) {
        for (i = 0; i < attempt->count; i++) {
            attempt->entries[i]->sent = true;
        }

        return BATCH_WAIT;
    }

    stood = (result->status == STORE_OK) ? attempt->count : result->failed;

    for (i = 0; i < stood; i++) {
        batch_settle_stored(batch, attempt->entries[i], attempt->messages[i],
                            true);
    }

    return (stood == attempt->count)
           ? BATCH_GO_ON
           : batch_failed(batch, attempt->entries[stood], result);
}


static batch_next_t
batch_insert(batch_t *batch, batch_attempt_t *attempt)
{
    int64_t         start_ms;
    store_insert_t  result;

    fault_point("inserting");
    start_ms = tick_ms();
    store_message_insert(batch->store, attempt->messages, attempt->count,
                         &result);

    batch->stats.insert_ms += tick_ms() - start_ms;
    batch->stats.messages += attempt->count;
    batch->stats.inserts++;
    fault_point("inserted");

    return batch_judge(batch, attempt, &result);
}


void
batch_commit(batch_t *batch)
{
    uint32_t         waits;
    batch_next_t     next;
    batch_attempt_t  attempt;

    attempt.messages = pool_alloc(batch->pool,
                                  batch->count * sizeof(model_message_t *));
    attempt.entries = pool_alloc(batch->pool,
                                 batch->count * sizeof(batch_entry_t *));
    waits = 0;
    batch->recounts = 0;

    for ( ;; ) {

        /* the next holder may be writing the same, with another time */

        batch_drop_lost(batch);
        next = batch_make_conversations(batch);

        if (next == BATCH_GO_ON) {
            batch_collect(batch, &attempt);

            if (attempt.count == 0) {
                return;
            }

            next = batch_insert(batch, &attempt);
        }

        if (next == BATCH_GO_ON) {
            waits = 0;

        } else if (!batch_wait(batch, &waits)) {
            return;
        }
    }
}
