
/*
 * The same reading of a request as chat_target's, which has set
 * job->conversation; here what is wrong with it is told.
 */


#include "target.h"
#include "input.h"


/* The conversation's id was computed for this person. */
static bool
target_person(job_t *job, const char *name, chat_slice_t text,
    const char **peer)
{
    *peer = input_uid(job, text);

    if (*peer == NULL || job->conversation[0] == '\0') {
        job_fail(job, 404, "user_not_found", "No such user");
        return false;
    }

    return input_check(job, name, (strcmp(*peer, job->uid) == 0)
                                  ? "is yourself" : NULL);
}


bool
target_of_input(job_t *job, const char **peer)
{
    bool          ok;
    chat_slice_t  conversation, to, user;

    ok = input_text(job, "conversationId", &conversation);
    ok &= input_text(job, "to", &to);
    ok &= input_text(job, "userId", &user);

    if (!ok) {
        return false;
    }

    if (conversation.data != NULL) {
        *peer = NULL;
        return true;
    }

    if (to.data != NULL) {
        return target_person(job, "to", to, peer);
    }

    if (user.data != NULL) {
        return target_person(job, "userId", user, peer);
    }

    return input_check(job, "to", "is missing");
}


bool
target_of_path(job_t *job, const char **peer)
{
    return target_person(job, "to", input_slice(job->params[0]), peer);
}
