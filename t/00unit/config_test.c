
/*
 * worker.conf: what is read, what is refused and with which words.
 *
 * links: worker/config.c worker/config_set.c worker/config_special.c
 */

#include "tap.h"
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>


#define SECRET  "0123456789abcdef0123456789abcdef"
#define KEY     "jwt_key HS256 key\n"


static char  folder[] = "/tmp/config_test.XXXXXX";
static char  said[4096];


/* One wrong line each, behind a right one: it is number 2. */
static const struct {
    const char  *line;
    const char  *why;
} wrong[] = {
    { "nonsense 1", "nonsense: there is no such setting" },
    { "slots", "slots: takes 1 word, not 0" },
    { "slots 1 2", "slots: takes 1 word, not 2" },
    { "slots many", "slots: \"many\" is no number" },
    { "slots -1", "slots: \"-1\" is no number" },
    { "slots 1x", "slots: \"1x\" is no number" },
    { "slots 0", "slots: 0 is not between 1 and 1024" },
    { "slots 1025", "slots: 1025 is not between 1 and 1024" },
    { "slots 99999999999999999999", "slots: \"99999999999999999999\" is no "
      "number" },
    { "lease 1s", "lease: 1s is not between 2s and 60s" },
    { "lease 5 s", "lease: takes 1 word, not 2" },
    { "lease 5w", "lease: \"5w\" is no time: its unit is not ms, s, m, h or "
      "d" },
    { "lease soon", "lease: \"soon\" is no time" },
    { "cookie_secure yes", "cookie_secure: \"yes\" is not one of off, on" },
    { "log_level loud", "log_level: \"loud\" is not one of error, warn, info, "
      "debug" },
    { "presence nobody", "presence: \"nobody\" is not one of contacts, "
      "everyone" },
    { "cookie_samesite Maybe", "cookie_samesite: \"Maybe\" is not one of Lax, "
      "Strict, None" },
    { "redis localhost", "redis: begins with neither redis:// nor unix:/" },
    { "mongodb me:secret@db", "mongodb: begins with neither mongodb:// nor "
      "mongodb+srv://" },
    { "jwt_key key", "jwt_key: takes an algorithm, a file and perhaps "
      "kid=…" },
    { "jwt_key none key", "jwt_key: \"none\" is not one of HS256, HS384, "
      "HS512, RS256, RS384, RS512, ES256, ES384, ES512" },
    { "jwt_key HS256 short", "jwt_key: the secret is shorter than 32 bytes" },
    { "lane default", "lane: takes 2 words, not 1" },
    { "lane fast 1", "lane: \"fast\" is not one of default, read, auth, "
      "upload" },
    { "lane read+read 1", "lane: names \"read\" twice" },
    { "lane read 0", "lane: \"0\" is no number between 1 and 64" },
    { "roles a-role-of-more-than-thirty-one-bytes", "roles: \"a-role-of-more-"
      "than-thirty-one-bytes\" is longer than 31 bytes" },
};


static const char *
path_of(const char *name)
{
    static char  path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);

    return path;
}


static void
put(const char *name, const char *text)
{
    FILE  *fp;

    fp = fopen(path_of(name), "w");
    fputs(text, fp);
    fclose(fp);
}


