
/*
 * A message that is stored becomes known: marks move, every member is told.
 */

#ifndef ANNOUNCE_H
#define ANNOUNCE_H


#include "../job.h"


/*
 * Answers the sender, tells the members, and before this message those that are
 * stored and were told by nobody.  False: these cannot be read now, and nothing
 * was done.
 */
bool announce_message(job_t *job, model_conversation_t *conversation,
    const model_message_t *message) CHAT_MUST_CHECK;


#endif /* ANNOUNCE_H */
