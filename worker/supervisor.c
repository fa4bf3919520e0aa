
/*
 * The supervisor forks a group of processes for each line `lane` and does no
 * work itself: no thread, no MongoDB, and Redis only to give back at once the
 * leases of a process that died.  One that dies is forked again, more slowly
 * each time it does not live long.  HUP: new ones with the new settings, the
 * old ones end when their batch is finished.
 */

#include "supervisor.h"
#include "child.h"
#include "log.h"
#include "slot.h"
#include "tick.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>


#define SUPERVISOR_STOP_MS     10000     /* then KILL */
#define SUPERVISOR_LIFE_MS     10000     /* who lives longer was well */
#define SUPERVISOR_AGAIN_MS    100       /* doubled for each short life */
#define SUPERVISOR_AGAIN_MAX   5000
#define SUPERVISOR_REDIS_MS    1000
#define SUPERVISOR_NAME_MAX    128


typedef struct supervisor_child_s  supervisor_child_t;

struct supervisor_child_s {
    supervisor_child_t  *next;
    pid_t                pid;              /* 0: to be forked at fork_at_ms */
    config_lane_t        group;
    char                 owner[SUPERVISOR_NAME_MAX];
    bool                 leaving;          /* is not forked again */
    int64_t              forked_ms;
    int64_t              fork_at_ms;
    int64_t              again_ms;
};


typedef struct {
    const char          *path;
    config_t            *config;
    supervisor_child_t  *children;
    sigset_t             signals;
    int                  status;
    bool                 stopping;
    int64_t              kill_at_ms;
} supervisor_t;


/* --- forking ------------------------------------------------------------ */

/* <hostname>.<pid>.<8 hex> */
static void
supervisor_name(char owner[SUPERVISOR_NAME_MAX], pid_t pid, uint32_t random)
{
    size_t  i;
    char    host[64];

    if (gethostname(host, sizeof(host)) == -1) {
        strcpy(host, "worker");
    }

    host[sizeof(host) - 1] = '\0';

    /* it is a word of our announcement */
    for (i = 0; host[i]; i++) {
        if (host[i] <= ' ' || host[i] > '~') {
            host[i] = '_';
        }
    }

    snprintf(owner, SUPERVISOR_NAME_MAX, "%s.%d.%08x", host, (int) pid,
             random);
}


/* Our own end, however it comes, is the child's. */
static _Noreturn void
supervisor_be_child(supervisor_t *s, supervisor_child_t *child, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);

    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }

    exit(child_run(s->config, &child->group, child->owner));
}


static void
supervisor_fork(supervisor_t *s, supervisor_child_t *child)
{
    pid_t     parent, pid;
    uint32_t  random;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
        log_error("supervisor: no random bytes");
        abort();
    }

    parent = getpid();
    pid = fork();

    if (pid == 0) {
        supervisor_name(child->owner, getpid(), random);
        supervisor_be_child(s, child, parent);
    }

    child->forked_ms = tick_ms();

    if (pid == -1) {
        log_error("supervisor: cannot fork: %s", strerror(errno));
        child->fork_at_ms = child->forked_ms + SUPERVISOR_AGAIN_MAX;
        return;
    }

    child->pid = pid;
    supervisor_name(child->owner, pid, random);
}


static void
supervisor_fork_all(supervisor_t *s)
{
    uint32_t             i, n;
    supervisor_child_t  *child;

    for (i = 0; i < s->config->lane_count; i++) {
        for (n = 0; n < s->config->lanes[i].processes; n++) {
            child = calloc(1, sizeof(supervisor_child_t));

            if (child == NULL) {
                abort();
            }

            child->group = s->config->lanes[i];
            child->next = s->children;
            s->children = child;
            supervisor_fork(s, child);
        }
    }
}


/* Those whose time has come; in how many ms the next one's does. */
static int64_t
supervisor_fork_due(supervisor_t *s)
{
    int64_t              now_ms, wait_ms;
    supervisor_child_t  *child;

    now_ms = tick_ms();
    wait_ms = SUPERVISOR_AGAIN_MAX;

    for (child = s->children; child; child = child->next) {

        if (child->pid != 0) {
            continue;
        }

        if (child->fork_at_ms <= now_ms) {
            supervisor_fork(s, child);

        } else if (child->fork_at_ms - now_ms < wait_ms) {
            wait_ms = child->fork_at_ms - now_ms;
        }
    }

    return wait_ms;
}


/* --- dying -------------------------------------------------------------- */

/* Without this its slots would be idle until the leases lapse. */
static void
supervisor_release(supervisor_t *s, supervisor_child_t *child)
{
    bus_t  *bus;

    bus = bus_create(s->config, BUS_PLAIN, SUPERVISOR_REDIS_MS);

    if (slot_release_all(bus, &child->group, child->owner) != BUS_OK) {
        log_warn("supervisor: the leases of %s will lapse", child->owner);
    }

    bus_destroy(&bus);
}


static void
supervisor_say_death(const supervisor_t *s, const supervisor_child_t *child,
    int status)
{
    if (WIFSIGNALED(status)) {
        log_error("supervisor: %s died of signal %d (%s)", child->owner,
                  WTERMSIG(status), strsignal(WTERMSIG(status)));

    } else if (WEXITSTATUS(status) != 0) {
        log_error("supervisor: %s ended with status %d", child->owner,
                  WEXITSTATUS(status));

    } else if (!child->leaving && !s->stopping) {
        log_warn("supervisor: %s ended", child->owner);
    }
}


static void
supervisor_remove(supervisor_t *s, supervisor_child_t *child)
{
    supervisor_child_t  **at;

    for (at = &s->children; *at != child; at = &(*at)->next) { /* void */ }

    *at = child->next;
    free(child);
}


static void
supervisor_bury(supervisor_t *s, supervisor_child_t *child, int status)
{
    bool  long_life;

    supervisor_say_death(s, child, status);

    if (status != 0) {
        supervisor_release(s, child);
    }

    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CONFIG_ERROR) {
        s->status = CHILD_CONFIG_ERROR;
    }

    if (child->leaving || s->stopping) {
        supervisor_remove(s, child);
        return;
    }

    long_life = tick_ms() - child->forked_ms > SUPERVISOR_LIFE_MS;
    child->again_ms = (long_life || child->again_ms == 0)
                      ? SUPERVISOR_AGAIN_MS : 2 * child->again_ms;

    if (child->again_ms > SUPERVISOR_AGAIN_MAX) {
        child->again_ms = SUPERVISOR_AGAIN_MAX;
    }

    child->pid = 0;
    child->fork_at_ms = tick_ms() + (long_life ? 0 : child->again_ms);
}


static void
supervisor_reap(supervisor_t *s)
{
    int                  status;
    pid_t                pid;
    supervisor_child_t  *child;

    for ( ;; ) {
        pid = waitpid(-1, &status, WNOHANG);

        if (pid <= 0) {
            return;
        }

        for (child = s->children; child && child->pid != pid;
             child = child->next)
        {
            /* void */
        }

        if (child) {
            supervisor_bury(s, child, status);
        }
    }
}


/* --- signals ------------------------------------------------------------ */

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
