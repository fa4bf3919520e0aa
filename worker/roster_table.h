
/*
 * The body of the roster, for the units roster_*.c alone.
 */

#ifndef ROSTER_TABLE_H
#define ROSTER_TABLE_H


#include "roster.h"


typedef struct roster_entry_s  roster_entry_t;

struct roster_entry_s {
    model_conversation_t    conversation;
    uint32_t                slot;
    bool                    doubtful;
    int64_t                 moved_ms;       /* marks, in Redis; 0: not yet */
    int64_t                 written_ms;     /* marks, to MongoDB */
    roster_entry_t         *chain;          /* of its bucket */
    roster_entry_t         *newer;          /* list by use */
    roster_entry_t         *older;
};


struct roster_s {
    uint32_t           slots;
    uint32_t           limit;
    uint32_t           count;
    uint32_t           mask;
    uint32_t           doubtful;            /* entries */
    roster_entry_t    *newest;
    roster_entry_t    *oldest;
    roster_entry_t   **buckets;
};


/* Zeroed; never NULL, also for nothing. */
void *roster_calloc(size_t count, size_t size);

roster_entry_t *roster_find(const roster_t *roster, const char *id);

/* Takes over what `conversation` points to (malloc). */
roster_entry_t *roster_insert(roster_t *roster,
    const model_conversation_t *conversation);


#endif /* ROSTER_TABLE_H */
