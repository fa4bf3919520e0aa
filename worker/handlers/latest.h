
/*
 * The last message of each of many conversations: read by its seq, never
 * copied into the conversation.
 */

#ifndef LATEST_H
#define LATEST_H


#include "../job.h"


/* messages[i] is list[i]'s, NULL if it has none; from the pool.  NULL:
 * answered. */
const model_message_t **latest_messages(job_t *job,
    const model_conversation_t *list, uint32_t count);


#endif /* LATEST_H */
