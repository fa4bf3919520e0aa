
/*
 * The children of the supervisor, for supervisor.c and supervisor_child.c.
 */

#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H


#include "config.h"

#include <signal.h>
#include <sys/types.h>


#define SUPERVISOR_NAME_MAX    128
#define SUPERVISOR_AGAIN_MAX   5000


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


/* Forks all that the settings name. */
void supervisor_fork_all(supervisor_t *s);

/* Those whose time has come; in how many ms the next one's does. */
int64_t supervisor_fork_due(supervisor_t *s);

/* Finds out who died, gives back their leases, says when they come again. */
void supervisor_reap(supervisor_t *s);

void supervisor_remove(supervisor_t *s, supervisor_child_t *child);


#endif /* SUPERVISOR_CHILD_H */
