
/*
 * Who may, in one place: handlers ask here before they do anything.  What
 * changes a conversation goes by the roster, which its slot's holder alone
 * has; readers are anywhere and go by MongoDB and Redis's marks.
 */


#include "access.h"
#include "input.h"
#include "peers.h"
#include "../store/store_conversation.h"
#include "../store/store_token.h"
#include "../store/store_user.h"

#include <stdlib.h>


static bool
access_denied(job_t *job)
{
    job_fail(job, 401, "unauthorized", "Sign in again");

    return false;
}


/* Tokens of other issuers have a `sid` of their own kind, or none. */
static bool
access_sign_in(job_t *job)
{
    store_status_t  status;

    if (input_id(job, input_slice(job->token_session)) == NULL) {
        return true;
    }

    status = store_token_family_alive(job->world->store, job->pool, job->uid,
                                      job->token_session);
    if (status == STORE_NOT_FOUND) {
        return access_denied(job);
    }

    if (status != STORE_OK) {
        job_fail_store(job, status);
    }

    return status == STORE_OK;
}


bool
access_account(job_t *job, model_user_t *user)
{
    store_status_t  status;

    status = store_user_find(job->world->store, job->pool, job->uid, user);

    if (status == STORE_NOT_FOUND) {
        return access_denied(job);
    }

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    if (!user->is_active
        || (int64_t) job->issued_at_s * 1000 < user->tokens_valid_after_ms)
    {
        return access_denied(job);
    }

    return access_sign_in(job);
}


static model_member_t *
access_find_member(job_t *job, const model_conversation_t *conversation)
{
    model_member_t  *member;

    member = model_member(conversation, input_slice(job->uid));
    if (member == NULL) {
        job_fail(job, 403, "forbidden",
                 "You are not a member of this conversation");
    }

    return member;
}


static void
access_no_conversation(job_t *job)
{
    job_fail(job, 404, "conversation_not_found", "No such conversation");
}


model_conversation_t *
access_member(job_t *job, model_member_t **member)
{
    model_conversation_t  *conversation;

    conversation = (job->conversation[0] != '\0')
                   ? roster_get(job->world->roster, job->conversation) : NULL;

    if (conversation == NULL) {
        access_no_conversation(job);
        return NULL;
    }

    *member = access_find_member(job, conversation);

    return (*member != NULL) ? conversation : NULL;
}


bool
access_peer(job_t *job, const char *uid)
{
    model_user_t    user;
    store_status_t  status;

    if (peers_known(uid, job->now_ms)) {
        return true;
    }

    status = store_user_find(job->world->store, job->pool, uid, &user);

    if (status == STORE_NOT_FOUND) {
        job_fail(job, 404, "user_not_found", "No such user");
        return false;
    }

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    if (!user.is_active) {
        job_fail(job, 403, "user_inactive", "This account is not active");
        return false;
    }

    peers_remember(uid, job->now_ms);

    return true;
}


bool
access_reader(job_t *job, const char *id, const char *peer,
    model_conversation_t **conversation, model_member_t **member)
{
    store_status_t  status;

    status = reading_load(job->world->reading, &id, 1);

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    *conversation = reading_get(job->world->reading, id);

    if (*conversation != NULL) {
        *member = access_find_member(job, *conversation);
        return *member != NULL;
    }

    if (peer == NULL) {
        access_no_conversation(job);
        return false;
    }

    return access_peer(job, peer);
}


static int
access_compare_recent(const void *a, const void *b)
{
    const model_conversation_t  *x = a, *y = b;

    return (x->last_at_ms < y->last_at_ms) - (x->last_at_ms > y->last_at_ms);
}


bool
access_mine(job_t *job, uint32_t limit, model_conversation_t **list,
    uint32_t *count)
{
    store_status_t  status;

    status = store_conversation_of_user(job->world->store, job->pool, job->uid,
                                        limit, list, count);

    if (status == STORE_OK) {
        status = marks_merge(job->world->marks, *list, *count);
    }

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    qsort(*list, *count, sizeof(model_conversation_t), access_compare_recent);

    return true;
}
