#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

/* The command line behind the mode's name. */

#include "load.h"


/* Exits with a message and status 2 if something is wrong or missing. */
void load_options_read(load_options_t *o, int argc, char **argv);

/* The part of --help that is about options. */
void load_options_print(void);


#endif /* LOAD_OPTIONS_H */
