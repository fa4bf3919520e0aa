
/*
 * worker.conf becomes a struct.  The table below is all there is to know of a
 * setting: its name, how its words are read, its bounds and its default (read
 * by the same code as a line of the file).  main and supervisor load; nobody
 * changes a config_t afterwards.
 */

#include "config_set.h"
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CONFIG_LINE_MAX    4096
#define CONFIG_SPACES      " \t\r\n"

#define CONFIG_AT(member)  offsetof(config_t, member)
#define CONFIG_COUNT       (sizeof(settings) / sizeof(settings[0]))


static const char *const  redis_uris[] = { "redis://", "unix:/", NULL };
static const char *const  mongodb_uris[] = {
    "mongodb://", "mongodb+srv://", NULL
};
static const char *const  samesites[] = { "Lax", "Strict", "None", NULL };
static const char *const  log_levels[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug", NULL
};
static const char *const  presences[] = {
    [CONFIG_PRESENCE_CONTACTS] = "contacts",
    [CONFIG_PRESENCE_EVERYONE] = "everyone", NULL
};

static const config_setting_t  settings[] = {
    { "redis", config_set_uri, CONFIG_AT(redis), 0, 0,
      "redis://127.0.0.1:6379/0", redis_uris },
    { "redis_prefix", config_set_text, CONFIG_AT(redis_prefix), 0, 0,
      CHAT_BUS_PREFIX, NULL },
    { "mongodb", config_set_uri, CONFIG_AT(mongodb), 0, 0,
      "mongodb://127.0.0.1:27017/chat?w=majority&journal=true",
      mongodb_uris },
    { "log", config_set_text, CONFIG_AT(log), 0, 0, "off", NULL },
    { "log_level", config_set_enum, CONFIG_AT(log_level), 0, 0, "info",
      log_levels },
    { "pid", config_set_text, CONFIG_AT(pid), 0, 0, "off", NULL },

    { "lane", config_set_lane, 0, 1, 64, NULL, NULL },
    { "slots", config_set_number, CONFIG_AT(slots), 1, CHAT_SLOTS_MAX,
      "16", NULL },
    { "batch", config_set_number, CONFIG_AT(batch), 1, 1000, "256", NULL },
    { "lease", config_set_ms, CONFIG_AT(lease_ms), 2, 60, "5s", NULL },
    { "roster", config_set_number, CONFIG_AT(roster), 1, 10000000,
      "20000", NULL },

    { "jwt_key", config_set_key, 0, 0, 0, NULL, NULL },
    { "jwt_issuer", config_set_text, CONFIG_AT(jwt_issuer), 0, 0, "off", NULL },
    { "token_ttl", config_set_seconds, CONFIG_AT(token_ttl_s), 10, 31536000,
      "15m", NULL },
    { "refresh_ttl", config_set_seconds, CONFIG_AT(refresh_ttl_s), 10,
      31536000, "30d", NULL },

    { "cookie", config_set_text, CONFIG_AT(cookie_name), 0, 0, "jwt", NULL },
    { "cookie_samesite", config_set_choice, CONFIG_AT(cookie_samesite), 0, 0,
      "Lax", samesites },
    { "cookie_domain", config_set_text, CONFIG_AT(cookie_domain), 0, 0,
      "off", NULL },
    { "cookie_secure", config_set_flag, CONFIG_AT(cookie_secure), 0, 0,
      "off", NULL },

    { "bcrypt_cost", config_set_number, CONFIG_AT(bcrypt_cost), 4, 16,
      "10", NULL },
    { "password_min", config_set_number, CONFIG_AT(password_min), 6, 64,
      "8", NULL },
    { "fanout_limit", config_set_number, CONFIG_AT(fanout_limit), 2,
      MODEL_MEMBERS_MAX, "50", NULL },
    { "presence", config_set_enum, CONFIG_AT(presence), 0, 0, "contacts",
      presences },
    { "presence_grace", config_set_ms, CONFIG_AT(presence_grace_ms), 0, 300,
      "5s", NULL },
    { "recovery", config_set_ms, CONFIG_AT(recovery_ms), 10, 86400,
      "3m", NULL },
    { "roles", config_set_list, CONFIG_AT(roles), 0, 0,
      "member student parent instructor admin", NULL },
    { "fields", config_set_list, CONFIG_AT(fields), 0, 0,
      "GLSI IRS LISI LAI IOT LT", NULL },
    { "years", config_set_list, CONFIG_AT(years), 0, 0, "1 2 3", NULL },
    { "diagnostics", config_set_flag, CONFIG_AT(diagnostics), 0, 0,
      "off", NULL }
};

/* If the file has no line `lane`. */
static const char *const  lane_defaults[] = {
    "default+read 2", "auth+upload 1"
};


static const config_setting_t *
config_find(const char *name)
{
    size_t  i;

    for (i = 0; i < CONFIG_COUNT; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }

    return NULL;
}


