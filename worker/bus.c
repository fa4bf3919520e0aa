
/*
 * Redis for the worker: commands and their answers.  With its neighbours
 * bus_*.c the one unit that knows hiredis.  A connection is made when somebody
 * asks and it is time to try, and closed at the first doubt; who had a command
 * under way hears BUS_DOWN and decides, because only the caller knows whether
 * its command may be repeated.
 */

#include "bus_link.h"
#include "log.h"
#include "tick.h"

#include <poll.h>
#include <stdlib.h>


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
        bus->owed = 0;
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
bus_lost(bus_t *bus, const char *why)
{
    if (bus->kind == BUS_MAIN) {
        log_warn("bus: connection lost: %s", why);
    }

    bus->state = BUS_STATE_NONE;
    bus_close(bus);
}


static bool
bus_flush(bus_t *bus)
{
    int  done;

    for (done = 0; !done; /* void */ ) {
        if (redisBufferWrite(bus->link, &done) != REDIS_OK) {
            return false;
        }
    }

    return true;
}


/* True: this answer is one that nobody waits for. */
static bool
bus_is_owed(bus_t *bus, redisReply *reply)
{
    if (bus->owed == 0) {
        return false;
    }

    bus->owed--;

    if (reply->type == REDIS_REPLY_ERROR) {
        log_error("bus: Redis refused: %s", reply->str);
    }

    freeReplyObject(reply);

    return true;
}


/*
 * The next answer.  Waits by poll(), not in read(): a reader of a Unix socket
 * is woken for nothing when its command has been read.
 */
static bus_status_t
bus_next(bus_t *bus, int fd, int64_t ms, redisReply **reply)
{
    int            n;
    int64_t        end_ms, left;
    struct pollfd  fds[2];

    *reply = NULL;

    if (bus->link == NULL) {
        return BUS_DOWN;
    }

    end_ms = tick_ms() + ms;
    fds[0].fd = bus->link->fd;
    fds[0].events = POLLIN;
    fds[1].fd = fd;
    fds[1].events = POLLIN;

    if (!bus_flush(bus)) {
        goto lost;
    }

    for ( ;; ) {
        if (redisGetReplyFromReader(bus->link, (void **) reply) != REDIS_OK) {
            goto lost;
        }

        if (*reply) {
            if (bus_is_owed(bus, *reply)) {
                continue;
            }

            return ((*reply)->type == REDIS_REPLY_ERROR) ? BUS_REFUSED
                                                         : BUS_OK;
        }

        left = end_ms - tick_ms();
        n = poll(fds, 2, (left > 0) ? (int) left : 0);

        if (n < 0 && fd < 0) {
            continue;
        }

        if (n <= 0 || fds[0].revents == 0) {
            return BUS_LATER;
        }

        if (redisBufferRead(bus->link) != REDIS_OK) {
            goto lost;
        }
    }

lost:

    bus_lost(bus, bus->link->errstr);

    return BUS_DOWN;
}


/* An error comes with its reply. */
static bus_status_t
bus_reply(bus_t *bus, redisReply **reply)
{
    bus_status_t  rc;

    rc = bus_next(bus, -1, bus->timeout_ms, reply);

    if (rc == BUS_LATER) {
        bus_lost(bus, "no answer in time");
        rc = BUS_DOWN;
    }

    return rc;
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


bool
bus_begin(bus_t *bus, const bus_args_t *args)
{
    if (!bus_ready(bus)) {
        return false;
    }

    bus_send(bus, args);

    if (bus->link && bus_flush(bus)) {
        return true;
    }

    if (bus->link) {
        bus_lost(bus, bus->link->errstr);
    }

    return false;
}


bus_status_t
bus_ask(bus_t *bus, const bus_args_t *args, bus_value_t **value)
{
    *value = NULL;

    return bus_begin(bus, args) ? bus_receive(bus, value) : BUS_DOWN;
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


bool
bus_post(bus_t *bus, const bus_args_t *args)
{
    if (!bus_begin(bus, args)) {
        return false;
    }

    bus->owed++;

    return true;
}


bus_status_t
bus_await(bus_t *bus, int fd, int64_t ms, bus_value_t **value)
{
    redisReply    *reply;
    bus_status_t   rc;

    rc = bus_next(bus, fd, ms, &reply);

    if (rc == BUS_REFUSED) {
        log_error("bus: Redis refused: %s", reply->str);
        freeReplyObject(reply);
        reply = NULL;
        bus_close(bus);
        rc = BUS_DOWN;
    }

    *value = (bus_value_t *) reply;

    return rc;
}
