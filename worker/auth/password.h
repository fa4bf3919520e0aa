
/*
 * Passwords as bcrypt hashes, so that those of existing applications keep
 * working.  One call costs what `cost` says: a tenth of a second at 11.
 */

#ifndef PASSWORD_H
#define PASSWORD_H


#include <stdbool.h>
#include <stdint.h>


#define PASSWORD_HASH_MAX  64     /* bytes with the NUL: $2b$ has 60 */


/* A fresh "$2b$" hash; false if the system has no randomness or no bcrypt. */
bool password_hash(const char *password, uint32_t cost,
    char hash[PASSWORD_HASH_MAX]);

/* False for a hash that is not bcrypt ($2a$, $2b$, $2y$), too. */
bool password_matches(const char *password, const char *hash);

/* Takes as long as a comparison with a hash of that cost; for a user that
 * does not exist. */
void password_waste(const char *password, uint32_t cost);


#endif /* PASSWORD_H */
