
/*
 * Who is online, as Redis knows it.  docs/bus.md, "Presence".
 */

#ifndef PRESENCE_H
#define PRESENCE_H


#include "bus.h"
#include "chat_bus_names.h"
#include "model.h"
#include "pool.h"
#include "store/store.h"


typedef struct presence_s  presence_t;


/* online[i] for uids[i]. */
store_status_t presence_online(presence_t *presence, const char *const *uids,
    uint32_t count, bool *online) CHAT_MUST_CHECK;

/*
 * Everybody who is online, from the pool, where worker.conf has all told of
 * all.  STORE_NOT_FOUND: it has not, or there are more than
 * PRESENCE_EVERYONE_MAX: each is told of his contacts then.
 */
#define PRESENCE_EVERYONE_MAX  1000

store_status_t presence_everyone(presence_t *presence, pool_t *pool,
    const char ***uids, uint32_t *count) CHAT_MUST_CHECK;

/* What an nginx process says of a user's sockets. */
store_status_t presence_set(presence_t *presence, const char *incarnation,
    const char *uid, uint64_t count) CHAT_MUST_CHECK;


/* --- for child ---------------------------------------------------------- */

#define PRESENCE_LANE  CHAT_LANE_READ     /* the holder of its slot 0 sweeps */


/* Borrows all of it. */
presence_t *presence_create(const config_t *config, bus_t *bus,
    store_t *store, const char *owner);
void presence_destroy(presence_t **presence);

/*
 * Once a second, by the holder of read:0: who came and went is told to those
 * whom it concerns.  What could not be told is told the next time.
 */
void presence_tick(presence_t *presence);


#endif /* PRESENCE_H */
