
/*
 * The collection `refreshTokens`: one document a token, of a family that
 * begins at a sign-in.  A token is used once; then it is revoked and its
 * successor is in the same family.
 */

#ifndef STORE_TOKEN_H
#define STORE_TOKEN_H


#include "../model.h"
#include "../pool.h"
#include "store.h"


typedef struct {
    model_id_t    id;             /* the job that made it */
    model_uid_t   user;
    model_id_t    family;         /* the job of the sign-in */
    char         *hash;           /* SHA-256 in hex */
    char         *device;         /* User-Agent */
    char         *ip;
    model_id_t    successor;      /* the job that used it, or "" */
    int64_t       created_at_ms;
    int64_t       expires_at_ms;
    int64_t       revoked_at_ms;  /* 0: not */
} store_token_t;


/* Writes it; one with this id is written over (an earlier run of the job,
 * whose secret nobody has). */
store_status_t store_token_put(store_t *store, const store_token_t *token)
    CHAT_MUST_CHECK;

store_status_t store_token_find(store_t *store, pool_t *pool, const char *hash,
    store_token_t *token) CHAT_MUST_CHECK;

/*
 * Uses it up for `successor`.  STORE_NOT_FOUND: another job was first;
 * the same job may do it again.
 */
store_status_t store_token_use(store_t *store, const store_token_t *token,
    const char *successor, int64_t now_ms) CHAT_MUST_CHECK;

/* STORE_NOT_FOUND: none of the family's tokens is alive. */
store_status_t store_token_family_alive(store_t *store, pool_t *pool,
    const char *uid, const char *family) CHAT_MUST_CHECK;

/* All of the user's, or with `family` those of one. */
store_status_t store_token_revoke(store_t *store, const char *uid,
    const char *family, int64_t now_ms) CHAT_MUST_CHECK;


#endif /* STORE_TOKEN_H */
