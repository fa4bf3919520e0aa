
/*
 * Presence: what handlers ask and say of it.  Redis keeps it (chat.lua knows
 * the edges and the grace); telling others is presence_tell.c's matter.
 */

#include "presence_tell.h"

#include <stdlib.h>


#define PRESENCE_ONLINE  "online"


presence_t *
presence_create(const config_t *config, bus_t *bus, store_t *store,
    const char *owner)
{
    presence_t  *presence;

    presence = calloc(1, sizeof(presence_t));

    if (presence == NULL) {
        abort();
    }

    presence->config = config;
    presence->bus = bus;
    presence->store = store;
    presence->owner = owner;
    presence->pool = pool_create();
    presence->tell_pool = pool_create();

    return presence;
}


void
presence_destroy(presence_t **presence)
{
    if (*presence == NULL) {
        return;
    }

    pool_destroy(&(*presence)->tell_pool);
    pool_destroy(&(*presence)->pool);
    free(*presence);
    *presence = NULL;
}


store_status_t
presence_online(presence_t *presence, const char *const *uids, uint32_t count,
    bool *online)
{
    uint32_t       i;
    bus_args_t     args;
    bus_value_t   *answer;

    if (count == 0) {
        return STORE_OK;
    }

    pool_reset(presence->pool);
    bus_args_key(&args, presence->pool, presence->bus, "SMISMEMBER",
                 PRESENCE_ONLINE, "");

    for (i = 0; i < count; i++) {
        bus_arg_str(&args, uids[i]);
    }

    if (bus_ask(presence->bus, &args, &answer) != BUS_OK) {
        return STORE_UNAVAILABLE;
    }

    for (i = 0; i < count; i++) {
        online[i] = bus_number(bus_at(answer, i)) == 1;
    }

    bus_free(&answer);

    return STORE_OK;
}


store_status_t
presence_set(presence_t *presence, const char *incarnation, const char *uid,
    uint64_t count)
{
    bus_args_t  args;

    pool_reset(presence->pool);
    bus_args_call(&args, presence->pool, presence->bus, "presence");
    bus_arg_str(&args, incarnation);
    bus_arg_str(&args, uid);
    bus_arg_u64(&args, count);
    bus_arg_u64(&args, presence->config->presence_grace_ms);

    return (bus_tell(presence->bus, &args) == BUS_OK) ? STORE_OK
                                                      : STORE_UNAVAILABLE;
}


static store_status_t
presence_members(presence_t *presence, pool_t *pool, const char ***uids,
    uint32_t *count)
{
    size_t         i;
    bus_args_t     args;
    bus_value_t   *answer;

    pool_reset(presence->pool);
    bus_args_key(&args, presence->pool, presence->bus, "SMEMBERS",
                 PRESENCE_ONLINE, "");

    if (bus_ask(presence->bus, &args, &answer) != BUS_OK) {
        return STORE_UNAVAILABLE;
    }

    *count = (uint32_t) bus_count(answer);
    *uids = pool_alloc(pool, (*count + 1) * sizeof(char *));

    for (i = 0; i < *count; i++) {
        (*uids)[i] = pool_slice(pool, bus_text(bus_at(answer, i)));
    }

    bus_free(&answer);

    return STORE_OK;
}


/* How many there are is asked first: the set may be huge. */
store_status_t
presence_everyone(presence_t *presence, pool_t *pool, const char ***uids,
    uint32_t *count)
{
    int64_t       online;
    bus_args_t    args;
    bus_value_t  *answer;

    if (presence->config->presence != CONFIG_PRESENCE_EVERYONE) {
        return STORE_NOT_FOUND;
    }

    pool_reset(presence->pool);
    bus_args_key(&args, presence->pool, presence->bus, "SCARD",
                 PRESENCE_ONLINE, "");

    if (bus_ask(presence->bus, &args, &answer) != BUS_OK) {
        return STORE_UNAVAILABLE;
    }

    online = bus_number(answer);
    bus_free(&answer);

    return (online <= PRESENCE_EVERYONE_MAX)
           ? presence_members(presence, pool, uids, count) : STORE_NOT_FOUND;
}
