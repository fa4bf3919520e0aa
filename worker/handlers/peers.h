
/*
 * Whom this process lately saw to exist and to be active.  A conversation's
 * first message asks for its other person, and people who write to many new
 * ones would cost MongoDB a find each.
 */

#ifndef PEERS_H
#define PEERS_H


#include <stdbool.h>
#include <stdint.h>


/* True if peers_remember() was told so in the last PEERS_LIFE_MS. */
bool peers_known(const char *uid, int64_t now_ms);

void peers_remember(const char *uid, int64_t now_ms);


#define PEERS_LIFE_MS  10000


#endif /* PEERS_H */
