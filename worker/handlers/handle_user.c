
/*
 * GET /api/users, /api/users/:id and /api/users/online.  What a person may see
 * of another is view.c's matter; a search is for the words as they stand.
 */


#include "handle_user.h"
#include "input.h"
#include "link.h"
#include "people.h"
#include "view.h"
#include "../store/store_user.h"
#include "../validate/rules.h"


static bool
user_query_order(job_t *job, store_user_query_t *query)
{
    const char  *sort;

    if (!input_query(job, "sort", &sort)) {
        return false;
    }

    if (sort == NULL || strcmp(sort, "name") == 0) {
        query->order = STORE_USER_BY_NAME;
        return true;
    }

    query->order = STORE_USER_BY_POINTS;

    return input_check(job, "sort", (strcmp(sort, "-points") == 0)
                                    ? NULL : "must be name or -points");
}


/* The last one of the page before, by whom the next begins. */
static bool
user_query_after(job_t *job, store_user_query_t *query)
{
    const char      *after, *uid;
    model_user_t    *user;
    store_status_t   status;

    after = job_query(job, "after");
    if (after == NULL) {
        return true;
    }

    uid = input_uid(job, input_slice(after));
    if (uid == NULL) {
        return input_check(job, "after", "is not a user's id");
    }

    user = pool_alloc(job->pool, sizeof(model_user_t));
    status = store_user_find(job->world->store, job->pool, uid, user);

    if (status == STORE_NOT_FOUND) {
        return input_check(job, "after", "is not a user's id");
    }

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    query->after = user;

    return true;
}


static bool
user_query(job_t *job, store_user_query_t *query)
{
    bool  ok;

    memset(query, 0, sizeof(*query));

    ok = input_query(job, "q", &query->words);
    ok &= input_query(job, "role", &query->role);
    ok &= input_query(job, "field", &query->field);
    ok &= input_query(job, "year", &query->year);
    ok &= user_query_order(job, query);
    ok &= input_query_limit(job, RULES_LIST_DEFAULT, RULES_LIST_MAX,
                            &query->limit);

    if (query->words != NULL) {
        ok &= input_check(job, "q", (strlen(query->words) > RULES_QUERY_MAX)
                                    ? "is too long" : NULL);
    }

    return ok && user_query_after(job, query);
}


job_status_t
handle_user_list(job_t *job)
{
    uint32_t             i, count;
    chat_buf_t          *b;
    const bool          *online;
    model_user_t        *list;
    store_status_t       status;
    store_user_query_t   query;

    if (!user_query(job, &query)) {
        return JOB_DONE;
    }

    status = store_user_list(job->world->store, job->pool, &query, &list,
                             &count);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    online = people_online(job, list, count);
    if (online == NULL) {
        return JOB_DONE;
    }

    if (count == query.limit) {
        link_set(job, NULL, link_to(job, "next", "after",
                                    list[count - 1].id));
    }

    b = job_reply(job, 200);
    chat_buf_byte(b, '[');

    for (i = 0; i < count; i++) {
        chat_buf_str(b, (i == 0) ? "" : ",");
        people_write(job, b, &list[i], online[i]);
    }

    chat_buf_byte(b, ']');

    return JOB_DONE;
}


job_status_t
handle_user_one(job_t *job)
{
    const bool      *online;
    const char      *uid;
    model_user_t     user;
    store_status_t   status;

    uid = input_uid(job, input_slice(job->params[0]));

    status = (uid != NULL)
             ? store_user_find(job->world->store, job->pool, uid, &user)
             : STORE_NOT_FOUND;

    if (status == STORE_NOT_FOUND) {
        return job_fail(job, 404, "user_not_found", "No such user");
    }

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    online = people_online(job, &user, 1);

    if (online != NULL) {
        people_write(job, job_reply(job, 200), &user, online[0]);
    }

    return JOB_DONE;
}


/* `a,b,c`: at most RULES_ONLINE_MAX ids; those that cannot be one are left
 * out, as are people who do not exist. */
static bool
user_online_ids(job_t *job, const char **uids, uint32_t *count)
{
    size_t       n;
    const char  *text, *uid;

    *count = 0;

    text = job_query(job, "ids");
    if (text == NULL) {
        return input_check(job, "ids", "is missing");
    }

    for (;;) {
        n = strcspn(text, ",");
        uid = input_uid(job, chat_slice_of(text, n));

        if (uid != NULL) {
            if (*count == RULES_ONLINE_MAX) {
                return input_check(job, "ids", "are more than 200");
            }

            uids[(*count)++] = uid;
        }

        if (text[n] == '\0') {
            return true;
        }

        text += n + 1;
    }
}


job_status_t
handle_user_online(job_t *job)
{
    uint32_t          i, count;
    chat_buf_t       *b;
    const bool       *online;
    const char       *uids[RULES_ONLINE_MAX];
    model_user_t     *list;
    store_status_t    status;

    if (!user_online_ids(job, uids, &count)) {
        return JOB_DONE;
    }

    status = store_user_load(job->world->store, job->pool, uids, count, &list,
                             &count);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    online = people_online(job, list, count);
    if (online == NULL) {
        return JOB_DONE;
    }

    b = job_reply(job, 200);
    chat_buf_byte(b, '[');

    for (i = 0; i < count; i++) {
        chat_buf_str(b, (i == 0) ? "{" : ",{");
        view_string(b, "userId", list[i].id);
        view_bool(b, "online", online[i]);
        view_time(b, "lastSeen", list[i].last_seen_ms);
        chat_buf_byte(b, '}');
    }

    chat_buf_byte(b, ']');

    return JOB_DONE;
}
