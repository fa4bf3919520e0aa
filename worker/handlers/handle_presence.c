
/*
 * Presence is Redis's (presence.h); here it is only passed on.  Typing is told
 * to the other members, logged nowhere, and may be dropped: the next key says
 * it again.
 */


#include "handle_presence.h"
#include "access.h"
#include "target.h"
#include "view.h"


job_status_t
handle_presence(job_t *job)
{
    uint64_t        count;
    const char     *from;
    store_status_t  status;

    if (chat_envelope_number(job->envelope.headers[CHAT_H_COUNT], &count)
        != CHAT_OK)
    {
        return job_fail(job, 400, "bad_request", "count is no number");
    }

    from = pool_slice(job->pool, job->envelope.words[3]);

    status = presence_set(job->world->presence, from, job->uid, count);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    job_reply(job, 200);

    return JOB_DONE;
}


static job_status_t
presence_tell_typing(job_t *job, const char *event)
{
    chat_buf_t            *b;
    const char            *peer;
    model_member_t        *member;
    model_conversation_t  *conversation;

    if (!target_of_input(job, &peer)) {
        return JOB_DONE;
    }

    /* Before the first message there is nobody to tell. */

    if (peer == NULL
        || roster_get(job->world->roster, job->conversation) != NULL)
    {
        conversation = access_member(job, &member);
        if (conversation == NULL) {
            return JOB_DONE;
        }

        b = job_event(job, "v", false, conversation->id, 0, NULL);
        chat_buf_str(b, "[\"");
        chat_buf_str(b, event);
        chat_buf_str(b, "\",{");
        view_string(b, "conversationId", conversation->id);
        view_string(b, "userId", member->uid);
        chat_buf_str(b, "}]");

        job_to_members(job, conversation, member->uid);
    }

    job_reply(job, 200);

    return JOB_DONE;
}


job_status_t
handle_presence_typing(job_t *job)
{
    return presence_tell_typing(job, "typing");
}


job_status_t
handle_presence_stop_typing(job_t *job)
{
    return presence_tell_typing(job, "stop-typing");
}
