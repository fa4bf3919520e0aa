
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
#define CHILD_REFUSE_MAX  256


/* How much of a lane is taken at once: what is slow leaves one by one. */
static const struct {
    const char  *lane;
    uint32_t     max;            /* 0: config */
} child_shares[] = {
    { CHAT_LANE_DEFAULT, 0 },
    { CHAT_LANE_READ, 16 },
    { CHAT_LANE_AUTH, 1 },
    { CHAT_LANE_UPLOAD, 1 }
};


static uint32_t
child_share(const child_t *child, uint32_t lane)
{
    size_t    i;
    uint32_t  max;

    for (i = 0, max = 0;
         i < sizeof(child_shares) / sizeof(child_shares[0]); i++)
    {
        if (strcmp(child_shares[i].lane, child->group->lanes[lane]) == 0) {
            max = child_shares[i].max;
        }
    }

    return max ? max : child->config->batch;
}


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
child_take(child_t *child, pool_t *pool, uint32_t max, bool new_only,
    child_round_t *round, bus_value_t **answer)
{
    uint32_t        i;
    child_entry_t  *entries;

    round->count = child_intake_take(child->intake, pool, round->lane, max,
                                     new_only, &entries, answer);
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
    bus_value_t    *answer;
    child_round_t   round;

    pool_reset(child->pool);
    memset(&round, 0, sizeof(round));
    round.lane = lane;

    if (child_take(child, child->pool, child_share(child, lane), false, &round,
                   &answer))
    {
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

    bus_free(&answer);
}


uint32_t
child_refuse(child_t *child)
{
    uint32_t        i, total;
    bus_value_t    *answer;
    child_round_t   round;

    memset(&round, 0, sizeof(round));

    for (round.lane = 0, total = 0; round.lane < child->group->lane_count;
         round.lane++)
    {
        pool_reset(child->refuse_pool);

        if (child_take(child, child->refuse_pool, CHILD_REFUSE_MAX, true,
                       &round, &answer))
        {
            for (i = 0; i < round.count; i++) {
                if (round.items[i].job) {
                    child_put_off(&round.items[i]);
                }
            }

            child_finish(child, child->refuse_pool, &round);
            child_free_jobs(&round);
            total += round.count;
        }

        bus_free(&answer);
    }

    return total;
}