/* Cuts a line into words; a word that begins with # and all behind it go. */
static uint32_t
config_split(char *line, char **words, uint32_t max)
{
    char      *word, *next;
    uint32_t   n;

    n = 0;

    for (word = strtok_r(line, CONFIG_SPACES, &next); word && word[0] != '#';
         word = strtok_r(NULL, CONFIG_SPACES, &next))
    {
        if (n < max) {
            words[n] = word;
        }

        n++;
    }

    return n;
}


static bool
config_apply(config_file_t *file, const config_setting_t *setting,
    const char *text)
{
    char      line[CONFIG_LINE_MAX], *words[CONFIG_WORDS_MAX];
    uint32_t  n;

    snprintf(line, sizeof(line), "%s", text);
    n = config_split(line, words, CONFIG_WORDS_MAX);

    return setting->set(file, setting, words, n);
}


/* `seen` has a place for each setting. */
static bool
config_line(config_file_t *file, char *line, bool *seen)
{
    char                    *name, *rest;
    const config_setting_t  *setting;

    name = strtok_r(line, CONFIG_SPACES, &rest);

    if (name == NULL || name[0] == '#') {
        return true;
    }

    setting = config_find(name);

    if (setting == NULL) {
        return config_fail(file, "there is no such setting");
    }

    if (seen[setting - settings] && setting->set != config_set_lane) {
        return config_fail(file, "stands here a second time");
    }

    seen[setting - settings] = true;

    return config_apply(file, setting, rest);
}


static bool
config_lines(config_file_t *file, FILE *fp, bool *seen)
{
    char    line[CONFIG_LINE_MAX], name[64];
    size_t  n;

    while (fgets(line, sizeof(line), fp)) {
        file->line++;
        n = strspn(line, CONFIG_SPACES);
        snprintf(name, sizeof(name), "%.*s",
                 (int) strcspn(line + n, CONFIG_SPACES), line + n);

        if (strlen(line) == sizeof(line) - 1) {
            config_fail(file, "the line is too long");

        } else if (config_line(file, line, seen)) {
            continue;
        }

        fprintf(stderr, "chat-worker: %s:%u: %s: %s\n", file->path, file->line,
                name, file->why);

        return false;
    }

    return true;
}


static void
config_defaults(config_file_t *file, const bool *seen)
{
    size_t                   i;
    const config_setting_t  *lane;

    for (i = 0; i < CONFIG_COUNT; i++) {
        if (!seen[i] && settings[i].absent
            && !config_apply(file, &settings[i], settings[i].absent))
        {
            fprintf(stderr, "chat-worker: default of %s: %s\n",
                    settings[i].name, file->why);
            abort();
        }
    }

    lane = config_find("lane");

    for (i = 0; file->config->lane_count < 2 && !seen[lane - settings]; i++) {
        if (!config_apply(file, lane, lane_defaults[i])) {
            abort();
        }
    }
}


/* What no single line can say. */
static bool
config_check(config_file_t *file)
{
    const char  *wrong;
    config_t    *c = file->config;

    wrong = NULL;

    if (c->jwt_key == NULL) {
        wrong = "jwt_key: is missing: jwt_key HS256 <file>";

    } else if (c->redis_prefix == NULL) {
        wrong = "redis_prefix: cannot be off";

    } else if (c->cookie_samesite && strcmp(c->cookie_samesite, "None") == 0
               && !c->cookie_secure)
    {
        wrong = "cookie_samesite: None needs cookie_secure on (browsers "
                "refuse the cookie)";
    }

    if (wrong) {
        fprintf(stderr, "chat-worker: %s: %s\n", file->path, wrong);
    }

    return wrong == NULL;
}


config_t *
config_load(const char *path)
{
    bool           seen[CONFIG_COUNT], ok;
    FILE          *fp;
    config_file_t  file;

    fp = fopen(path, "re");

    if (fp == NULL) {
        fprintf(stderr, "chat-worker: %s: %s\n", path, strerror(errno));
        return NULL;
    }

    memset(&file, 0, sizeof(file));
    memset(seen, 0, sizeof(seen));
    file.path = path;
    file.config = calloc(1, sizeof(config_t));

    if (file.config == NULL) {
        abort();
    }

    ok = config_lines(&file, fp, seen);
    fclose(fp);

    if (ok) {
        config_defaults(&file, seen);
        ok = config_check(&file);
    }

    if (!ok) {
        config_destroy(&file.config);
    }

    return file.config;
}


static void
config_words_free(config_words_t *list)
{
    while (list->count) {
        free(list->words[--list->count]);
    }
}


void
config_destroy(config_t **config)
{
    config_t  *c = *config;

    if (c == NULL) {
        return;
    }

    free(c->redis);
    free(c->redis_prefix);
    free(c->mongodb);
    free(c->log);
    free(c->pid);
    free(c->jwt_algorithm);
    free(c->jwt_key);
    free(c->jwt_kid);
    free(c->jwt_issuer);
    free(c->cookie_name);
    free(c->cookie_samesite);
    free(c->cookie_domain);
    config_words_free(&c->roles);
    config_words_free(&c->fields);
    config_words_free(&c->years);
    free(c);

    *config = NULL;
}
