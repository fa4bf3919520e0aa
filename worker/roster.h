
/*
 * The conversations of the slots that this process holds, in memory.  They
 * may be kept because only the holder changes them; when a slot is lost, all
 * that was known about it is forgotten.
 */

#ifndef ROSTER_H
#define ROSTER_H


#include "marks.h"
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


/* --- for child and batch ------------------------------------------------ */

roster_t *roster_create(uint32_t slots, uint32_t limit);
void roster_destroy(roster_t **roster);

/*
 * Loads those that are not in memory, in three calls: the documents, their
 * marks, the highest seqs stored.  Not STORE_OK: none of the missing ones was
 * loaded.
 */
store_status_t roster_load(roster_t *roster, store_t *store, marks_t *marks,
    const char *const *ids, uint32_t count) CHAT_MUST_CHECK;

/* What is in memory may be wrong: it is forgotten when the batch ends. */
void roster_doubt(roster_t *roster, const char *id);

/* A conversation that was made is stored now: it may stay, and was written. */
void roster_trust(roster_t *roster, const char *id);

void roster_forget(roster_t *roster, const char *id);
void roster_forget_slot(roster_t *roster, uint32_t slot);

/* The batch is over: doubtful ones go, and the oldest above the limit. */
void roster_end_batch(roster_t *roster, int64_t now_ms);


/* --- marks that MongoDB does not have yet -------------------------------- */

/* Marks of the conversation have been put into Redis. */
void roster_moved(roster_t *roster, const char *id, int64_t now_ms);

/* They were written to MongoDB; when that was last, 0: not known. */
void roster_written(roster_t *roster, const char *id, int64_t now_ms);
int64_t roster_written_ms(roster_t *roster, const char *id);

/* The conversations of a slot whose marks moved and were not written since;
 * the list is in the pool, what it points to in the roster. */
uint32_t roster_unwritten(roster_t *roster, pool_t *pool, uint32_t slot,
    model_conversation_t ***list);


#endif /* ROSTER_H */
