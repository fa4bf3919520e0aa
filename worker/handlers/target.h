
/*
 * Whom a change is about, as the request names it: a conversation, or a
 * person, with whom there may be no conversation yet.
 */

#ifndef TARGET_H
#define TARGET_H


#include "../job.h"


/*
 * From the input: `conversationId`, else `to` or `userId`; from the path.
 * *peer is NULL if a conversation is named.  False: answered, because it is
 * wrong, missing, or oneself.  job->conversation is the conversation's id.
 */
bool target_of_input(job_t *job, const char **peer);
bool target_of_path(job_t *job, const char **peer);


#endif /* TARGET_H */
