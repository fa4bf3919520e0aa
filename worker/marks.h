
/*
 * A conversation as it is now: MongoDB's copy with Redis's marks over it, of
 * each mark the greater.  For readers, who hold no slot; the roster is loaded
 * through the same merging.
 */

#ifndef MARKS_H
#define MARKS_H


#include "bus.h"
#include "model.h"
#include "pool.h"
#include "store/store.h"


typedef struct marks_s  marks_t;


/*
 * Merges Redis's marks over conversations just read from MongoDB (in this
 * order, or a mark settled in between would be missed).
 */
store_status_t marks_merge(marks_t *marks, model_conversation_t *list,
    uint32_t count) CHAT_MUST_CHECK;

/*
 * The same as a session's beginning: in one step the present offset (from
 * the pool) and the marks; the user's log begins, and those of his large
 * conversations.
 */
store_status_t marks_cut(marks_t *marks, pool_t *pool, const char *uid,
    model_conversation_t *list, uint32_t count, const char **offset)
    CHAT_MUST_CHECK;


/* --- for child ---------------------------------------------------------- */

/* Borrows the connection. */
marks_t *marks_create(bus_t *bus);
void marks_destroy(marks_t **marks);


#endif /* MARKS_H */
