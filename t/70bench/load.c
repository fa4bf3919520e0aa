
/*
 * The load generator: many people in one process, who speak HTTP, WebSocket,
 * Engine.IO and Socket.IO to a real server.  Start here: the table of modes.
 * Each prints a line of JSON when all are there and begin, one with its
 * results at the end, and says by its exit status whether everything
 * that was sent was answered well.
 */

#include "load.h"
#include "load_loop.h"
#include "load_options.h"

#include <stdio.h>
#include <sys/resource.h>


static const struct {
    const char  *name;
    int        (*run)(const load_options_t *o);
    const char  *does;
} modes[] = {
    { "idle", load_idle,
      "opens --sockets, says so, holds them until stdin ends or --seconds" },
    { "closed", load_closed,
      "--senders keep --window messages each unanswered" },
    { "rate", load_rate,
      "--senders, two and two, send --rate messages a second" },
    { "history", load_history,
      "--concurrency connections ask for the pages of --conversations" },
    { "fanout", load_fanout,
      "--messages, one by one, to --sockets of user 1 or of --group" },
    { "reload", load_reload,
      "--sockets that come back when they are closed, as browsers do, while "
      "--rate messages a second go to them" },
    { "raw", load_raw,
      "the same by any server that gives what one publishes on --path to all" }
};

#define LOAD_MODES  (sizeof(modes) / sizeof(modes[0]))


static void
load_help(void)
{
    size_t  i;

    printf("usage: load MODE --port N --users FILE --key FILE [options]\n\n");

    for (i = 0; i < LOAD_MODES; i++) {
        printf("  %-16s %s\n", modes[i].name, modes[i].does);
    }

    printf("\noptions\n");
    load_options_print();

    printf("\nPrints a line of JSON when everybody is there, and one with the "
           "results.\nExit status: 0 all went well, 1 something failed, "
           "2 usage.\n");
}


void
load_begins(void)
{
    printf("{\"begins\": true}\n");
    fflush(stdout);
}


/* As many descriptors as the system allows: each socket is one. */
static void
load_descriptors(void)
{
    struct rlimit  limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
    }
}


int
main(int argc, char **argv)
{
    int             rc;
    size_t          i;
    load_options_t  options;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        load_help();
        return 0;
    }

    for (i = 0; argc > 1 && i < LOAD_MODES; i++) {
        if (strcmp(argv[1], modes[i].name) == 0) {
            break;
        }
    }

    if (argc < 2 || i == LOAD_MODES) {
        fputs("load: no such mode; see load --help\n", stderr);
        return 2;
    }

    load_options_read(&options, argc - 2, argv + 2);
    load_descriptors();
    load_loop_init();

    rc = modes[i].run(&options);
    load_users_free(&options.users);

    return rc;
}
