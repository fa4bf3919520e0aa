
/*
 * May the asker?  Each function answers the job (401, 403, 404, 503) if the
 * answer is no, and says so by its return value.
 */

#ifndef ACCESS_H
#define ACCESS_H


#include "../job.h"


/*
 * The asker's account: there, active, the token not older than its last
 * "sign out everywhere", the sign-in that it came from not revoked.
 */
bool access_account(job_t *job, model_user_t *user);

/*
 * For what changes a conversation (lane default): job->conversation from the
 * roster, and the asker in it; NULL: answered.
 */
model_conversation_t *access_member(job_t *job, model_member_t **member);

/*
 * For what reads: from MongoDB with Redis's marks over it.  *conversation is
 * NULL, and true returned, if `id` is that of a direct conversation in which
 * nothing was written yet (`peer`, not NULL, exists).
 */
bool access_reader(job_t *job, const char *id, const char *peer,
    model_conversation_t **conversation, model_member_t **member);

/* The asker's conversations, merged likewise, most recent first. */
bool access_mine(job_t *job, uint32_t limit, model_conversation_t **list,
    uint32_t *count);

/* The other person of a direct conversation, who exists and is active. */
bool access_peer(job_t *job, const char *uid);


#endif /* ACCESS_H */
