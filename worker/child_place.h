
/*
 * The body of the intake, for child_intake.c and child_place.c.
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
    bool            fresh;                      /* may have something new */
    uint32_t        generation;                 /* of the lease */
    uint64_t        epoch;
    char            after[INTAKE_ENTRY_MAX];    /* PENDING: go on behind it */
    char            seen[INTAKE_ENTRY_MAX];     /* waiting begins behind it */
    int64_t         not_before_ms;
    int64_t         pause_ms;
} intake_place_t;


struct child_intake_s {
    const config_t       *config;
    const config_lane_t  *group;
    slot_table_t         *slots;
    bus_t                *bus;
    const char           *owner;
    child_gone_pt         gone;
    void                 *data;
    int                   marks_lane;    /* whose slots have marks, or -1 */
    uint32_t              turn;          /* where the next taking begins */
    bool                  new_next[CONFIG_GROUP_MAX];   /* a lane's turn is
                                            what is new, not what is pending */
    intake_place_t        places[];      /* lane by lane */
};


static inline intake_place_t *
intake_place(child_intake_t *intake, uint32_t lane, uint32_t slot)
{
    return &intake->places[lane * intake->config->slots + slot];
}


/* From the first pending entry on; what is new behind it is not known. */
static inline void
intake_restart(intake_place_t *place)
{
    place->mode = INTAKE_PENDING;
    place->fresh = true;
    strcpy(place->after, "0");
}


/*
 * A place whose lease is of another Redis than the one we are connected to
 * waits until the leases were given anew.
 */
static inline bool
intake_may_take(const child_intake_t *intake, const intake_place_t *place,
    bool new_only, int64_t now_ms)
{
    return place->mode != INTAKE_AWAY
           && place->epoch == bus_epoch(intake->bus)
           && (new_only
               || (place->known && place->not_before_ms <= now_ms));
}


/* Is it asked for what is new, as far as anybody knows of something? */
static inline bool
intake_takes_new(const child_intake_t *intake, const intake_place_t *place,
    bool new_only, int64_t now_ms)
{
    return place->fresh && (new_only || place->mode == INTAKE_NEW)
           && intake_may_take(intake, place, new_only, now_ms);
}


#endif /* CHILD_PLACE_H */
