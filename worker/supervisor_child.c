
/*
 * The processes of the supervisor: each has a name on the bus, which its
 * parent knows too, so that the leases of one that died can be given back at
 * once.  Whoever dies is forked again, more slowly each time it does not live
 * long.
 */

#include "supervisor_child.h"
#include "child.h"
#include "log.h"
#include "slot.h"
#include "tick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>


#define SUPERVISOR_LIFE_MS   10000     /* who lives longer was well */
#define SUPERVISOR_AGAIN_MS  100       /* doubled for each short life */
#define SUPERVISOR_REDIS_MS  1000


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


void
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


int64_t
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


void
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


void
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
