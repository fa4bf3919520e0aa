
/*
 * What is asked of a Redis before anything else: is it new enough, may it be
 * written to, does it have our functions, and is it used with the same
 * version and number of slots (docs/bus.md, "meta").  bus.c calls this after
 * connecting and says the outcome; the text of the functions is chat.lua,
 * which is part of the program.
 */

#include "bus.h"
#include "chat_bus_names.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>


#define BUS_LIBRARY         "chat_v1"
#define BUS_VERSION_MIN     7
#define BUS_RUN_ID_MAX      64
#define BUS_DETAIL_MAX      200
#define BUS_PUBSUB_MIN      (64 * 1024 * 1024)     /* see conf/redis.conf */


extern const char  bus_functions[];


/* What is asked in turn; each answers READY, or why not. */
typedef struct {
    bus_t       *bus;
    pool_t      *pool;
    uint64_t     epoch;
    char         run_id[BUS_RUN_ID_MAX];
    const char  *detail;
} bus_look_t;

typedef bus_state_t (*bus_look_pt)(bus_look_t *look);


static const char *const  state_texts[] = {
    [BUS_STATE_NONE] = "not yet tried",
    [BUS_STATE_READY] = "ready",
    [BUS_STATE_AWAY] = "cannot reach Redis (see the setting \"redis\"; trying "
                       "again)",
    [BUS_STATE_PASSWORD] = "Redis refuses user or password: correct the "
                           "setting \"redis\"",
    [BUS_STATE_OLD] = "this Redis has no functions: version 7.0 or newer is "
                      "needed",
    [BUS_STATE_REPLICA] = "this Redis is a read-only replica: name its master "
                          "in the setting \"redis\"",
    [BUS_STATE_FUNCTIONS] = "the functions of chat.lua cannot be loaded: allow "
                            "the commands FUNCTION and FCALL",
    [BUS_STATE_META] = "this Redis is used with another version or number of "
                       "slots: stop all workers and delete the key \"meta\" "
                       "behind the prefix, or correct the setting \"slots\""
};


const char *
bus_state_text(bus_state_t state)
{
    return state_texts[state];
}


/* Keeps the error's text; its first word may tell more than the command. */
static bus_state_t
bus_look_failed(bus_look_t *look, const bus_value_t *error, bus_state_t state)
{
    chat_slice_t  text;

    text = bus_text(error);
    look->detail = pool_strndup(look->pool, text.data,
                                text.len < BUS_DETAIL_MAX ? text.len
                                                          : BUS_DETAIL_MAX);

    if (strncmp(look->detail, "NOAUTH", 6) == 0) {
        return BUS_STATE_PASSWORD;
    }

    return text.len ? state : BUS_STATE_AWAY;
}


/* The value of `name:` in the text of INFO. */
static const char *
bus_look_field(bus_look_t *look, const char *info, const char *name)
{
    size_t       n;
    const char  *at;

    n = strlen(name);

    for (at = info; at; at = strchr(at, '\n')) {
        at += (*at == '\n');

        if (strncmp(at, name, n) == 0 && at[n] == ':') {
            at += n + 1;
            return pool_strndup(look->pool, at, strcspn(at, "\r\n"));
        }
    }

    return "";
}


static bus_state_t
bus_look_server(bus_look_t *look)
{
    const char    *info;
    bus_args_t     args;
    bus_value_t   *value;

    bus_args_init(&args, look->pool);
    bus_arg_str(&args, "INFO");

    if (bus_try(look->bus, &args, &value) != BUS_OK) {
        (void) bus_look_failed(look, value, BUS_STATE_AWAY);
        bus_free(&value);
        return strncmp(look->detail, "NOAUTH", 6) ? BUS_STATE_AWAY
                                                  : BUS_STATE_PASSWORD;
    }

    info = pool_slice(look->pool, bus_text(value));
    bus_free(&value);

    look->detail = bus_look_field(look, info, "redis_version");

    if (atoi(look->detail) < BUS_VERSION_MIN) {
        return BUS_STATE_OLD;
    }

    look->detail = bus_look_field(look, info, "master_host");

    if (strcmp(bus_look_field(look, info, "role"), "master") != 0) {
        return BUS_STATE_REPLICA;
    }

    look->detail = "";
    snprintf(look->run_id, sizeof(look->run_id), "%s",
             bus_look_field(look, info, "run_id"));

    return BUS_STATE_READY;
}


