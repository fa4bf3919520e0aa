
/*
 * How the words behind a setting's name become a member of config_t; config.c
 * has the table that says which setting is read how.  For config.c alone.
 */

#ifndef CONFIG_SET_H
#define CONFIG_SET_H


#include "config.h"

#include <stddef.h>


#define CONFIG_WHY_MAX   256


typedef struct {
    config_t    *config;
    const char  *path;                    /* of worker.conf */
    uint32_t     line;
    char         why[CONFIG_WHY_MAX];     /* what is wrong with the line */
} config_file_t;


typedef struct config_setting_s  config_setting_t;

/* words[0] is the first behind the name; false: `why` says what is wrong. */
typedef bool (*config_set_pt)(config_file_t *file,
    const config_setting_t *setting, char **words, uint32_t count);


struct config_setting_s {
    const char          *name;
    config_set_pt        set;
    size_t               offset;     /* in config_t */
    uint64_t             min;        /* of a number; of a time, in seconds */
    uint64_t             max;
    const char          *absent;     /* the default, read like a line; NULL */
    const char *const   *known;      /* words allowed; of a URI, beginnings */
};


bool config_fail(config_file_t *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));      /* always false */
char *config_strdup(const char *text);

/* False after config_fail(). */
bool config_count(config_file_t *file, uint32_t count, uint32_t expected);

/* The place of the word in a list ended by NULL; -1 after config_fail(). */
int config_choose(config_file_t *file, const char *const *list,
    const char *word);

/* The number that a text begins with, and what is behind it. */
bool config_digits(const char *text, uint64_t *n, const char **rest);

bool config_set_text(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_uri(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_choice(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_enum(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_number(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_ms(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_seconds(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_flag(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_list(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_key(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);
bool config_set_lane(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count);


#endif /* CONFIG_SET_H */
