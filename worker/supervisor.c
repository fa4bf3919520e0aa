
/*
 * The supervisor forks a group of processes for each line `lane` and does no
 * work itself: no thread, no MongoDB, and Redis only to give back the leases
 * of a process that died (supervisor_child.c).  HUP: new ones with the new
 * settings, the old ones end when their batch is finished.
 */

#include "supervisor.h"
#include "child.h"
#include "log.h"
#include "supervisor_child.h"
#include "tick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define SUPERVISOR_STOP_MS  10000     /* then KILL */


static void
supervisor_signal_all(const supervisor_t *s, int number)
{
    supervisor_child_t  *child;

    for (child = s->children; child; child = child->next) {
        if (child->pid != 0) {
            kill(child->pid, number);
        }
    }
}


/* Those that wait to be forked are not forked any more. */
static void
supervisor_send_away(supervisor_t *s)
{
    supervisor_child_t  *child, *next;

    supervisor_signal_all(s, SIGTERM);

    for (child = s->children; child; child = next) {
        next = child->next;
        child->leaving = true;

        if (child->pid == 0) {
            supervisor_remove(s, child);
        }
    }
}


static void
supervisor_stop(supervisor_t *s)
{
    if (s->stopping) {
        return;
    }

    log_info("supervisor: stopping");
    s->stopping = true;
    s->kill_at_ms = tick_ms() + SUPERVISOR_STOP_MS;
    supervisor_send_away(s);
}


static void
supervisor_reload(supervisor_t *s)
{
    config_t  *config;

    config = config_load(s->path);

    if (config == NULL || !log_open(config->log, config->log_level)) {
        log_error("supervisor: the new settings are not used: see chat-worker "
                  "-t -c %s", s->path);
        config_destroy(&config);
        return;
    }

    log_info("supervisor: new settings");
    config_destroy(&s->config);
    s->config = config;
    supervisor_send_away(s);
    supervisor_fork_all(s);
}


static void
supervisor_handle(supervisor_t *s, int number)
{
    switch (number) {

    case SIGTERM:
    case SIGINT:
        supervisor_stop(s);
        return;

    case SIGHUP:
        if (!s->stopping) {
            supervisor_reload(s);
        }

        return;

    case SIGUSR1:
        log_reopen();
        supervisor_signal_all(s, SIGUSR1);
        return;

    case SIGCHLD:
        supervisor_reap(s);
        return;
    }
}


/* The next signal, or -1 when ms have passed. */
static int
supervisor_wait(supervisor_t *s, int64_t ms)
{
    struct timespec  time;

    time.tv_sec = ms / 1000;
    time.tv_nsec = ms % 1000 * 1000000;

    return sigtimedwait(&s->signals, NULL, &time);
}


static void
supervisor_loop(supervisor_t *s)
{
    int64_t  wait_ms;

    while (s->children) {
        wait_ms = s->stopping ? s->kill_at_ms - tick_ms()
                              : supervisor_fork_due(s);

        if (wait_ms <= 0) {
            log_error("supervisor: some would not end: killed");
            supervisor_signal_all(s, SIGKILL);
            s->kill_at_ms = tick_ms() + SUPERVISOR_STOP_MS;
            continue;
        }

        supervisor_handle(s, supervisor_wait(s, wait_ms));

        if (s->status == CHILD_CONFIG_ERROR) {
            supervisor_stop(s);
        }
    }
}


/* --- beginning and end -------------------------------------------------- */

static bool
supervisor_write_pid(const config_t *config)
{
    FILE  *fp;

    if (config->pid == NULL) {
        return true;
    }

    fp = fopen(config->pid, "we");

    if (fp == NULL) {
        log_error("supervisor: cannot write \"%s\": %s", config->pid,
                  strerror(errno));
        return false;
    }

    fprintf(fp, "%d\n", (int) getpid());
    fclose(fp);

    return true;
}


int
supervisor_run(const char *path, config_t *config)
{
    supervisor_t  s;

    memset(&s, 0, sizeof(s));
    s.path = path;
    s.config = config;

    sigemptyset(&s.signals);
    sigaddset(&s.signals, SIGTERM);
    sigaddset(&s.signals, SIGINT);
    sigaddset(&s.signals, SIGHUP);
    sigaddset(&s.signals, SIGUSR1);
    sigaddset(&s.signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &s.signals, NULL);
    signal(SIGPIPE, SIG_IGN);

    log_name("supervisor");

    if (!supervisor_write_pid(s.config)) {
        config_destroy(&s.config);
        return EXIT_FAILURE;
    }

    supervisor_fork_all(&s);
    supervisor_loop(&s);

    if (s.config->pid) {
        unlink(s.config->pid);
    }

    log_info("supervisor: ended");
    config_destroy(&s.config);

    return s.status;
}
