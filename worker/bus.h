
/*
 * A connection to Redis: blocking, with timeouts, repaired when it broke.
 * Only bus.c knows hiredis.  What the commands mean is the callers' matter;
 * what a usable Redis is says bus_hello.c.
 */

#ifndef BUS_H
#define BUS_H


#include "chat_slice.h"
#include "chat_status.h"
#include "config.h"
#include "pool.h"


typedef struct bus_s        bus_t;
typedef struct bus_value_s  bus_value_t;     /* an answer, or a part of one */


typedef enum {
    BUS_OK = 0,
    BUS_REFUSED,       /* Redis answered with an error; it was logged */
    BUS_DOWN,          /* not sent, or sent and the answer is not known */
    BUS_LATER          /* of bus_await(): not yet */
} bus_status_t;


typedef enum {
    BUS_MAIN = 0,      /* looks whether this Redis is usable and says so in
                          the log */
    BUS_QUIET,         /* looks, says nothing */
    BUS_PLAIN          /* does not look: for the supervisor */
} bus_kind_t;


bus_t *bus_create(const config_t *config, bus_kind_t kind, int timeout_ms);
void bus_destroy(bus_t **bus);

/* True if there is a connection; makes one if it is time to try again. */
bool bus_ready(bus_t *bus);
void bus_close(bus_t *bus);

const config_t *bus_config(const bus_t *bus);

/* Of the Redis that was connected to last (docs/bus.md); 0: not yet known. */
uint64_t bus_epoch(const bus_t *bus);


/* --- commands ----------------------------------------------------------- */

/* Words of one command; the words and the list are in the pool. */
typedef struct bus_args_s {
    pool_t        *pool;
    size_t         count;
    size_t         cap;
    chat_slice_t  *words;
} bus_args_t;


void bus_args_init(bus_args_t *args, pool_t *pool);
void bus_arg(bus_args_t *args, chat_slice_t word);     /* not copied */
void bus_arg_str(bus_args_t *args, const char *word);  /* not copied */
void bus_arg_u64(bus_args_t *args, uint64_t n);
void bus_arg_printf(bus_args_t *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Begins with `FCALL chat_v1_<name> 0 <prefix>`. */
void bus_args_call(bus_args_t *args, pool_t *pool, const bus_t *bus,
    const char *name);

/* Begins with a command and the prefixed key made of `kind` and `id`. */
void bus_args_key(bus_args_t *args, pool_t *pool, const bus_t *bus,
    const char *command, const char *kind, const char *id);

/*
 * Queues a command; each is to be followed by one bus_receive(), in order,
 * unless it was BUS_DOWN: then none of those queued has an answer.
 */
void bus_send(bus_t *bus, const bus_args_t *args);

/* The next answer, to be freed, if BUS_OK; NULL otherwise. */
bus_status_t bus_receive(bus_t *bus, bus_value_t **value) CHAT_MUST_CHECK;

/* Sends one command and receives its answer. */
bus_status_t bus_ask(bus_t *bus, const bus_args_t *args, bus_value_t **value)
    CHAT_MUST_CHECK;

/* The same where only the status counts. */
bus_status_t bus_tell(bus_t *bus, const bus_args_t *args) CHAT_MUST_CHECK;

/*
 * Sends a command now whose answer nobody waits for: it is read before the one
 * of the next command, and an error in it is logged.  False: not sent.
 */
bool bus_post(bus_t *bus, const bus_args_t *args) CHAT_MUST_CHECK;

/* Sends a command now, to be followed by bus_await(); false: not sent. */
bool bus_begin(bus_t *bus, const bus_args_t *args) CHAT_MUST_CHECK;

/*
 * Waits for that command's answer until `fd` becomes readable or ms have
 * passed: BUS_LATER, and it can be waited for again.  Any error is BUS_DOWN.
 */
bus_status_t bus_await(bus_t *bus, int fd, int64_t ms, bus_value_t **value)
    CHAT_MUST_CHECK;

void bus_free(bus_value_t **value);


/* --- answers ------------------------------------------------------------ */

/* Elements of a list, 0 if it is none. */
size_t bus_count(const bus_value_t *value);
const bus_value_t *bus_at(const bus_value_t *value, size_t at);

/* A string; absent if it is none. */
chat_slice_t bus_text(const bus_value_t *value);

/* A number, also one that is written as a string; 0 if it is none. */
int64_t bus_number(const bus_value_t *value);


/* --- for bus_hello ------------------------------------------------------ */

typedef enum {
    BUS_STATE_NONE = 0,
    BUS_STATE_READY,
    BUS_STATE_AWAY,          /* no connection */
    BUS_STATE_PASSWORD,
    BUS_STATE_OLD,           /* before 7.0: no functions */
    BUS_STATE_REPLICA,
    BUS_STATE_FUNCTIONS,     /* they cannot be loaded */
    BUS_STATE_META           /* another version or number of slots is in use */
} bus_state_t;


/* Like bus_ask(), and the error's text is the caller's to judge. */
bus_status_t bus_try(bus_t *bus, const bus_args_t *args, bus_value_t **value)
    CHAT_MUST_CHECK;

/*
 * Finds out whether the Redis just connected to is usable, and its epoch;
 * `detail` is what Redis said.  `warn`: also looks at its settings.
 */
bus_state_t bus_hello(bus_t *bus, bool warn, uint64_t *epoch, char *detail,
    size_t size);

/* What the state means and what is to be done, for the log. */
const char *bus_state_text(bus_state_t state);


#endif /* BUS_H */
