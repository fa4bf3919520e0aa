
/*
 * Marks that MongoDB does not have yet (docs/bus.md, "Marks"): written behind
 * by the holder of a slot, and put back when Redis forgot them.
 */

#ifndef MARKS_BEHIND_H
#define MARKS_BEHIND_H


#include "bus.h"
#include "roster.h"
#include "store/store.h"


/* Borrowed from the child. */
typedef struct {
    bus_t       *bus;
    store_t     *store;
    roster_t    *roster;
    const char  *owner;
    const char  *lane;
} marks_holder_t;


/*
 * Writes what is due of these slots, or with `all` whatever MongoDB lacks.
 * Not STORE_OK: it stays due.
 */
store_status_t marks_write_behind(const marks_holder_t *holder,
    const uint32_t *slots, uint32_t count, bool all) CHAT_MUST_CHECK;

/*
 * After a new epoch: the marks of the slot's conversations that MongoDB may
 * lack go back into Redis if the lease is ours again, else to MongoDB at once.
 * False: that failed, and they are lost with the memory of the slot.
 */
bool marks_restore(const marks_holder_t *holder, uint32_t slot, bool held);

/*
 * Before the first job of these slots is taken: if nobody has done so in this
 * epoch, raises the marks `seq` to the last messages.  known[i]: the marks of
 * that slot are all in Redis; else this is to be tried again.
 */
void marks_learn(const marks_holder_t *holder, const uint32_t *slots,
    uint32_t count, bool *known);


#endif /* MARKS_BEHIND_H */
