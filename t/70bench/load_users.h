#ifndef LOAD_USERS_H
#define LOAD_USERS_H

/* Who the load comes from: ids from a file, tokens made from the key. */

#include "chat_id.h"


#define LOAD_TOKEN_MAX  640


typedef struct {
    size_t   len;
    char     id[CHAT_UID_MAX];
} load_user_t;

typedef struct {
    size_t        count;
    load_user_t  *list;
    size_t        key_len;
    char         *key;
} load_users_t;


/* Both exit with a message when a file is missing or wrong. */
void load_users_read(load_users_t *users, const char *ids_file,
    const char *key_file);
void load_users_free(load_users_t *users);

chat_slice_t load_user_id(const load_users_t *users, size_t i);

/* An HS256 token for a day; returns its length. */
size_t load_user_token(const load_users_t *users, size_t i,
    char token[LOAD_TOKEN_MAX]);


#endif /* LOAD_USERS_H */
