
/*
 * The body of presence, for presence.c and presence_tell.c.
 */

#ifndef PRESENCE_TELL_H
#define PRESENCE_TELL_H


#include "presence.h"


struct presence_s {
    const config_t  *config;
    bus_t           *bus;
    store_t         *store;
    const char      *owner;
    pool_t          *pool;          /* of one call */
    pool_t          *tell_pool;     /* of one round of telling */
};


#endif /* PRESENCE_TELL_H */
