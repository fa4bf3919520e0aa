
/*
 * Where Redis is, from the setting `redis`:
 * redis://[[user]:password@]host[:port][/db] or unix:/path.
 */

#ifndef BUS_ADDRESS_H
#define BUS_ADDRESS_H


#include "chat_status.h"

#include <stdint.h>


#define BUS_ADDRESS_PORT  6379


typedef struct {
    char      path[108];          /* of a Unix socket, else "" */
    char      host[256];
    int       port;
    char      user[128];          /* "": none, also of the password */
    char      password[512];
    uint32_t  db;
} bus_address_t;


/* CHAT_BAD: it is neither; CHAT_TOO_BIG: a part of it is too long. */
chat_status_t bus_address_parse(const char *text, bus_address_t *address)
    CHAT_MUST_CHECK;


#endif /* BUS_ADDRESS_H */
