
/*
 * Redis for the worker: commands and their answers.  With its neighbours
 * bus_*.c the one unit that knows hiredis.  A connection is made when somebody
 * asks and it is time to try, and closed at the first doubt; who had a command
 * under way hears BUS_DOWN and decides, because only the caller knows whether
 * its command may be repeated.
 */

#include "bus_link.h"
#include "log.h"

#include <poll.h>
#include <stdlib.h>


#define BUS_WAIT_SLACK_MS   500     /* Redis ends its waiting by itself */


/* After these errors the connection is of no use, whatever was asked. */
static const char *const  bus_useless[] = {
    "READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "NOPERM",
    "ERR Function not found", "MISCONF"
};


bus_t *
bus_create(const config_t *config, bus_kind_t kind, int timeout_ms)
{
    bus_t  *bus;

    bus = calloc(1, sizeof(bus_t));

    if (bus == NULL) {
        abort();
    }

    bus->config = config;
    bus->kind = kind;
    bus->timeout_ms = timeout_ms;

    return bus;
}


void
bus_destroy(bus_t **bus)
{
    if (*bus == NULL) {
        return;
    }

    bus_close(*bus);
    free(*bus);
    *bus = NULL;
}


void
bus_close(bus_t *bus)
{
    if (bus->link) {
        redisFree(bus->link);
        bus->link = NULL;
    }
}


uint64_t
bus_epoch(const bus_t *bus)
{
    return bus->epoch;
}


const config_t *
bus_config(const bus_t *bus)
{
    return bus->config;
}


void
bus_send(bus_t *bus, const bus_args_t *args)
{
    size_t        i, *lens;
    const char  **words;

    if (bus->link == NULL) {
        return;
    }

    words = pool_alloc(args->pool, args->count * sizeof(char *));
    lens = pool_alloc(args->pool, args->count * sizeof(size_t));

    for (i = 0; i < args->count; i++) {
        words[i] = (const char *) args->words[i].data;
        lens[i] = args->words[i].len;
    }

    if (redisAppendCommandArgv(bus->link, (int) args->count, words, lens)
        != REDIS_OK)
    {
        bus_close(bus);
    }
}


static bool
bus_is_useless(const char *error)
{
    size_t  i;

    for (i = 0; i < sizeof(bus_useless) / sizeof(bus_useless[0]); i++) {
        if (strncmp(error, bus_useless[i], strlen(bus_useless[i])) == 0) {
            return true;
        }
    }

    return false;
}


static void
bus_lost(bus_t *bus)
{
    if (bus->kind == BUS_MAIN) {
        log_warn("bus: connection lost: %s", bus->link->errstr);
    }

    bus->state = BUS_STATE_NONE;
    bus_close(bus);
}


/* An error comes with its reply. */
static bus_status_t
bus_reply(bus_t *bus, redisReply **reply)
{
    *reply = NULL;

    if (bus->link == NULL) {
        return BUS_DOWN;
    }

    if (redisGetReply(bus->link, (void **) reply) != REDIS_OK) {
        bus_lost(bus);
        return BUS_DOWN;
    }

    return ((*reply)->type == REDIS_REPLY_ERROR) ? BUS_REFUSED : BUS_OK;
}


bus_status_t
bus_receive(bus_t *bus, bus_value_t **value)
{
    redisReply    *reply;
    bus_status_t   rc;

    rc = bus_reply(bus, &reply);

    if (rc == BUS_REFUSED) {
        log_error("bus: Redis refused: %s", reply->str);

        if (bus_is_useless(reply->str)) {
            bus_close(bus);
            rc = BUS_DOWN;
        }

        freeReplyObject(reply);
        reply = NULL;
    }

    *value = (bus_value_t *) reply;

    return rc;
}


bus_status_t
bus_try(bus_t *bus, const bus_args_t *args, bus_value_t **value)
{
    redisReply    *reply;
    bus_status_t   rc;

    bus_send(bus, args);
    rc = bus_reply(bus, &reply);
    *value = (bus_value_t *) reply;

    return rc;
}


bus_status_t
bus_ask(bus_t *bus, const bus_args_t *args, bus_value_t **value)
{
    *value = NULL;

    if (!bus_ready(bus)) {
        return BUS_DOWN;
    }

    bus_send(bus, args);

    return bus_receive(bus, value);
}


bus_status_t
bus_tell(bus_t *bus, const bus_args_t *args)
{
    bus_value_t   *value;
    bus_status_t   rc;

    rc = bus_ask(bus, args, &value);
    bus_free(&value);

    return rc;
}


bus_value_t *
bus_wait(bus_t *bus, const bus_args_t *args, int fd, int ms)
{
    int            done;
    redisReply    *reply;
    bus_status_t   rc;
    struct pollfd  fds[2];

    fds[0].fd = fd;
    fds[0].events = POLLIN;

    if (args->count == 0 || !bus_ready(bus)) {
        poll(fds, 1, ms);
        return NULL;
    }

    bus_send(bus, args);

    for (done = 0; bus->link && !done; /* void */ ) {
        if (redisBufferWrite(bus->link, &done) != REDIS_OK) {
            bus_close(bus);
        }
    }

    if (bus->link == NULL) {
        return NULL;
    }

    fds[1].fd = bus->link->fd;
    fds[1].events = POLLIN;
    fds[1].revents = 0;

    if (poll(fds, 2, ms + BUS_WAIT_SLACK_MS) <= 0 || fds[1].revents == 0) {
        bus_close(bus);
        return NULL;
    }

    rc = bus_reply(bus, &reply);

    if (rc == BUS_REFUSED) {
        log_error("bus: Redis refused: %s", reply->str);
        freeReplyObject(reply);
        bus_close(bus);
        poll(fds, 1, ms);
        return NULL;
    }

    return (bus_value_t *) reply;
}
