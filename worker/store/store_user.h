
/*
 * The collection `users`.  A password's hash is read where a login is
 * checked, and nowhere else.
 */

#ifndef STORE_USER_H
#define STORE_USER_H


#include "../model.h"
#include "../pool.h"
#include "store.h"


typedef enum {
    STORE_USER_BY_NAME = 0,
    STORE_USER_BY_POINTS      /* most first */
} store_user_order_t;


/* NULL: whatever it be.  `after`: the last user of the page before. */
typedef struct {
    const char           *words;      /* part of fullName or username */
    const char           *role;
    const char           *field;
    const char           *year;
    const model_user_t   *after;
    store_user_order_t    order;
    uint32_t              limit;
} store_user_query_t;


/*
 * Inserts a user whose id was decided beforehand; one with this id is our own
 * earlier try and a success.  STORE_DUPLICATE: *taken is "email" or
 * "username".
 */
store_status_t store_user_create(store_t *store, pool_t *pool,
    const model_user_t *user, const char **taken) CHAT_MUST_CHECK;

store_status_t store_user_find(store_t *store, pool_t *pool, const char *uid,
    model_user_t *user) CHAT_MUST_CHECK;

/* By "email" or "username", with the password's hash. */
store_status_t store_user_find_login(store_t *store, pool_t *pool,
    const char *field, const char *value, model_user_t *user) CHAT_MUST_CHECK;

/* Those of these ids that exist, in any order. */
store_status_t store_user_load(store_t *store, pool_t *pool,
    const char *const *uids, uint32_t count, model_user_t **list,
    uint32_t *found) CHAT_MUST_CHECK;

/* Active ones. */
store_status_t store_user_list(store_t *store, pool_t *pool,
    const store_user_query_t *query, model_user_t **list, uint32_t *found)
    CHAT_MUST_CHECK;

/* lastLogin, lastSeen, tokensValidAfter: moved upwards only. */
store_status_t store_user_logged_in(store_t *store, const char *uid,
    int64_t at_ms) CHAT_MUST_CHECK;
store_status_t store_user_seen(store_t *store, const char *const *uids,
    uint32_t count, int64_t at_ms) CHAT_MUST_CHECK;
store_status_t store_user_sign_out(store_t *store, const char *uid,
    int64_t at_ms) CHAT_MUST_CHECK;


#endif /* STORE_USER_H */
