
/*
 * One batch of one lane: what was taken becomes jobs, the conversations they
 * name come into memory, the handlers run, the batch is committed and
 * finished.  Between the steps nothing is told to anybody.
 */

#include "child_parts.h"
#include "chat_bus_names.h"
#include "fault.h"
#include "log.h"
#include "tick.h"


#define CHILD_TRIES_MAX   5      /* deaths of a process that ran it alone */


/* --- from entries to jobs ----------------------------------------------- */

/* Fills in the body that travelled as a key; false: Redis is away. */
static bool
child_fetch_body(child_t *child, pool_t *pool, child_item_t *item)
{
    bus_args_t     args;
    chat_slice_t   body;
    bus_value_t   *value;

    bus_args_key(&args, pool, child->bus, "GET", CHAT_BUS_BLOB,
                 pool_slice(pool,
                            item->job->envelope.headers[CHAT_H_BLOB]));

    if (bus_ask(child->bus, &args, &value) != BUS_OK) {
        return false;
    }

    body = bus_text(value);

    if (body.data == NULL) {
        job_fail(item->job, 504, "timeout", "That took too long");

    } else {
        job_set_body(item->job, chat_slice_of(pool_slice(pool, body),
                                              body.len));
    }

    bus_free(&value);

    return true;
}


static void
child_decode(child_t *child, pool_t *pool, const child_round_t *round,
    child_item_t *item)
{
    job_t       *job;
    const char  *why;

    job = job_create(pool, item->entry.text, &why);

    if (job == NULL) {
        log_error("job: entry %s of %s:%u: %s", item->entry.entry,
                  child->group->lanes[round->lane], item->entry.slot, why);
        item->finish = true;
        return;
    }

    item->job = job;
    job->world = &child->worlds[round->lane].world;
    job->lane = child->group->lanes[round->lane];
    job->slot = item->entry.slot;
    job->entry = item->entry.entry;
    job->tries = item->entry.tries;
    job->age_ms = item->entry.age_ms;
    job->now_ms = tick_date_ms();
}


/*
 * What is answered without being run: a job that killed too many, one whose
 * asker has stopped waiting before it was ever taken.
 */
static void
child_sort_out(child_t *child, pool_t *pool, child_item_t *item)
{
    job_t  *job = item->job;

    if (job == NULL) {
        return;
    }

    if (job->tries > CHILD_TRIES_MAX + 1) {
        log_error("job: %s: dead letter after %u tries", job->id,
                  job->tries - 1);
        job_bury(job);

    } else if (job->tries == 1 && job->ttl_ms > 0
               && job->age_ms > job->ttl_ms)
    {
        job_fail(job, 504, "timeout", "That took too long");

    } else if (job->envelope.headers[CHAT_H_BLOB].data != NULL
               && !child_fetch_body(child, pool, item))
    {
        return;
    }

    item->finish = job_answered(job);
    item->run = !item->finish;

    if (item->run) {
        job_find_target(job);
    }
}


static bool
child_take(child_t *child, pool_t *pool, bool new_only, child_round_t *round)
{
    uint32_t        i;
    child_entry_t  *entries;

    round->count = child_intake_take(child->intake, pool, round->lane,
                                     new_only, &entries);

    if (round->count == 0) {
        return false;
    }

    round->items = pool_alloc(pool, round->count * sizeof(child_item_t));

    for (i = 0; i < round->count; i++) {
        round->items[i].entry = entries[i];
        child_decode(child, pool, round, &round->items[i]);
    }

    return true;
}


static void
child_free_jobs(child_round_t *round)
{
    uint32_t  i;

    for (i = 0; i < round->count; i++) {
        if (round->items[i].job) {
            job_free(round->items[i].job);
        }
    }
}


/* --- running them ------------------------------------------------------- */

/* Nothing of it was done: whoever waits hears so, else it is run later. */
static void
child_put_off(child_item_t *item)
{
    if (item->job->tries == 1 && job_wants_reply(item->job)) {
        job_fail_store(item->job, STORE_UNAVAILABLE);
        item->finish = true;
    }

    item->run = false;
}


static void
child_prepare(child_t *child, pool_t *pool, child_round_t *round)
{
    uint32_t       i;
    child_item_t  *item;

    for (i = 0; i < round->count; i++) {
        child_sort_out(child, pool, &round->items[i]);
    }

    if (child_load(child, pool, round)) {
        return;
    }

    for (i = 0; i < round->count; i++) {
        item = &round->items[i];

        if (item->run && !child_has_all(child, item)) {
            child_put_off(item);
        }
    }
}


static void
child_run_batch(child_t *child, pool_t *pool, child_round_t *round)
{
    job_t         **jobs;
    uint32_t        i, n;
    child_item_t   *item;

    jobs = pool_alloc(pool, round->count * sizeof(job_t *));

    for (i = 0, n = 0; i < round->count; i++) {
        if (round->items[i].run) {
            jobs[n++] = round->items[i].job;
        }
    }

    batch_run(child->batch, pool, jobs, n);
    child_answer_readers(child, round->lane);
    fault_point("handled");

    for (i = 0; i < round->count; i++) {
        item = &round->items[i];

        if (item->run && item->job->tries > 1
            && batch_state(child->batch, item->job) == BATCH_WRITING)
        {
            child_forgive(child, pool, round, item);
        }
    }

    batch_commit(child->batch);

    for (i = 0; i < round->count; i++) {
        item = &round->items[i];

        if (item->run) {
            item->finish = batch_state(child->batch, item->job) == BATCH_DONE;
        }
    }
}


void
child_work(child_t *child, uint32_t lane)
{
    child_round_t  round;

    pool_reset(child->pool);
    memset(&round, 0, sizeof(round));
    round.lane = lane;

    if (child_take(child, child->pool, false, &round)) {
        fault_point("taken");
        child_prepare(child, child->pool, &round);
        fault_point("loaded");
        child_run_batch(child, child->pool, &round);
        child_finish(child, child->pool, &round);
        child_free_jobs(&round);
        roster_end_batch(child->roster, tick_ms());

        child->stats.jobs += round.count;
        child->stats.rounds++;
    }
}


uint32_t
child_refuse(child_t *child)
{
    uint32_t       i, total;
    child_round_t  round;

    memset(&round, 0, sizeof(round));
    round.refused = true;

    for (round.lane = 0, total = 0; round.lane < child->group->lane_count;
         round.lane++)
    {
        pool_reset(child->refuse_pool);

        if (child_take(child, child->refuse_pool, true, &round)) {
            for (i = 0; i < round.count; i++) {
                if (round.items[i].job) {
                    child_put_off(&round.items[i]);
                }
            }

            child_finish(child, child->refuse_pool, &round);
            child_free_jobs(&round);
            total += round.count;
        }
    }

    return total;
}
