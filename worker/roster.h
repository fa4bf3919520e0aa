
/*
 * The conversations of the slots that this process holds, in memory.  They
 * may be kept because only the holder changes them; when a slot is lost, all
 * that was known about it is forgotten.
 */

#ifndef ROSTER_H
#define ROSTER_H


#include "model.h"


typedef struct roster_s  roster_t;


/*
 * The conversation, if it was loaded and exists; NULL: there is none (child
 * loads what a batch's jobs name before any handler runs).  Valid until the
 * batch ends.  The handler may change marks in it along with job_mark().
 */
model_conversation_t *roster_get(roster_t *roster, const char *id);

/*
 * A conversation that the handler makes (a first direct message): enters it
 * with the members given, seqs 0; forgotten again if the batch fails.
 */
model_conversation_t *roster_add(roster_t *roster, const char *id,
    model_conversation_type_t type, const char *const *uids, uint32_t count,
    const char *created_by, int64_t now_ms);


#endif /* ROSTER_H */
