#ifndef LOAD_H
#define LOAD_H

/* What the command line said, and the modes it can name. */

#include <netinet/in.h>
#include <stdbool.h>

#include "load_users.h"


typedef struct {
    uint64_t             port;
    const char          *users_file;
    const char          *key_file;
    struct sockaddr_in   server;
    load_users_t         users;
    uint64_t             seconds;
    uint64_t             warmup;
    uint64_t             sockets;
    uint64_t             senders;
    uint64_t             window;
    uint64_t             conversations;
    bool                 random;         /* conversations drawn at random */
    uint64_t             rate;
    uint64_t             concurrency;
    uint64_t             messages;
    uint64_t             depth;
    uint64_t             text_bytes;
    bool                 token_pad;
    const char          *conversation;   /* of the group, NULL: one user */
    const char          *path;           /* of the WebSockets */
} load_options_t;


/* Prints the line that tells whoever measures: all are there, now it begins. */
void load_begins(void);

/* Each prints its line of results and returns 0 if nothing went wrong. */
int load_idle(const load_options_t *o);
int load_closed(const load_options_t *o);
int load_rate(const load_options_t *o);
int load_history(const load_options_t *o);
int load_fanout(const load_options_t *o);
int load_reload(const load_options_t *o);
int load_raw(const load_options_t *o);


#endif /* LOAD_H */
