
/*
 * Tokens: signed ones that say who somebody is for some minutes (JWT; the
 * module checks them), and secret ones with which a device gets the next
 * (refresh tokens; only their hash is kept).
 */

#ifndef TOKEN_H
#define TOKEN_H


#include "../config.h"
#include "../model.h"
#include "../pool.h"


#define TOKEN_SECRET_LEN  43     /* base64url of 32 bytes */
#define TOKEN_HASH_LEN    64     /* SHA-256 in hex */


typedef struct {
    const char   *uid;           /* claims `sub` and `id` */
    const char   *role;
    const char   *session;       /* claim `sid`: the refresh token's family */
    int64_t       issued_at_s;   /* `exp` follows from config */
} token_claims_t;


/* NULL if the key does not fit the algorithm (logged). */
const char *token_sign(const config_t *config, pool_t *pool,
    const token_claims_t *claims);

/* A fresh secret and its hash, both ended by NUL; false: no randomness. */
bool token_secret(char secret[TOKEN_SECRET_LEN + 1],
    char hash[TOKEN_HASH_LEN + 1]);

/* The hash of what a client presents. */
void token_hash(chat_slice_t secret, char hash[TOKEN_HASH_LEN + 1]);


#endif /* TOKEN_H */
