
/*
 * Faults at named points, for the tests alone: an ordinary build has nothing of
 * this.  The file is read anew each time, so that a test can ask for a fault
 * while the worker runs.
 */

#include "fault.h"


#ifdef CHAT_FAULTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define FAULT_LINE_MAX  256
#define FAULT_WORD_MAX  32


typedef struct {
    char  point[FAULT_WORD_MAX];
    char  action[FAULT_WORD_MAX];
    char  times[FAULT_WORD_MAX];
    char  text[FAULT_LINE_MAX];
} fault_t;


static bool
fault_read(const char *path, fault_t *fault)
{
    int    words;
    FILE  *file;

    file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }

    fault->text[0] = '\0';
    words = fscanf(file, "%31s %31s %31s %255[^\n]", fault->point,
                   fault->action, fault->times, fault->text);
    fclose(file);

    return words >= 3;
}


void
fault_point_of(const char *point, chat_slice_t what)
{
    fault_t      fault;
    const char  *path;

    path = getenv("CHAT_FAULT");

    if (path == NULL || !fault_read(path, &fault)
        || strcmp(fault.point, point) != 0)
    {
        return;
    }

    if (fault.text[0] && (what.len == 0
        || memmem(what.data, what.len, fault.text, strlen(fault.text)) == NULL))
    {
        return;
    }

    /* of several processes one takes it */
    if (strcmp(fault.times, "once") == 0 && unlink(path) != 0) {
        return;
    }

    raise(strcmp(fault.action, "stop") == 0 ? SIGSTOP : SIGKILL);
}

#endif /* CHAT_FAULTS */
