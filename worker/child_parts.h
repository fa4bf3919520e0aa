
/*
 * What a child process has, for the units child_*.c alone.
 */

#ifndef CHILD_PARTS_H
#define CHILD_PARTS_H


#include "batch.h"
#include "bus.h"
#include "child_intake.h"
#include "job.h"
#include "marks_behind.h"
#include "slot.h"


typedef struct child_s  child_t;


/* One taken entry on its way through the batch. */
typedef struct {
    child_entry_t   entry;
    job_t          *job;        /* NULL: it is none, and goes to the dead */
    bool            run;        /* is in the batch; else it has its answer */
    bool            finish;     /* false: it stays pending */
    bool            finished;   /* Redis said so */
} child_item_t;


typedef struct {
    uint32_t        lane;       /* place in the group */
    bool            refused;    /* nothing of it is run */
    child_item_t   *items;
    uint32_t        count;
} child_round_t;


/* A lane's world; a handler's job points to the first member. */
typedef struct {
    job_world_t   world;
    child_t      *child;
} child_world_t;


typedef struct {
    uint64_t   jobs;
    uint64_t   rounds;
    int64_t    since_ms;
} child_stats_t;


struct child_s {
    const config_t        *config;
    const config_lane_t   *group;
    const char            *owner;

    bus_t                 *bus;
    store_t               *store;
    roster_t              *roster;
    marks_t               *marks;
    presence_t            *presence;
    slot_table_t          *slots;
    child_intake_t        *intake;
    batch_t               *batch;
    chat_id_source_t       ids;
    child_world_t          worlds[CONFIG_GROUP_MAX];

    pool_t                *pool;            /* of the batch */
    pool_t                *refuse_pool;     /* of what is refused meanwhile */
    int                    default_lane;    /* its place, or -1 */
    bool                   indexed;         /* MongoDB has its indexes */
    bool                   mongo_up;
    int64_t                next_tick_ms;
    child_stats_t          stats;
};


/* --- child.c, child_tick.c ---------------------------------------------- */


/* Told to end? */
bool child_stopping(void);

/* The main loop has come round. */
void child_beat(child_t *child);

/* Once a second: MongoDB's state, marks behind, presence, statistics. */
void child_tick(child_t *child);

/*
 * Asks whether Redis answers: a broken connection is found out, and made anew
 * the next time, also where nothing else is asked; the epoch is learnt with it.
 */
bool child_look_at_bus(child_t *child);

/* Makes slots known that were taken and are not yet (marks_behind.h). */
void child_learn(child_t *child);

/* Asks whether MongoDB is there, says so in the log when that changed. */
void child_look_at_store(child_t *child);

/* What writing marks behind borrows. */
void child_holder(child_t *child, marks_holder_t *holder);

/* Writes what is due of the marks in our slots, or with `all` everything. */
void child_write_marks(child_t *child, bool all);


/* --- child_load.c ------------------------------------------------------- */

/* Loads the conversations that the jobs name; false: they cannot be. */
bool child_load(child_t *child, pool_t *pool, const child_round_t *round);

/* Then: can the job run all the same, with what is in memory? */
bool child_has_all(child_t *child, const child_item_t *item);

/* The handlers have run: those that asked for pages hear them. */
void child_answer_readers(child_t *child, uint32_t lane);


/* --- child_work.c, child_finish.c --------------------------------------- */

/* Takes and handles one batch of the lane. */
void child_work(child_t *child, uint32_t lane);

/*
 * While MongoDB is away: takes what is new, answers 503 to whoever waits, and
 * leaves the rest pending.  How many jobs that was.
 */
uint32_t child_refuse(child_t *child);

/*
 * Puts the count of a pending job's tries back: only deaths while it ran are
 * counted, and running it is over.
 */
void child_forgive(child_t *child, pool_t *pool, const child_round_t *round,
    const child_item_t *item);

/*
 * Finishes those of the round that are to be, and moves on in the streams.
 * `pool` is of the round.
 */
void child_finish(child_t *child, pool_t *pool, child_round_t *round);


#endif /* CHILD_PARTS_H */
