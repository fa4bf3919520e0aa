
/*
 * The kinds of settings that worker.conf has: texts, numbers, times, words of
 * a list.  Each function looks at the words of one line and says what is wrong
 * with them, in words for the one who wrote the line.  Knows no setting's name
 * and no default: those stand in config.c.
 */

#include "config_set.h"
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CONFIG_DIGITS_MAX  12


static const char *const  config_flags[] = { "off", "on", NULL };

static const struct {
    const char  *name;
    uint64_t     ms;
} config_units[] = {
    { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
    { "d", 86400000 }, { "", 1000 }
};


bool
config_fail(config_file_t *file, const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    vsnprintf(file->why, CONFIG_WHY_MAX, format, args);
    va_end(args);

    return false;
}


char *
config_strdup(const char *text)
{
    char  *copy;

    copy = strdup(text);
    if (copy == NULL) {
        abort();
    }

    return copy;
}


static void *
config_field(config_file_t *file, const config_setting_t *setting)
{
    return (char *) file->config + setting->offset;
}


bool
config_count(config_file_t *file, uint32_t count, uint32_t expected)
{
    return count == expected
           || config_fail(file, "takes %u word%s, not %u", expected,
                          (expected == 1) ? "" : "s", count);
}


/* The place of `word` in a list ended by NULL, or -1. */
static int
config_find(const char *const *list, const char *word)
{
    int  i;

    for (i = 0; list[i]; i++) {
        if (strcmp(list[i], word) == 0) {
            return i;
        }
    }

    return -1;
}


int
config_choose(config_file_t *file, const char *const *list, const char *word)
{
    int     i;
    size_t  n;
    char    known[CONFIG_WHY_MAX / 2];

    i = config_find(list, word);
    if (i >= 0) {
        return i;
    }

    for (i = 0, n = 0; list[i] && n < sizeof(known); i++) {
        n += (size_t) snprintf(known + n, sizeof(known) - n, "%s%s",
                               i ? ", " : "", list[i]);
    }

    config_fail(file, "\"%s\" is not one of %s", word, known);

    return -1;
}


bool
config_set_text(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    if (!config_count(file, count, 1)) {
        return false;
    }

    if (strcmp(words[0], "off") != 0) {
        *(char **) config_field(file, setting) = config_strdup(words[0]);
    }

    return true;
}


bool
config_set_uri(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    int  i;

    if (!config_count(file, count, 1)) {
        return false;
    }

    for (i = 0; setting->known[i]; i++) {
        if (strncmp(words[0], setting->known[i], strlen(setting->known[i]))
            == 0)
        {
            return config_set_text(file, setting, words, count);
        }
    }

    /* not shown: it may hold a password */
    return config_fail(file, "begins with neither %s nor %s",
                       setting->known[0], setting->known[1]);
}


bool
config_set_choice(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    return config_count(file, count, 1)
           && config_choose(file, setting->known, words[0]) >= 0
           && config_set_text(file, setting, words, count);
}


bool
config_set_enum(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    int  i;

    if (!config_count(file, count, 1)) {
        return false;
    }

    i = config_choose(file, setting->known, words[0]);
    *(int *) config_field(file, setting) = i;

    return i >= 0;
}


bool
config_set_flag(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    int  i;

    if (!config_count(file, count, 1)) {
        return false;
    }

    i = config_choose(file, config_flags, words[0]);
    *(bool *) config_field(file, setting) = i == 1;

    return i >= 0;
}


bool
config_digits(const char *text, uint64_t *n, const char **rest)
{
    size_t  len;

    len = strspn(text, "0123456789");

    if (len == 0 || len > CONFIG_DIGITS_MAX) {
        return false;
    }

    *n = strtoull(text, NULL, 10);
    *rest = text + len;

    return true;
}


bool
config_set_number(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    uint64_t     n;
    const char  *rest;

    if (!config_count(file, count, 1)) {
        return false;
    }

    if (!config_digits(words[0], &n, &rest) || *rest) {
        return config_fail(file, "\"%s\" is no number", words[0]);
    }

    if (n < setting->min || n > setting->max) {
        return config_fail(file, "%s is not between %lu and %lu", words[0],
                           setting->min, setting->max);
    }

    *(uint32_t *) config_field(file, setting) = (uint32_t) n;

    return true;
}


static bool
config_time(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count, uint64_t *ms)
{
    size_t       i;
    uint64_t     n;
    const char  *unit;

    if (!config_count(file, count, 1)) {
        return false;
    }

    if (!config_digits(words[0], &n, &unit)) {
        return config_fail(file, "\"%s\" is no time", words[0]);
    }

    for (i = 0; i < sizeof(config_units) / sizeof(config_units[0]); i++) {
        if (strcmp(config_units[i].name, unit) == 0) {
            break;
        }
    }

    if (i == sizeof(config_units) / sizeof(config_units[0])) {
        return config_fail(file, "\"%s\" is no time: its unit is not ms, s, m, "
                           "h or d", words[0]);
    }

    *ms = n * config_units[i].ms;

    if (*ms < setting->min * 1000 || *ms > setting->max * 1000) {
        return config_fail(file, "%s is not between %lus and %lus", words[0],
                           setting->min, setting->max);
    }

    return true;
}


bool
config_set_ms(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    uint64_t  ms;

    if (!config_time(file, setting, words, count, &ms)) {
        return false;
    }

    *(uint32_t *) config_field(file, setting) = (uint32_t) ms;

    return true;
}


bool
config_set_seconds(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    uint64_t  ms;

    if (!config_time(file, setting, words, count, &ms)) {
        return false;
    }

    *(uint32_t *) config_field(file, setting) = (uint32_t) (ms / 1000);

    return true;
}


bool
config_set_list(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    config_words_t  *list = config_field(file, setting);

    if (count == 0 || count > CONFIG_WORDS_MAX) {
        return config_fail(file, "takes 1 to %d words, not %u",
                           CONFIG_WORDS_MAX, count);
    }

    while (list->count < count) {
        if (strlen(words[list->count]) >= MODEL_ROLE_MAX) {
            return config_fail(file, "\"%s\" is longer than %d bytes",
                               words[list->count], MODEL_ROLE_MAX - 1);
        }

        list->words[list->count] = config_strdup(words[list->count]);
        list->count++;
    }

    return true;
}
