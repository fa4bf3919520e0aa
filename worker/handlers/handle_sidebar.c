
/*
 * GET /api/messages/users: everyone but the asker, those with whom there is a
 * direct conversation first, most recent first, then the others by name; each
 * with presence, the last message and how much is unread.
 */


#include "handle_sidebar.h"
#include "access.h"
#include "input.h"
#include "latest.h"
#include "people.h"
#include "view.h"
#include "../store/store_user.h"
#include "../validate/rules.h"

#include <stdlib.h>


#define SIDEBAR_MAX  1000     /* people, and conversations looked through */


typedef struct {
    model_user_t            user;
    model_conversation_t   *conversation;     /* NULL: none yet */
    const model_message_t  *last;
} sidebar_entry_t;


typedef struct {
    sidebar_entry_t  *entries;
    uint32_t          count;
} sidebar_t;


/* Direct conversations to the front; how many. */
static uint32_t
sidebar_keep_direct(model_conversation_t *list, uint32_t count)
{
    uint32_t  i, n;

    for (i = 0, n = 0; i < count; i++) {
        if (list[i].type == MODEL_DIRECT && list[i].member_count == 2) {
            list[n++] = list[i];
        }
    }

    return n;
}


static const char *
sidebar_peer(job_t *job, const model_conversation_t *conversation)
{
    const model_member_t  *members = conversation->members;

    return members[strcmp(members[0].uid, job->uid) == 0 ? 1 : 0].uid;
}


static int
sidebar_compare(const void *a, const void *b)
{
    const model_user_t  *x = a, *y = b;

    return strcmp(x->id, y->id);
}


static int
sidebar_compare_key(const void *key, const void *user)
{
    return strcmp(key, ((const model_user_t *) user)->id);
}


/* Those one talks to, in the order of the conversations; `peers` are their
 * accounts, sorted by id on return. */
static bool
sidebar_add_peers(job_t *job, sidebar_t *sidebar, model_conversation_t *list,
    uint32_t count, model_user_t **peers, uint32_t *found)
{
    uint32_t                 i;
    const char             **uids;
    model_user_t            *user;
    store_status_t           status;
    sidebar_entry_t         *entry;
    const model_message_t  **last;

    uids = pool_alloc(job->pool, count * sizeof(char *) + 1);

    for (i = 0; i < count; i++) {
        uids[i] = sidebar_peer(job, &list[i]);
    }

    status = store_user_load(job->world->store, job->pool, uids, count, peers,
                             found);
    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    last = latest_messages(job, list, count);
    if (last == NULL) {
        return false;
    }

    qsort(*peers, *found, sizeof(model_user_t), sidebar_compare);

    for (i = 0; i < count; i++) {
        user = bsearch(uids[i], *peers, *found, sizeof(model_user_t),
                       sidebar_compare_key);

        if (user != NULL) {
            entry = &sidebar->entries[sidebar->count++];
            entry->user = *user;
            entry->conversation = &list[i];
            entry->last = last[i];
        }
    }

    return true;
}


/* The others, by name. */
static bool
sidebar_add_others(job_t *job, sidebar_t *sidebar, uint32_t limit,
    const model_user_t *peers, uint32_t peer_count)
{
    uint32_t             i, count;
    model_user_t        *list;
    store_status_t       status;
    store_user_query_t   query;

    memset(&query, 0, sizeof(query));
    query.order = STORE_USER_BY_NAME;
    query.limit = limit + 1;                 /* the asker is among them */

    status = store_user_list(job->world->store, job->pool, &query, &list,
                             &count);
    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    for (i = 0; i < count && sidebar->count < limit; i++) {
        if (strcmp(list[i].id, job->uid) != 0
            && bsearch(list[i].id, peers, peer_count, sizeof(model_user_t),
                       sidebar_compare_key)
               == NULL)
        {
            sidebar->entries[sidebar->count++].user = list[i];
        }
    }

    return true;
}


static void
sidebar_write_entry(job_t *job, chat_buf_t *b, const sidebar_entry_t *entry,
    bool online)
{
    const model_member_t  *self;

    chat_buf_byte(b, '{');
    view_user_members(b, &entry->user, strcmp(job->role, "admin") == 0);
    view_bool(b, "online", online);

    if (entry->conversation != NULL) {
        self = model_member(entry->conversation, input_slice(job->uid));

        view_string(b, "conversationId", entry->conversation->id);
        view_number(b, "unreadCount", view_unread(entry->conversation, self));

    } else {
        view_number(b, "unreadCount", 0);
    }

    view_key(b, "lastMessage");

    if (entry->last != NULL) {
        view_message(b, entry->last, entry->conversation);

    } else {
        chat_buf_str(b, "null");
    }

    chat_buf_byte(b, '}');
}


static job_status_t
sidebar_write(job_t *job, const sidebar_t *sidebar)
{
    bool            *online;
    uint32_t         i;
    chat_buf_t      *b;
    const char     **uids;
    store_status_t   status;

    online = pool_alloc(job->pool, sidebar->count + 1);
    uids = pool_alloc(job->pool, sidebar->count * sizeof(char *) + 1);

    for (i = 0; i < sidebar->count; i++) {
        uids[i] = sidebar->entries[i].user.id;
    }

    status = presence_online(job->world->presence, uids, sidebar->count,
                             online);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    b = job_reply(job, 200);
    chat_buf_byte(b, '[');

    for (i = 0; i < sidebar->count; i++) {
        chat_buf_str(b, (i == 0) ? "" : ",");
        sidebar_write_entry(job, b, &sidebar->entries[i], online[i]);
    }

    chat_buf_byte(b, ']');

    return JOB_DONE;
}


job_status_t
handle_sidebar(job_t *job)
{
    uint32_t               limit, count, found;
    sidebar_t              sidebar;
    model_user_t          *peers;
    model_conversation_t  *list;

    if (!input_query_limit(job, SIDEBAR_MAX, SIDEBAR_MAX, &limit)
        || !access_mine(job, SIDEBAR_MAX, &list, &count))
    {
        return JOB_DONE;
    }

    count = sidebar_keep_direct(list, count);
    count = (count < limit) ? count : limit;

    sidebar.count = 0;
    sidebar.entries = pool_alloc(job->pool, limit * sizeof(sidebar_entry_t));

    if (!sidebar_add_peers(job, &sidebar, list, count, &peers, &found)
        || !sidebar_add_others(job, &sidebar, limit, peers, found))
    {
        return JOB_DONE;
    }

    return sidebar_write(job, &sidebar);
}
