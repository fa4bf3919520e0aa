
/*
 * The packets of a session job's answer: who one is, who is online, what is
 * unread; and which large conversations are to be heard.  What stands in them
 * was read by handle_session.c.
 */


#include "session_packets.h"
#include "handle_diagnostics.h"
#include "view.h"


const model_member_t *
session_self(job_t *job, const model_conversation_t *conversation)
{
    return model_member(conversation,
                        chat_slice_of(job->uid, strlen(job->uid)));
}


static void
session_write_authenticated(job_t *job, chat_buf_t *b, const session_t *session)
{
    uint32_t   i;
    uint64_t   unread;

    chat_buf_str(b, "[\"authenticated\",{");
    view_key(b, "user");
    view_user(b, &session->user, true);
    view_bool(b, "recovered", session->offset == NULL);
    view_time(b, "expiresAt", (int64_t) job->expires_at_s * 1000);

    view_key(b, "unread");
    chat_buf_byte(b, '{');

    for (i = 0; i < session->count; i++) {
        unread = view_unread(&session->list[i],
                             session_self(job, &session->list[i]));
        if (unread != 0) {
            view_number(b, session->list[i].id, unread);
        }
    }

    chat_buf_str(b, "}}]");
}


void
session_write_online(job_t *job, const session_t *session)
{
    bool         first;
    uint32_t     i;
    chat_buf_t  *b;
    const char  *uid;

    b = job_packets(job);
    chat_buf_str(b, (b->len != 0) ? "\n" : "");
    chat_buf_str(b, "[\"online-users\",[");
    first = true;

    for (i = 0; i < session->contact_count; i++) {
        uid = session->contacts[i];

        if (session->online[i]) {
            chat_buf_str(b, first ? "" : ",");
            chat_buf_json(b, chat_slice_of(uid, strlen(uid)));
            first = false;
        }
    }

    chat_buf_str(b, "]]");
}


static const model_conversation_t *
session_conversation(const session_t *session, const char *id)
{
    uint32_t  i;

    for (i = 0; strcmp(session->list[i].id, id) != 0; i++) { /* void */ }

    return &session->list[i];
}


static void
session_write_unread(job_t *job, chat_buf_t *b, const session_t *session)
{
    uint32_t                i;
    const model_message_t  *message;

    for (i = 0; i < session->unread_count; i++) {
        message = &session->unread[i];

        chat_buf_str(b, "\n[\"new-message\",");
        view_message(b, message,
                     session_conversation(session, message->conversation));
        chat_buf_byte(b, ']');

        job_deliver(job, message->conversation, message->seq);
    }
}


static void
session_hear_large(job_t *job, const session_t *session)
{
    uint32_t  i;

    for (i = 0; i < session->count; i++) {
        if (job_is_large(job, &session->list[i])) {
            job_channel(job, session->list[i].id);
        }
    }
}


job_status_t
session_write(job_t *job, const session_t *session)
{
    chat_buf_t  *b;

    b = job_packets(job);
    session_write_authenticated(job, b, session);
    session_write_online(job, session);
    session_write_unread(job, b, session);
    session_hear_large(job, session);

    if (session->offset != NULL) {
        job_offset(job, session->offset);
    }

    diagnostics_greet(job);
    job_reply(job, 200);

    return JOB_DONE;
}
