
/*
 * The collection `conversations`.  Marks read here are MongoDB's copies:
 * merge Redis's over them (marks.h) before anybody sees them.
 */

#ifndef STORE_CONVERSATION_H
#define STORE_CONVERSATION_H


#include "../model.h"
#include "../pool.h"
#include "store.h"


/*
 * Reads the conversations with these ids; those that do not exist are left
 * out.  stored_seq is not filled in (store_message_last_seqs).  Allocated
 * from the pool.
 */
store_status_t store_conversation_load(store_t *store, pool_t *pool,
    const char *const *ids, uint32_t count, model_conversation_t **list,
    uint32_t *found) CHAT_MUST_CHECK;

/* All of a user's, most recent first, at most `limit`. */
store_status_t store_conversation_of_user(store_t *store, pool_t *pool,
    const char *uid, uint32_t limit, model_conversation_t **list,
    uint32_t *found) CHAT_MUST_CHECK;

/*
 * Whom presence concerns: the distinct other members of the user's
 * conversations that have at most `fanout` members.  From the pool.
 */
store_status_t store_conversation_contacts(store_t *store, pool_t *pool,
    const char *uid, uint32_t fanout, const char ***uids, uint32_t *count)
    CHAT_MUST_CHECK;

/*
 * Inserts them all in one call; those that are there already are a success
 * (ids are decided beforehand).  STORE_REFUSED: the others stand, the one at
 * *refused does not.
 */
store_status_t store_conversation_create(store_t *store,
    model_conversation_t *const *list, uint32_t count, uint32_t *refused)
    CHAT_MUST_CHECK;

/*
 * Writes marks behind: one unordered bulk update with $max of lastSeq,
 * lastMessageAt and each member's readSeq and deliveredSeq.  A conversation
 * that is not there is left out.
 */
store_status_t store_conversation_write_marks(store_t *store,
    const model_conversation_t *list, uint32_t count) CHAT_MUST_CHECK;


#endif /* STORE_CONVERSATION_H */
