
/*
 * The two settings of worker.conf that are more than a word: the key, read
 * from its file so that no secret stands among the settings, and the lanes
 * that a group of processes serves.
 */

#include "config_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CONFIG_PATH_MAX    4096
#define CONFIG_KEY_MAX     16384     /* bytes of a key file */
#define CONFIG_SECRET_MIN  32        /* bytes of an HMAC's secret */


static const char *const  config_lanes[] = {
    CHAT_LANE_DEFAULT, CHAT_LANE_READ, CHAT_LANE_AUTH, CHAT_LANE_UPLOAD, NULL
};

static const char *const  config_algorithms[] = {
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384",
    "ES512", NULL
};


/* The file's text without the line end behind it; NULL after config_fail(). */
static char *
config_read_key(config_file_t *file, const char *name)
{
    char         text[CONFIG_KEY_MAX + 1], path[CONFIG_PATH_MAX];
    FILE        *fp;
    size_t       n;
    const char  *slash;

    slash = (name[0] == '/') ? NULL : strrchr(file->path, '/');
    snprintf(path, sizeof(path), "%.*s%s",
             slash ? (int) (slash - file->path + 1) : 0, file->path, name);

    fp = fopen(path, "re");

    if (fp == NULL) {
        config_fail(file, "cannot read \"%s\": %s", path, strerror(errno));
        return NULL;
    }

    n = fread(text, 1, sizeof(text), fp);
    fclose(fp);

    if (n == 0 || n > CONFIG_KEY_MAX || memchr(text, '\0', n)) {
        config_fail(file, "\"%s\" is empty, longer than %d bytes or not text",
                    path, CONFIG_KEY_MAX);
        return NULL;
    }

    /* the module cuts the same */
    while (n > 0 && strchr("\r\n ", text[n - 1])) {
        n--;
    }

    text[n] = '\0';

    return config_strdup(text);
}


bool
config_set_key(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    config_t  *config = file->config;

    (void) setting;

    if (count != 2 && (count != 3 || strncmp(words[2], "kid=", 4) != 0)) {
        return config_fail(file, "takes an algorithm, a file and perhaps "
                           "kid=…");
    }

    if (config_choose(file, config_algorithms, words[0]) < 0) {
        return false;
    }

    config->jwt_key = config_read_key(file, words[1]);

    if (config->jwt_key == NULL) {
        return false;
    }

    if (words[0][0] == 'H' && strlen(config->jwt_key) < CONFIG_SECRET_MIN) {
        return config_fail(file, "the secret is shorter than %d bytes",
                           CONFIG_SECRET_MIN);
    }

    config->jwt_algorithm = config_strdup(words[0]);

    if (count == 3) {
        config->jwt_kid = config_strdup(words[2] + 4);
    }

    return true;
}


bool
config_set_lane(config_file_t *file, const config_setting_t *setting,
    char **words, uint32_t count)
{
    int             lane;
    char           *name, *next;
    uint64_t        processes;
    const char     *rest;
    uint32_t        seen;
    config_lane_t  *group;

    if (!config_count(file, count, 2)) {
        return false;
    }

    if (file->config->lane_count == CONFIG_LANES_MAX) {
        return config_fail(file, "comes more than %d times", CONFIG_LANES_MAX);
    }

    if (!config_digits(words[1], &processes, &rest) || *rest
        || processes < setting->min || processes > setting->max)
    {
        return config_fail(file, "\"%s\" is no number between %lu and %lu",
                           words[1], setting->min, setting->max);
    }

    group = &file->config->lanes[file->config->lane_count++];
    group->processes = (uint32_t) processes;

    for (name = strtok_r(words[0], "+", &next), seen = 0; name;
         name = strtok_r(NULL, "+", &next))
    {
        lane = config_choose(file, config_lanes, name);

        if (lane < 0) {
            return false;
        }

        if (seen & (1u << lane)) {
            return config_fail(file, "names \"%s\" twice", name);
        }

        seen |= 1u << lane;
        strcpy(group->lanes[group->lane_count++], name);
    }

    return group->lane_count > 0 || config_fail(file, "names no lane");
}
