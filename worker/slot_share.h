
/*
 * Who is to have which slots of a lane: each process looks at the same facts
 * and decides for itself what it takes and what it gives away.
 */

#ifndef SLOT_SHARE_H
#define SLOT_SHARE_H


#include "chat_id.h"


#define SLOT_PROCESSES_MAX   256     /* that serve one lane */
#define SLOT_NOBODY          -1      /* the lease is free */
#define SLOT_STRANGER        -2      /* somebody who is not announced */

/* What is to be done with a slot: */
#define SLOT_KEEP            -1      /* nothing */
#define SLOT_TAKE            -2
/* or the place of the process that it is handed to */


/* ceil(slots / processes), what nobody takes more than. */
uint32_t slot_share(uint32_t slots, uint32_t processes);

/*
 * `holders` says of each slot which of the `processes` (0 and up) has it, or
 * one of the words above; `me` is one of them.  Fills `plan`: free slots are
 * taken up to the share; a slot is given to the process that has least while
 * that evens them out.
 */
void slot_plan(const int *holders, uint32_t slots, uint32_t processes,
    uint32_t me, int *plan);


#endif /* SLOT_SHARE_H */
