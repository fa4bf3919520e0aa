
/*
 * The body of the intake, for child_intake.c (taking), child_listen.c (asking),
 * child_buffer.c (what was read) and child_place.c (where we stand).
 */

#ifndef CHILD_PLACE_H
#define CHILD_PLACE_H


#include "child_intake.h"
#include "chat_id.h"


#define INTAKE_ENTRY_MAX  48      /* an entry's id in a stream */


typedef enum {
    INTAKE_AWAY = 0,       /* not ours */
    INTAKE_PENDING,        /* what was taken before comes first */
    INTAKE_NEW
} intake_mode_t;


typedef struct {
    intake_mode_t   mode;
    bool            known;                      /* its marks are in Redis */
    uint32_t        generation;                 /* of the lease */
    uint64_t        epoch;
    uint32_t        reading;                    /* another one when what was
                                                   read is to be read again */
    uint32_t        asked;                      /* the reading under way */
    char            taken[INTAKE_ENTRY_MAX];    /* up to here, by whomever;
                                                   "": not known yet */
    char            seen[INTAKE_ENTRY_MAX];     /* read up to here */
    char            after[INTAKE_ENTRY_MAX];    /* PENDING: go on behind it */
    int64_t         not_before_ms;
    int64_t         pause_ms;
} intake_place_t;


/* An entry that was read and not yet taken. */
typedef struct {
    intake_place_t  *place;
    uint32_t         reading;
    uint32_t         slot;
    const char      *entry;
    chat_slice_t     text;
} intake_read_t;


/* What was read of a lane. */
typedef struct {
    pool_t         *pool;
    intake_read_t  *reads;
    uint32_t        count;
    uint32_t        next;
} intake_buffer_t;


struct child_intake_s {
    const config_t       *config;
    const config_lane_t  *group;
    slot_table_t         *slots;
    bus_t                *bus;
    bus_t                *waiter;
    const char           *owner;
    child_gone_pt         gone;
    void                 *data;
    int                   marks_lane;    /* whose slots have marks, or -1 */
    bool                  unlearnt;      /* of some `taken` is not known */
    uint32_t              turn;          /* where the next looking begins */
    int64_t               clock_ms;      /* Redis's clock is ahead of ours */
    int64_t               listen_end_ms; /* 0: nothing is asked */
    pool_t               *pool;          /* of a command */
    bool                  new_next[CONFIG_GROUP_MAX];   /* a lane's turn is
                                            what is new, not what is pending */
    intake_buffer_t       buffers[CONFIG_GROUP_MAX];
    intake_place_t        places[];      /* lane by lane */
};


static inline intake_place_t *
intake_place(child_intake_t *intake, uint32_t lane, uint32_t slot)
{
    return &intake->places[lane * intake->config->slots + slot];
}


static inline bool
intake_is_empty(const intake_buffer_t *buffer)
{
    return buffer->next == buffer->count;
}


/* What was read and not taken is read again. */
static inline void
intake_read_again(intake_place_t *place)
{
    place->reading++;
    memcpy(place->seen, place->taken, INTAKE_ENTRY_MAX);
}


/* From the first entry on that was taken and is left. */
static inline void
intake_restart(intake_place_t *place)
{
    place->mode = INTAKE_PENDING;
    strcpy(place->after, "0");
    intake_read_again(place);
}


/*
 * A place whose lease is of another Redis than the one we are connected to
 * waits until the leases were given anew.
 */
static inline bool
intake_may_take(const child_intake_t *intake, const intake_place_t *place,
    bool new_only, int64_t now_ms)
{
    return place->mode != INTAKE_AWAY && place->taken[0]
           && place->epoch == bus_epoch(intake->bus)
           && (new_only
               || (place->known && place->not_before_ms <= now_ms));
}


/* Is what is new in it wanted? */
static inline bool
intake_takes_new(const child_intake_t *intake, const intake_place_t *place,
    bool new_only, int64_t now_ms)
{
    return (new_only || place->mode == INTAKE_NEW)
           && intake_may_take(intake, place, new_only, now_ms);
}


/* Puts an answer of XREAD behind what was read of each lane. */
void intake_buffer_fill(child_intake_t *intake, const bus_value_t *answer);

/* Hands out at most `max` of what was read; how many. */
uint32_t intake_buffer_take(child_intake_t *intake, pool_t *pool, uint32_t lane,
    uint32_t max, bool new_only, child_entry_t *entries);

/* How many jobs of a lane are taken at once. */
uint32_t intake_share(const child_intake_t *intake, uint32_t lane);


#endif /* CHILD_PLACE_H */
