
/*
 * A process that works.  Its loop takes a batch of each of its lanes in turn,
 * and waits when there is none; while MongoDB is away it only refuses.  The
 * parts are made here and given to each other; what happens to a batch is
 * child_work.c's matter, what happens once a second child_tick.c's.
 */

#include "child.h"
#include "child_parts.h"
#include "chat_bus_names.h"
#include "fault.h"
#include "log.h"
#include "router.h"
#include "tick.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>


#define CHILD_TIMEOUT_MS    3000     /* for an answer of Redis */
#define CHILD_PAUSE_MIN_MS  50
#define CHILD_PAUSE_MAX_MS  1000
#define CHILD_KEEP_BYTES    (16 * 1024 * 1024)


static volatile sig_atomic_t   child_stop;
static volatile sig_atomic_t   child_reopen;
static slot_table_t           *child_wake;      /* for the handler */


static void
child_signal(int number)
{
    if (number == SIGUSR1) {
        child_reopen = 1;

    } else {
        child_stop = 1;
    }

    if (child_wake) {
        slot_wake(child_wake);
    }
}


static void
child_catch_signals(void)
{
    size_t            i;
    sigset_t          none;
    struct sigaction  action;

    static const struct {
        int     number;
        void  (*handler)(int);
    } signals[] = {
        { SIGTERM, child_signal },
        { SIGINT, child_signal },
        { SIGUSR1, child_signal },
        { SIGHUP, SIG_IGN },
        { SIGPIPE, SIG_IGN },
        { SIGCHLD, SIG_DFL }
    };

    memset(&action, 0, sizeof(action));
    action.sa_flags = SA_RESTART;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        action.sa_handler = signals[i].handler;
        sigaction(signals[i].number, &action, NULL);
    }

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}


bool
child_stopping(void)
{
    return child_stop != 0;
}


void
child_beat(child_t *child)
{
    slot_beat(child->slots, child->mongo_up);

    if (child_reopen) {
        child_reopen = 0;
        log_reopen();
    }
}


/* --- what the batch asks of us ------------------------------------------ */

static child_world_t *
child_world(const job_t *job)
{
    return (child_world_t *) job->world;
}


/*
 * While MongoDB is away nobody is made to wait for each job's failing: the
 * first that fails is the last that tries.
 */
static int
child_run_job(job_t *job)
{
    int       rc;
    child_t  *child = child_world(job)->child;

    if (!child->mongo_up) {
        return (job->tries == 1 && job_wants_reply(job))
               ? job_fail_store(job, STORE_UNAVAILABLE) : JOB_AGAIN;
    }

    fault_point_of("running", job->text);
    rc = router_run(job);

    if (rc == JOB_AGAIN || job_status_code(job) == 503) {
        child_look_at_store(child);
    }

    return rc;
}


static bool
child_holds(void *data, const job_t *job)
{
    child_t        *child = data;
    child_world_t  *world = child_world(job);

    return child_intake_holds(child->intake,
                              (uint32_t) (world - child->worlds), job->slot);
}


/* MongoDB is away in the middle of a batch: others are told so meanwhile. */
static bool
child_pause(void *data, uint32_t attempt)
{
    int64_t   left, end_ms;
    child_t  *child = data;

    left = CHILD_PAUSE_MIN_MS << (attempt < 5 ? attempt - 1 : 5);
    left = (left < CHILD_PAUSE_MAX_MS) ? left : CHILD_PAUSE_MAX_MS;
    end_ms = tick_ms() + left;

    do {
        child_beat(child);

        if (child_refuse(child) == 0) {
            child_intake_wait(child->intake, true, left);
        }

        left = end_ms - tick_ms();
    } while (left > 0 && !child_stopping());

    return !child_stopping();
}


/*
 * What we know of a slot that was lost, or taken anew, is not true any more;
 * but its marks are, and if Redis is not the one that has them, or does not
 * answer, nobody else may have them.
 */
static void
child_gone(void *data, uint32_t lane, uint32_t slot, uint64_t epoch, bool held)
{
    child_t         *child = data;
    marks_holder_t   holder;

    if ((int) lane != child->default_lane) {
        return;
    }

    if (!child_look_at_bus(child) || bus_epoch(child->bus) != epoch) {
        child_holder(child, &holder);
        (void) !marks_restore(&holder, slot, held);
    }

    roster_forget_slot(child->roster, slot);
}


