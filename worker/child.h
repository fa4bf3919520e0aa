
/*
 * One process that works: take a batch, run it, commit it, finish it.
 */

#ifndef CHILD_H
#define CHILD_H


#include "config.h"


#define CHILD_CONFIG_ERROR  78     /* exit status: trying again is no use */


/*
 * Runs until it is told to end (TERM, INT) and gives back the exit status.
 * `owner` is the process's name on the bus.  Called right after fork.
 */
int child_run(const config_t *config, const config_lane_t *group,
    const char *owner);


#endif /* CHILD_H */
