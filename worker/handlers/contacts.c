
/*
 * The circle of online-users, for the beginning of a session.  It must be the
 * one that presence tells changes to.
 */


#include "contacts.h"
#include "../store/store_user.h"

#include <stdlib.h>


#define CONTACTS_EVERYONE_MAX  1000


static int
contacts_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


/* Sorted, each once. */
static uint32_t
contacts_unique(const char **uids, uint32_t count)
{
    uint32_t  i, n;

    qsort(uids, count, sizeof(char *), contacts_compare);

    for (i = 0, n = 0; i < count; i++) {
        if (n == 0 || strcmp(uids[n - 1], uids[i]) != 0) {
            uids[n++] = uids[i];
        }
    }

    return n;
}


static bool
contacts_everyone(job_t *job, const char ***uids, uint32_t *found)
{
    uint32_t             i;
    model_user_t        *list;
    store_status_t       status;
    store_user_query_t   query;

    memset(&query, 0, sizeof(query));
    query.limit = CONTACTS_EVERYONE_MAX;

    status = store_user_list(job->world->store, job->pool, &query, &list,
                             found);
    if (status != STORE_OK) {
        job_fail_store(job, status);
        return false;
    }

    *uids = pool_alloc(job->pool, *found * sizeof(char *) + 1);

    for (i = 0; i < *found; i++) {
        (*uids)[i] = list[i].id;
    }

    return true;
}


static void
contacts_sharing(job_t *job, const model_conversation_t *list, uint32_t count,
    const char ***uids, uint32_t *found)
{
    size_t    room;
    uint32_t  i, m, limit, n;

    limit = job->world->config->fanout_limit;

    for (i = 0, room = 1; i < count; i++) {
        room += (list[i].member_count <= limit) ? list[i].member_count : 0;
    }

    *uids = pool_alloc(job->pool, room * sizeof(char *));
    n = 0;

    for (i = 0; i < count; i++) {
        if (list[i].member_count > limit) {
            continue;
        }

        for (m = 0; m < list[i].member_count; m++) {
            const char  *uid = list[i].members[m].uid;

            if (strcmp(uid, job->uid) != 0) {
                (*uids)[n++] = uid;
            }
        }
    }

    *found = contacts_unique(*uids, n);
}


bool
contacts_of(job_t *job, const model_conversation_t *list, uint32_t count,
    const char ***uids, uint32_t *found)
{
    if (job->world->config->presence == CONFIG_PRESENCE_EVERYONE) {
        return contacts_everyone(job, uids, found);
    }

    contacts_sharing(job, list, count, uids, found);

    return true;
}
