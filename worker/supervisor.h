
/*
 * The parent of all: forks the processes that work, and again when one dies.
 */

#ifndef SUPERVISOR_H
#define SUPERVISOR_H


#include "config.h"


/*
 * Runs until TERM or INT; takes `config` over, HUP reads `path` again.  The
 * exit status.
 */
int supervisor_run(const char *path, config_t *config);


#endif /* SUPERVISOR_H */
