
/*
 * The connection to MongoDB and what its calls answer.  Only worker/store/
 * knows libmongoc and bson.
 */

#ifndef STORE_H
#define STORE_H


#include "chat_status.h"

#include <stdbool.h>


typedef enum {
    STORE_OK = 0,
    STORE_NOT_FOUND,
    STORE_DUPLICATE,        /* a unique index said no */
    STORE_UNAVAILABLE,      /* nothing was sent: no server could be selected */
    STORE_UNKNOWN,          /* sent, but whether it was done is not known */
    STORE_REFUSED           /* the server said no, for good */
} store_status_t;


typedef struct store_s  store_t;


/*
 * Makes indexes if asked to (the supervisor's first child does).  NULL if the
 * URI is not one; a server that is away is found later.
 */
store_t *store_create(const char *uri, const char *name);
void store_destroy(store_t **store);

store_status_t store_make_indexes(store_t *store) CHAT_MUST_CHECK;

/* True if the last call found a server; asks one with `ping` if none was. */
bool store_ping(store_t *store);


#endif /* STORE_H */