/* --- making and ending -------------------------------------------------- */

static void
child_make_worlds(child_t *child)
{
    uint32_t      i;
    job_world_t  *world;

    child->default_lane = -1;

    for (i = 0; i < child->group->lane_count; i++) {
        child->worlds[i].child = child;
        world = &child->worlds[i].world;

        world->config = child->config;
        world->store = child->store;
        world->marks = child->marks;
        world->presence = child->presence;
        world->ids = &child->ids;

        if (strcmp(child->group->lanes[i], CHAT_LANE_DEFAULT) == 0) {
            world->roster = child->roster;
            child->default_lane = (int) i;
        }
    }
}


static bool
child_init(child_t *child)
{
    uint8_t         random[8];
    batch_upward_t  upward;

    if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random)) {
        log_error("child: no random bytes");
        return false;
    }

    chat_id_source_init(&child->ids, random);

    child->store = store_create(child->config->mongodb, "chat-worker");

    if (child->store == NULL) {
        return false;
    }

    child->pool = pool_create();
    child->refuse_pool = pool_create();
    child->bus = bus_create(child->config, BUS_MAIN, CHILD_TIMEOUT_MS);
    child->roster = roster_create(child->config->slots, child->config->roster);
    child->marks = marks_create(child->bus);
    child->presence = presence_create(child->config, child->bus, child->store,
                                      child->owner);
    child->slots = slot_create(child->config, child->group, child->owner);
    child_make_worlds(child);
    child->intake = child_intake_create(child->config, child->group,
                                        child->slots, child->bus,
                                        child->owner, child->default_lane,
                                        child_gone, child);

    upward.data = child;
    upward.run = child_run_job;
    upward.holds = child_holds;
    upward.pause = child_pause;
    child->batch = batch_create(child->store, child->roster, child->marks,
                                &upward);
    child_wake = child->slots;

    return slot_start(child->slots);
}


static void
child_done(child_t *child)
{
    child_wake = NULL;

    batch_destroy(&child->batch);
    child_intake_destroy(&child->intake);
    slot_destroy(&child->slots);
    presence_destroy(&child->presence);
    marks_destroy(&child->marks);
    roster_destroy(&child->roster);
    bus_destroy(&child->bus);
    pool_destroy(&child->refuse_pool);
    pool_destroy(&child->pool);
    store_destroy(&child->store);
}


static void
child_loop(child_t *child)
{
    uint32_t  lane;

    while (!child_stopping()) {
        child_beat(child);
        child_tick(child);
        child_intake_follow(child->intake);
        child_learn(child);

        for (lane = 0; lane < child->group->lane_count; lane++) {
            if (child->mongo_up) {
                child_work(child, lane);
                child_intake_follow(child->intake);
            }
        }

        if (!child->mongo_up) {
            (void) child_refuse(child);
        }

        if (!child_stopping()) {
            child_intake_wait(child->intake, !child->mongo_up,
                              child->next_tick_ms - tick_ms());
        }
    }
}


/* What a batch needed the next one needs: the system does not get it back. */
static void
child_keep_memory(void)
{
    (void) mallopt(M_MMAP_THRESHOLD, CHILD_KEEP_BYTES);
    (void) mallopt(M_TRIM_THRESHOLD, CHILD_KEEP_BYTES);
}


int
child_run(const config_t *config, const config_lane_t *group,
    const char *owner)
{
    bool       ok;
    child_t   *child;
    uint32_t   i;
    char       name[CONFIG_GROUP_MAX * (CHAT_LANE_MAX + 1)];

    for (i = 0, name[0] = '\0'; i < group->lane_count; i++) {
        strcat(strcat(name, i ? "+" : ""), group->lanes[i]);
    }

    log_name(name);
    child_keep_memory();
    child_catch_signals();

    child = calloc(1, sizeof(child_t));

    if (child == NULL) {
        abort();
    }

    child->config = config;
    child->group = group;
    child->owner = owner;

    ok = child_init(child);

    if (ok) {
        log_info("child: %s", owner);
        child_loop(child);
        child_write_marks(child, true);
    }

    child_done(child);
    free(child);
    log_info("child: ended");

    return ok ? 0 : CHILD_CONFIG_ERROR;
}