/* Reads worker.conf with that text; what it says on standard error is kept. */
static config_t *
load(const char *text)
{
    int        saved, out;
    ssize_t    n;
    config_t  *config;

    put("worker.conf", text);
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    out = open(path_of("stderr"), O_RDWR|O_CREAT|O_TRUNC, 0600);
    dup2(out, STDERR_FILENO);

    config = config_load(path_of("worker.conf"));

    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    n = pread(out, said, sizeof(said) - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    close(saved);
    close(out);

    return config;
}


static void
test_defaults(void)
{
    config_t  *c;

    c = load(KEY);

    if (!tap_ok(c != NULL, "a key is all that must be said")) {
        printf("# %s", said);
        return;
    }

    tap_is_str(c->redis_prefix, "chat:", "the prefix");
    tap_is_str(c->jwt_key, SECRET, "the key is its file's text");
    tap_is_int(c->slots, 16, "slots");
    tap_is_int(c->lease_ms, 5000, "the lease, in ms");
    tap_is_int(c->token_ttl_s, 900, "a token's life, in s");
    tap_ok(c->log == NULL && c->cookie_domain == NULL, "off is none");
    tap_is_int(c->lane_count, 2, "two groups of lanes");
    tap_is_str(c->lanes[0].lanes[1], "read", "the second lane of the first");
    tap_is_int(c->lanes[0].processes, 2, "two processes");
    tap_is_str(c->roles.words[0], "member", "a new user's role");
    tap_is_int(c->years.count, 3, "three years");

    config_destroy(&c);
    tap_ok(c == NULL, "destroyed");
}


static void
test_all(void)
{
    config_t  *c;

    c = load("# a comment\n\n  \t\n"
             "  jwt_key HS512 key kid=k1   # another\n"
             "redis unix:/x/y#z\nlease 2500ms\nrefresh_ttl 2h\n"
             "lane default 3\nlane read+auth 1\nlog_level debug\n"
             "cookie off\ncookie_samesite None\ncookie_secure on\n"
             "presence everyone\nroles a b\n");

    if (!tap_ok(c != NULL, "settings are read")) {
        printf("# %s", said);
        return;
    }

    tap_is_str(c->jwt_algorithm, "HS512", "the algorithm");
    tap_is_str(c->jwt_kid, "k1", "the key's name");
    tap_is_str(c->redis, "unix:/x/y#z", "a # within a word is no comment");
    tap_is_int(c->lease_ms, 2500, "milliseconds");
    tap_is_int(c->refresh_ttl_s, 7200, "hours");
    tap_is_int(c->lane_count, 2, "the lanes named, no others");
    tap_is_int(c->lanes[0].processes, 3, "their processes");
    tap_is_int(c->log_level, LOG_DEBUG, "the level");
    tap_ok(c->cookie_name == NULL && c->cookie_secure, "the cookie");
    tap_is_int(c->presence, CONFIG_PRESENCE_EVERYONE, "presence");
    tap_is_int(c->roles.count, 2, "roles instead of the default ones");

    config_destroy(&c);
}


static void
test_wrong(void)
{
    char       text[1024], expected[1024];
    size_t     i;
    config_t  *c;

    for (i = 0; i < countof(wrong); i++) {
        snprintf(text, sizeof(text), "batch 7\n%s\n", wrong[i].line);
        snprintf(expected, sizeof(expected), "chat-worker: %s:2: %s\n",
                 path_of("worker.conf"), wrong[i].why);
        c = load(text);
        tap_is_str(said, expected, wrong[i].line);
        tap_ok(c == NULL, "  is refused");
    }

    c = load("batch 7\nbatch 8\n");
    tap_ok(c == NULL && strstr(said, ":2: batch: stands here a second time"),
           "a setting twice");

    c = load("");
    tap_ok(c == NULL && strstr(said, "jwt_key: is missing"), "no key");

    c = load(KEY "cookie_samesite None\n");
    tap_ok(c == NULL && strstr(said, "None needs cookie_secure on"),
           "a cookie that browsers refuse");

    c = load("jwt_key HS256 /nowhere/key\n");
    tap_ok(c == NULL && strstr(said, "cannot read \"/nowhere/key\""),
           "a key that is not there");

    unlink(path_of("worker.conf"));
    c = config_load(path_of("no.conf"));
    tap_ok(c == NULL, "a file that is not there");
}


int
main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    put("key", SECRET "\n");
    put("short", "short\n");

    test_defaults();
    test_all();
    test_wrong();

    unlink(path_of("key"));
    unlink(path_of("short"));
    unlink(path_of("stderr"));
    rmdir(folder);

    return tap_done();
}
