
/*
 * worker.conf: one setting a line, `name value…`, `#` starts a comment.
 * config.c holds the one table of settings with types, bounds and defaults;
 * docs/operations.md lists the same.
 */

#ifndef CONFIG_H
#define CONFIG_H


#include "chat_bus_names.h"
#include "log.h"

#include <stdbool.h>
#include <stdint.h>


#define CONFIG_LANES_MAX   16      /* lines `lane`, that is groups of lanes */
#define CONFIG_GROUP_MAX   4       /* lanes that one process serves */
#define CONFIG_WORDS_MAX   32      /* words of a list: roles, fields… */


typedef struct {
    char       lanes[CONFIG_GROUP_MAX][CHAT_LANE_MAX];
    uint32_t   lane_count;
    uint32_t   processes;
} config_lane_t;


typedef struct {
    char      *words[CONFIG_WORDS_MAX];
    uint32_t   count;
} config_words_t;


typedef enum {
    CONFIG_PRESENCE_CONTACTS = 0,
    CONFIG_PRESENCE_EVERYONE
} config_presence_t;


typedef struct {
    char               *redis;           /* redis://[user:pass@]host:port/db,
                                            unix:/path */
    char               *redis_prefix;
    char               *mongodb;            /* any mongodb URI */
    char               *log;                /* NULL: stderr */
    log_level_t         log_level;
    char               *pid;                /* NULL: none */

    config_lane_t       lanes[CONFIG_LANES_MAX];
    uint32_t            lane_count;
    uint32_t            slots;
    uint32_t            batch;              /* jobs at most */
    uint32_t            lease_ms;
    uint32_t            roster;             /* conversations in memory */

    char               *jwt_algorithm;
    char               *jwt_key;            /* contents of the file */
    char               *jwt_kid;            /* NULL: none */
    char               *jwt_issuer;         /* NULL: none */
    uint32_t            token_ttl_s;
    uint32_t            refresh_ttl_s;

    char               *cookie_name;        /* NULL: no cookie */
    char               *cookie_samesite;
    char               *cookie_domain;      /* NULL: none */
    bool                cookie_secure;

    uint32_t            bcrypt_cost;
    uint32_t            password_min;
    uint32_t            fanout_limit;       /* members of a small one */
    config_presence_t   presence;
    uint32_t            presence_grace_ms;
    uint32_t            recovery_ms;        /* of a user's log behind the last
                                               session: window + pings */
    config_words_t      roles;              /* the first is a new user's */
    config_words_t      fields;
    config_words_t      years;
    bool                diagnostics;        /* handle_diagnostics.h */
} config_t;


/*
 * NULL after having said on standard error which line is wrong and why.
 * Secrets are read from the files named, relative to the file's folder.
 */
config_t *config_load(const char *path);
void config_destroy(config_t **config);


#endif /* CONFIG_H */
