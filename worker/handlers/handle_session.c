
/*
 * Session jobs, in lane `read`.  A session's beginning is one cut: MongoDB is
 * read, then in one step of Redis the present offset and the marks; what is
 * unread up to there goes out with the answer, what comes after is heard live.
 * Status 200 lets the socket in.
 */


#include "handle_session.h"
#include "access.h"
#include "contacts.h"
#include "handle_diagnostics.h"
#include "session_packets.h"
#include "view.h"
#include "../store/store_conversation.h"
#include "../store/store_message.h"


#define SESSION_CONVERSATIONS_MAX  1000
#define SESSION_UNREAD_MAX         200     /* messages; the rest by history */
#define SESSION_NEWEST             5
#define SESSION_LOOKS_MAX          5


/* --- what the packets say ------------------------------------------------ */

static bool
session_load_online(job_t *job, session_t *session)
{
    store_status_t  status;

    if (!contacts_of(job, session->list, session->count, &session->contacts,
                     &session->contact_count))
    {
        return false;
    }

    session->online = pool_alloc(job->pool, session->contact_count + 1);

    status = presence_online(job->world->presence, session->contacts,
                             session->contact_count, session->online);
    if (status != STORE_OK) {
        job_fail_store(job, status);
    }

    return status == STORE_OK;
}


/*
 * Where the newest unread messages are: the last SESSION_UNREAD_MAX of each of
 * the SESSION_UNREAD_MAX conversations that were active last.
 */
static uint32_t
session_unread_ranges(job_t *job, const session_t *session,
    store_range_t *ranges)
{
    uint32_t                     i, n;
    uint64_t                     unread;
    const model_member_t        *self;
    const model_conversation_t  *c;

    for (i = 0, n = 0; i < session->count && n < SESSION_UNREAD_MAX; i++) {
        c = &session->list[i];
        self = session_self(job, c);
        unread = view_unread(c, self);

        if (unread == 0) {
            continue;
        }

        ranges[n].conversation = c->id;
        ranges[n].upto = c->told_seq;
        ranges[n].after = (unread > SESSION_UNREAD_MAX)
                          ? c->told_seq - SESSION_UNREAD_MAX : self->read_seq;
        n++;
    }

    return n;
}


static bool
session_load_unread(job_t *job, session_t *session)
{
    uint32_t        count;
    store_range_t   ranges[SESSION_UNREAD_MAX];
    store_status_t  status;

    count = session_unread_ranges(job, session, ranges);

    status = store_message_ranges(job->world->store, job->pool, ranges, count,
                                  SESSION_UNREAD_MAX, &session->unread,
                                  &session->unread_count);
    if (status != STORE_OK) {
        job_fail_store(job, status);
    }

    return status == STORE_OK;
}


/* --- the cut ------------------------------------------------------------- */

/*
 * A conversation that began after the list was read and before the cut would
 * be in neither: what it says is told before the cut.  It is the newest.
 */
static store_status_t
session_is_whole(job_t *job, const session_t *session, bool *whole)
{
    uint32_t               i, k, count;
    store_status_t         status;
    model_conversation_t  *newest;

    status = store_conversation_of_user(job->world->store, job->pool, job->uid,
                                        SESSION_NEWEST, &newest, &count);
    *whole = true;

    for (i = 0; status == STORE_OK && i < count; i++) {

        for (k = 0; k < session->count
                    && strcmp(session->list[k].id, newest[i].id) != 0; k++)
        {
            /* void */
        }

        *whole &= k < session->count;
    }

    return status;
}


static store_status_t
session_cut(job_t *job, session_t *session)
{
    bool            whole;
    uint32_t        looks;
    store_status_t  status;

    for (looks = 0; looks < SESSION_LOOKS_MAX; looks++) {
        status = store_conversation_of_user(job->world->store, job->pool,
                                            job->uid, SESSION_CONVERSATIONS_MAX,
                                            &session->list, &session->count);
        if (status == STORE_OK) {
            status = marks_cut(job->world->marks, job->pool, job->uid,
                               session->list, session->count,
                               &session->offset);
        }

        if (status == STORE_OK) {
            status = session_is_whole(job, session, &whole);
        }

        if (status != STORE_OK || whole) {
            return status;
        }
    }

    return STORE_UNAVAILABLE;
}


/* --- states -------------------------------------------------------------- */

static job_status_t
session_open(job_t *job)
{
    session_t        session;
    store_status_t   status;

    if (!access_account(job, &session.user)) {
        return JOB_DONE;
    }

    status = session_cut(job, &session);

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    if (!session_load_online(job, &session)
        || !session_load_unread(job, &session))
    {
        return JOB_DONE;
    }

    return session_write(job, &session);
}


/* The module has what was missed; presence is logged nowhere, so it is said
 * again. */
static bool
session_load_present(job_t *job, session_t *session)
{
    session->offset = NULL;
    session->unread_count = 0;

    return access_mine(job, SESSION_CONVERSATIONS_MAX, &session->list,
                       &session->count)
           && session_load_online(job, session);
}


static job_status_t
session_resume(job_t *job)
{
    session_t  session;

    if (!access_account(job, &session.user)
        || !session_load_present(job, &session))
    {
        return JOB_DONE;
    }

    return session_write(job, &session);
}


/* It went on, but may have missed who came and went. */
static job_status_t
session_again(job_t *job)
{
    session_t  session;

    if (session_load_present(job, &session)) {
        session_write_online(job, &session);
        job_reply(job, 200);
    }

    return JOB_DONE;
}


/* Who is gone, presence counts; nothing else ends with a session. */
static job_status_t
session_close(job_t *job)
{
    job_reply(job, 200);

    return JOB_DONE;
}


static const struct {
    const char      *state;
    job_handler_pt   handler;
} session_states[] = {
    { "open", session_open },
    { "resume", session_resume },
    { "again", session_again },
    { "close", session_close }
};


job_status_t
handle_session(job_t *job)
{
    size_t        i;
    chat_slice_t  state = job->envelope.headers[CHAT_H_STATE];

    if (diagnostics_alone(job)) {
        return handle_diagnostics_join(job);
    }

    for (i = 0; i < sizeof(session_states) / sizeof(session_states[0]); i++) {
        const char  *name = session_states[i].state;

        if (chat_slice_eq(state, chat_slice_of(name, strlen(name)))) {
            return session_states[i].handler(job);
        }
    }

    return job_fail(job, 400, "bad_request", "Unknown state of a session");
}
