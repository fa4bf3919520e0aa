
/*
 * How a connection to Redis comes to be: address, password, database, and the
 * look at what stands there (bus_hello.c).  Trying again is slowed down, and
 * what is wrong is said once a change, with what to do about it.
 */

#include "bus_address.h"
#include "bus_link.h"
#include "log.h"
#include "tick.h"

#include <errno.h>
#include <stdio.h>


#define BUS_CONNECT_MS      1000
#define BUS_RETRY_MIN_MS    50
#define BUS_RETRY_MAX_MS    1000


static redisContext *
bus_open(const bus_address_t *address)
{
    struct timeval  timeout;

    timeout.tv_sec = BUS_CONNECT_MS / 1000;
    timeout.tv_usec = BUS_CONNECT_MS % 1000 * 1000;

    return address->path[0]
           ? redisConnectUnixWithTimeout(address->path, timeout)
           : redisConnectWithTimeout(address->host, address->port, timeout);
}


/* True if Redis said OK; else `detail` is what it said. */
static bool
bus_said_ok(bus_t *bus, redisReply *reply, char *detail, size_t size)
{
    bool  ok;

    ok = reply && reply->type != REDIS_REPLY_ERROR;

    if (!ok) {
        snprintf(detail, size, "%s", reply ? reply->str : bus->link->errstr);
    }

    freeReplyObject(reply);

    return ok;
}


/* AUTH and SELECT, where the address asks for them. */
static bus_state_t
bus_login(bus_t *bus, const bus_address_t *to, char *detail, size_t size)
{
    redisReply  *reply;

    if (to->password[0]) {
        reply = to->user[0]
                ? redisCommand(bus->link, "AUTH %s %s", to->user, to->password)
                : redisCommand(bus->link, "AUTH %s", to->password);

        if (!bus_said_ok(bus, reply, detail, size)) {
            return BUS_STATE_PASSWORD;
        }
    }

    if (to->db) {
        reply = redisCommand(bus->link, "SELECT %u", to->db);

        if (!bus_said_ok(bus, reply, detail, size)) {
            return BUS_STATE_AWAY;
        }
    }

    return BUS_STATE_READY;
}


static bus_state_t
bus_connect(bus_t *bus, char *detail, size_t size)
{
    uint64_t        epoch;
    bus_state_t     state;
    bus_address_t   address;
    struct timeval  timeout;

    if (bus_address_parse(bus->config->redis, &address) != CHAT_OK) {
        snprintf(detail, size, "the address cannot be read");
        return BUS_STATE_AWAY;
    }

    bus->link = bus_open(&address);

    if (bus->link == NULL || bus->link->err) {
        snprintf(detail, size, "%s", bus->link ? bus->link->errstr
                                               : strerror(errno));
        return BUS_STATE_AWAY;
    }

    timeout.tv_sec = bus->timeout_ms / 1000;
    timeout.tv_usec = bus->timeout_ms % 1000 * 1000;

    if (redisSetTimeout(bus->link, timeout) != REDIS_OK) {
        snprintf(detail, size, "%s", bus->link->errstr);
        return BUS_STATE_AWAY;
    }

    state = bus_login(bus, &address, detail, size);

    if (state != BUS_STATE_READY || bus->kind == BUS_PLAIN) {
        return state;
    }

    state = bus_hello(bus, bus->kind == BUS_MAIN, &epoch, detail, size);

    if (state == BUS_STATE_READY) {
        bus->epoch = epoch;
    }

    return state;
}


/* Once a change of state, by the one connection that speaks for all. */
static void
bus_say(bus_t *bus, bus_state_t state, const char *detail)
{
    if (state == bus->state) {
        return;
    }

    bus->state = state;

    if (bus->kind != BUS_MAIN) {
        return;
    }

    if (state == BUS_STATE_READY) {
        log_info("bus: connected, epoch %lu", bus->epoch);
        return;
    }

    log_error("bus: %s%s%s", bus_state_text(state), detail[0] ? ": " : "",
              detail);
}


bool
bus_ready(bus_t *bus)
{
    char         detail[256];
    bus_state_t  state;

    if (bus->link) {
        return true;
    }

    if (tick_ms() < bus->retry_at_ms) {
        return false;
    }

    detail[0] = '\0';
    state = bus_connect(bus, detail, sizeof(detail));
    bus_say(bus, state, detail);

    if (state == BUS_STATE_READY) {
        bus->retry_ms = 0;
        return true;
    }

    bus_close(bus);

    bus->retry_ms *= 2;
    bus->retry_ms += (bus->retry_ms == 0) ? BUS_RETRY_MIN_MS : 0;
    bus->retry_ms = (bus->retry_ms > BUS_RETRY_MAX_MS) ? BUS_RETRY_MAX_MS
                                                       : bus->retry_ms;
    bus->retry_at_ms = tick_ms() + bus->retry_ms;

    return false;
}