/* True if the library is there and is this one. */
static bool
bus_look_loaded(const bus_value_t *libraries)
{
    size_t              i;
    const bus_value_t  *library;

    library = bus_at(libraries, 0);

    for (i = 0; i + 1 < bus_count(library); i += 2) {
        if (chat_slice_eq(bus_text(bus_at(library, i)),
                          chat_slice("library_code")))
        {
            return chat_slice_eq(bus_text(bus_at(library, i + 1)),
                                 chat_slice_of(bus_functions,
                                               strlen(bus_functions)));
        }
    }

    return false;
}


static bus_state_t
bus_look_functions(bus_look_t *look)
{
    bool          loaded;
    bus_args_t    args;
    bus_state_t   state;
    bus_value_t  *value;

    bus_args_init(&args, look->pool);
    bus_arg_str(&args, "FUNCTION");
    bus_arg_str(&args, "LIST");
    bus_arg_str(&args, "LIBRARYNAME");
    bus_arg_str(&args, BUS_LIBRARY);
    bus_arg_str(&args, "WITHCODE");

    loaded = bus_try(look->bus, &args, &value) == BUS_OK
             && bus_look_loaded(value);
    bus_free(&value);

    if (loaded) {
        return BUS_STATE_READY;
    }

    bus_args_init(&args, look->pool);
    bus_arg_str(&args, "FUNCTION");
    bus_arg_str(&args, "LOAD");
    bus_arg_str(&args, "REPLACE");
    bus_arg_str(&args, bus_functions);

    state = BUS_STATE_READY;

    if (bus_try(look->bus, &args, &value) != BUS_OK) {
        state = bus_look_failed(look, value, BUS_STATE_FUNCTIONS);
    }

    bus_free(&value);

    return state;
}


static bus_state_t
bus_look_meta(bus_look_t *look)
{
    bus_args_t    args;
    bus_state_t   state;
    bus_value_t  *value;

    bus_args_call(&args, look->pool, look->bus, "epoch");
    bus_arg_str(&args, look->run_id);
    bus_arg_u64(&args, CHAT_BUS_VERSION);
    bus_arg_u64(&args, bus_config(look->bus)->slots);

    if (bus_try(look->bus, &args, &value) != BUS_OK) {
        state = bus_look_failed(look, value, BUS_STATE_META);
        bus_free(&value);

        return (state == BUS_STATE_META && !strstr(look->detail, "CHATMETA"))
               ? BUS_STATE_FUNCTIONS : state;
    }

    look->epoch = (uint64_t) bus_number(bus_at(value, 0));
    bus_free(&value);

    return BUS_STATE_READY;
}


/* `CONFIG GET name`, "" where CONFIG is forbidden. */
static const char *
bus_look_config(bus_look_t *look, const char *name)
{
    bus_args_t    args;
    const char   *text;
    bus_value_t  *value;

    bus_args_init(&args, look->pool);
    bus_arg_str(&args, "CONFIG");
    bus_arg_str(&args, "GET");
    bus_arg_str(&args, name);

    text = "";

    if (bus_try(look->bus, &args, &value) == BUS_OK) {
        text = pool_slice(look->pool, bus_text(bus_at(value, 1)));
    }

    bus_free(&value);

    return text;
}


/* What works until it does not: said, not refused. */
static bus_state_t
bus_look_settings(bus_look_t *look)
{
    long long    limit;
    const char  *text;

    text = bus_look_config(look, "maxmemory-policy");

    if (text[0] && strcmp(text, "noeviction") != 0) {
        log_warn("bus: Redis has maxmemory-policy %s and would throw out jobs "
                 "and marks: set it to noeviction", text);
    }

    text = strstr(bus_look_config(look, "client-output-buffer-limit"),
                  "pubsub ");
    limit = text ? atoll(text + 7) : 0;

    if (limit > 0 && limit < BUS_PUBSUB_MIN) {
        log_warn("bus: Redis has client-output-buffer-limit pubsub %lld: a "
                 "burst throws nginx's subscription out; set it to \"pubsub "
                 "256mb 64mb 10\"", limit);
    }

    return BUS_STATE_READY;
}


bus_state_t
bus_hello(bus_t *bus, bool warn, uint64_t *epoch, char *detail, size_t size)
{
    size_t       i;
    bus_look_t   look;
    bus_state_t  state;

    static const bus_look_pt  looks[] = {
        bus_look_server, bus_look_functions, bus_look_meta, bus_look_settings
    };

    memset(&look, 0, sizeof(look));
    look.bus = bus;
    look.pool = pool_create();
    look.detail = "";

    state = BUS_STATE_READY;

    for (i = 0; state == BUS_STATE_READY && i < 3u + warn; i++) {
        state = looks[i](&look);
    }

    *epoch = look.epoch;
    snprintf(detail, size, "%s", look.detail);
    pool_destroy(&look.pool);

    return state;
}
