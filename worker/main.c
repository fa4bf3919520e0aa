
/*
 * START HERE.  chat-worker: the half of ngx_chat that knows the rules of the
 * chat.  nginx puts jobs into Redis; this program takes them, answers them and
 * keeps what must last in MongoDB.
 *
 *     main        reads the settings and becomes the
 *     supervisor  which forks, for each line `lane` of worker.conf,
 *     child       processes that take a batch of jobs, run each
 *     router      through its handler, commit the
 *     batch       to MongoDB and finish it: only then is anything told
 *
 * Which streams a child may read says slot, what passes through Redis and what
 * is promised docs/bus.md.
 */

#include "config.h"
#include "log.h"
#include "supervisor.h"
#include "version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define MAIN_CONFIG  "/etc/ngx_chat/worker.conf"
#define MAIN_USAGE                                                            \
    "usage: chat-worker [-t] [-v] [-c file]\n"                                \
    "  -c file  settings (default " MAIN_CONFIG ")\n"                         \
    "  -t       only look whether they are right\n"                           \
    "  -v       print the version\n"


int
main(int argc, char **argv)
{
    int          option;
    bool         test;
    config_t    *config;
    const char  *path;

    path = MAIN_CONFIG;
    test = false;

    while ((option = getopt(argc, argv, "c:tv")) != -1) {

        switch (option) {

        case 'c':
            path = optarg;
            break;

        case 't':
            test = true;
            break;

        case 'v':
            printf("chat-worker %s\n", WORKER_VERSION);
            return EXIT_SUCCESS;

        default:
            fputs(MAIN_USAGE, stderr);
            return EXIT_FAILURE;
        }
    }

    if (optind < argc) {
        fputs(MAIN_USAGE, stderr);
        return EXIT_FAILURE;
    }

    config = config_load(path);

    if (config == NULL) {
        return EXIT_FAILURE;
    }

    if (test) {
        fprintf(stderr, "chat-worker: %s is fine\n", path);
        config_destroy(&config);
        return EXIT_SUCCESS;
    }

    if (!log_open(config->log, config->log_level)) {
        fprintf(stderr, "chat-worker: cannot open \"%s\": %s\n", config->log,
                strerror(errno));
        config_destroy(&config);
        return EXIT_FAILURE;
    }

    return supervisor_run(path, config);
}
