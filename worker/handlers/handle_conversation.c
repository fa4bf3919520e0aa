
/*
 * GET /api/conversations, /:id, /:id/messages and /api/messages/:uid, in lane
 * `read`: MongoDB first, Redis's marks over it, so that what was told is what
 * is read.  What is stored and not told yet is not shown.
 */


#include "handle_conversation.h"
#include "access.h"
#include "input.h"
#include "latest.h"
#include "link.h"
#include "view.h"
#include "../validate/rules.h"


#define CONVERSATIONS_MAX  1000     /* looked through for one list */


/* Where the page begins: behind the conversation named `after`. */
static uint32_t
conversation_list_start(job_t *job, const model_conversation_t *list,
    uint32_t count)
{
    uint32_t     i;
    const char  *after;

    after = job_query(job, "after");

    for (i = 0; after != NULL && i < count; i++) {
        if (strcmp(list[i].id, after) == 0) {
            return i + 1;
        }
    }

    return 0;
}


job_status_t
handle_conversation_list(job_t *job)
{
    uint32_t                 i, start, limit, count;
    chat_buf_t              *b;
    model_conversation_t    *list;
    const model_message_t  **last;

    if (!input_query_limit(job, RULES_LIST_DEFAULT, RULES_LIST_MAX, &limit)
        || !access_mine(job, CONVERSATIONS_MAX, &list, &count))
    {
        return JOB_DONE;
    }

    start = conversation_list_start(job, list, count);
    list += start;
    count -= start;

    if (count > limit) {
        count = limit;
        link_set(job, NULL, link_to(job, "next", "after", list[count - 1].id));
    }

    last = latest_messages(job, list, count);
    if (last == NULL) {
        return JOB_DONE;
    }

    b = job_reply(job, 200);
    chat_buf_byte(b, '[');

    for (i = 0; i < count; i++) {
        chat_buf_str(b, (i == 0) ? "" : ",");
        view_conversation(b, &list[i],
                          model_member(&list[i], input_slice(job->uid)),
                          last[i]);
    }

    chat_buf_byte(b, ']');

    return JOB_DONE;
}


/* The id in the path; NULL: answered. */
static const char *
conversation_param(job_t *job)
{
    const char  *id;

    id = input_id(job, input_slice(job->params[0]));
    if (id == NULL) {
        job_fail(job, 404, "conversation_not_found", "No such conversation");
    }

    return id;
}


job_status_t
handle_conversation_one(job_t *job)
{
    const char              *id;
    model_member_t          *member;
    model_conversation_t    *conversation;
    const model_message_t  **last;

    id = conversation_param(job);

    if (id == NULL || !access_reader(job, id, NULL, &conversation, &member)) {
        return JOB_DONE;
    }

    last = latest_messages(job, conversation, 1);

    if (last != NULL) {
        view_conversation(job_reply(job, 200), conversation, member, last[0]);
    }

    return JOB_DONE;
}


/* Older ones are there if the page does not begin with the first message. */
static void
history_links(job_t *job, const model_conversation_t *conversation,
    const model_message_t *list, uint32_t count)
{
    const char  *previous, *next, *seq;

    previous = next = NULL;

    if (count == 0) {
        return;
    }

    if (list[0].seq > 1) {
        seq = pool_printf(job->pool, "%llu", (unsigned long long) list[0].seq);
        previous = link_to(job, "prev", "before", seq);
    }

    if (list[count - 1].seq < conversation->told_seq) {
        seq = pool_printf(job->pool, "%llu",
                          (unsigned long long) list[count - 1].seq);
        next = link_to(job, "next", "after", seq);
    }

    link_set(job, previous, next);
}


/* conversation NULL: nothing was written in it yet. */
static void
history_answer(job_t *job, store_status_t status,
    const model_conversation_t *conversation, const model_message_t *list,
    uint32_t count)
{
    uint32_t     i;
    chat_buf_t  *b;

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return;
    }

    history_links(job, conversation, list, count);

    b = job_reply(job, 200);
    chat_buf_byte(b, '[');

    for (i = 0; i < count; i++) {
        chat_buf_str(b, (i == 0) ? "" : ",");
        view_message(b, &list[i], conversation);
    }

    chat_buf_byte(b, ']');
}


/* Answered when the pages of the batch are read together. */
static job_status_t
history_page(job_t *job, const char *id, const char *peer)
{
    bool                   ok;
    model_member_t        *member;
    reading_page_t         page;
    model_conversation_t  *conversation;

    memset(&page, 0, sizeof(page));

    ok = input_query_number(job, "before", &page.before);
    ok &= input_query_number(job, "after", &page.after);
    ok &= input_query_limit(job, RULES_LIST_DEFAULT, RULES_MESSAGES_MAX,
                            &page.limit);

    if (!ok || !access_reader(job, id, peer, &conversation, &member)) {
        return JOB_DONE;
    }

    if (conversation == NULL) {
        history_answer(job, STORE_OK, NULL, NULL, 0);
        return JOB_DONE;
    }

    page.conversation = conversation;
    page.forward = page.before == 0 && job_query(job, "after") != NULL;

    if (page.before == 0 || page.before > conversation->told_seq) {
        page.before = conversation->told_seq + 1;
    }

    reading_ask(job->world->reading, job, &page, history_answer);

    return JOB_DONE;
}


job_status_t
handle_conversation_history(job_t *job)
{
    const char  *id;

    id = conversation_param(job);

    return (id != NULL) ? history_page(job, id, NULL) : JOB_DONE;
}


job_status_t
handle_conversation_with(job_t *job)
{
    char         id[CHAT_ID_LEN];
    const char  *peer;

    peer = input_uid(job, input_slice(job->params[0]));

    if (peer == NULL || strcmp(peer, job->uid) == 0) {
        return job_fail(job, 404, "user_not_found", "No such user");
    }

    chat_id_direct(input_slice(job->uid), input_slice(peer), id);

    return history_page(job, pool_strndup(job->pool, id, CHAT_ID_LEN), peer);
}
