
/*
 * Options as a table: what each is called, where it goes, and for numbers what
 * is allowed, because everything that the load does has an end that was said
 * here.
 */

#include "load_options.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>


#define LOAD_CONVERSATIONS      100
#define LOAD_CONVERSATIONS_MAX  1000000


typedef struct load_option_s  load_option_t;

struct load_option_s {
    const char  *name;
    void       (*set)(load_options_t *o, const load_option_t *option,
                      const char *text);     /* NULL: a flag, no argument */
    size_t       offset;
    uint64_t     initial;
    uint64_t     min;
    uint64_t     max;
    const char  *means;
};


static void load_set_number(load_options_t *o, const load_option_t *option,
    const char *text);
static void load_set_text(load_options_t *o, const load_option_t *option,
    const char *text);
static void load_set_host(load_options_t *o, const load_option_t *option,
    const char *text);
static void load_set_conversations(load_options_t *o,
    const load_option_t *option, const char *text);


#define LOAD_AT(field)  offsetof(load_options_t, field)

static const load_option_t  options[] = {
    { "--port", load_set_number, LOAD_AT(port), 0, 1, 65535,
      "the server's port" },
    { "--host", load_set_host, 0, 0, 0, 0,
      "its IPv4 address, unless 127.0.0.1" },
    { "--users", load_set_text, LOAD_AT(users_file), 0, 0, 0,
      "file: ids of users that exist, one a line" },
    { "--key", load_set_text, LOAD_AT(key_file), 0, 0, 0,
      "file: the HS256 key, with which each user gets a token" },
    { "--seconds", load_set_number, LOAD_AT(seconds), 10, 1, 86400,
      "measured time" },
    { "--warmup", load_set_number, LOAD_AT(warmup), 2, 0, 600,
      "seconds before it" },
    { "--sockets", load_set_number, LOAD_AT(sockets), 1000, 1, 1000000,
      "idle, fanout" },
    { "--token-pad", NULL, LOAD_AT(token_pad), 0, 0, 0,
      "the request of a WebSocket has 1.8 kB, as a browser's" },
    { "--senders", load_set_number, LOAD_AT(senders), 200, 1, 100000,
      "closed, rate" },
    { "--window", load_set_number, LOAD_AT(window), 4, 1, 64,
      "closed: unanswered messages of each sender" },
    { "--conversations", load_set_conversations, 0, 0, 0, 0,
      "closed, history: 100, of users 2c and 2c + 1; N-random: closed, drawn "
      "among N" },
    { "--rate", load_set_number, LOAD_AT(rate), 1000, 1, 1000000,
      "rate: messages a second" },
    { "--concurrency", load_set_number, LOAD_AT(concurrency), 32, 1, 10000,
      "history: connections" },
    { "--depth", load_set_number, LOAD_AT(depth), 0, 0, 1000000000,
      "history: pages that end at random among so many messages; 0: the "
      "newest" },
    { "--messages", load_set_number, LOAD_AT(messages), 20, 1, 1000000,
      "fanout" },
    { "--group", load_set_text, LOAD_AT(conversation), 0, 0, 0,
      "fanout: id of a conversation of all users; without it, of user 1" },
    { "--path", load_set_text, LOAD_AT(path), 0, 0, 0,
      "raw: of the WebSockets" },
    { "--text-bytes", load_set_number, LOAD_AT(text_bytes), 100, 0, 10000,
      "length of a message's text" }
};

#define LOAD_OPTIONS  (sizeof(options) / sizeof(options[0]))


static void
load_options_fail(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(2);
}


static uint64_t
load_number(const char *name, const char *text, uint64_t min, uint64_t max)
{
    char                *end;
    unsigned long long   n;

    n = strtoull(text, &end, 10);

    if (end == text || *end || *text == '-' || n < min || n > max) {
        load_options_fail(name, "not a number, or out of its bounds");
    }

    return n;
}


static void *
load_field(load_options_t *o, const load_option_t *option)
{
    return (char *) o + option->offset;
}


static void
load_set_number(load_options_t *o, const load_option_t *option,
    const char *text)
{
    *(uint64_t *) load_field(o, option) = load_number(option->name, text,
                                                      option->min, option->max);
}


static void
load_set_text(load_options_t *o, const load_option_t *option,
    const char *text)
{
    *(const char **) load_field(o, option) = text;
}


static void
load_set_host(load_options_t *o, const load_option_t *option,
    const char *text)
{
    if (inet_pton(AF_INET, text, &o->server.sin_addr) != 1) {
        load_options_fail(option->name, "no IPv4 address");
    }
}


static void
load_set_conversations(load_options_t *o, const load_option_t *option,
    const char *text)
{
    char         digits[16];
    const char  *random;

    random = strstr(text, "-random");
    o->random = (random != NULL && strcmp(random, "-random") == 0);

    (void) snprintf(digits, sizeof(digits), "%.*s",
                    (int) (o->random ? (size_t) (random - text)
                                     : strlen(text)), text);

    o->conversations = load_number(option->name, digits, 1,
                                   LOAD_CONVERSATIONS_MAX);
}


static const load_option_t *
load_option_find(const char *name)
{
    size_t  i;

    for (i = 0; i < LOAD_OPTIONS; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }

    load_options_fail(name, "no such option; see load --help");

    return NULL;
}


void
load_options_read(load_options_t *o, int argc, char **argv)
{
    int                   i;
    size_t                n;
    const load_option_t  *option;

    memset(o, 0, sizeof(load_options_t));
    o->conversations = LOAD_CONVERSATIONS;
    o->path = "/socket.io/?EIO=4&transport=websocket";
    o->server.sin_family = AF_INET;
    o->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    for (n = 0; n < LOAD_OPTIONS; n++) {
        if (options[n].set == load_set_number) {
            *(uint64_t *) load_field(o, &options[n]) = options[n].initial;
        }
    }

    for (i = 0; i < argc; i++) {
        option = load_option_find(argv[i]);

        if (option->set == NULL) {
            *(bool *) load_field(o, option) = true;
            continue;
        }

        if (++i == argc) {
            load_options_fail(option->name, "its value is missing");
        }

        option->set(o, option, argv[i]);
    }

    if (o->port == 0) {
        load_options_fail("--port", "is missing");
    }

    o->server.sin_port = htons((uint16_t) o->port);
    load_users_read(&o->users, o->users_file, o->key_file);

    if (o->users.count == 0) {
        load_options_fail("--users", "the file is empty");
    }
}


void
load_options_print(void)
{
    size_t  i;

    for (i = 0; i < LOAD_OPTIONS; i++) {
        printf("  %-16s %s", options[i].name, options[i].means);

        if (options[i].initial) {
            printf(" (%llu)", (unsigned long long) options[i].initial);
        }

        printf("\n");
    }
}
