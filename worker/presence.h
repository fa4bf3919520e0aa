
/*
 * Who is online, as Redis knows it.  docs/bus.md, "Presence".
 */

#ifndef PRESENCE_H
#define PRESENCE_H


#include "model.h"
#include "store/store.h"


typedef struct presence_s  presence_t;


/* online[i] for uids[i]. */
store_status_t presence_online(presence_t *presence, const char *const *uids,
    uint32_t count, bool *online) CHAT_MUST_CHECK;

/* What an nginx process says of a user's sockets. */
store_status_t presence_set(presence_t *presence, const char *incarnation,
    const char *uid, uint64_t count) CHAT_MUST_CHECK;


#endif /* PRESENCE_H */
