
/*
 * The circle of online-users, for the beginning of a session.  It must be the
 * one that presence tells changes to.
 */


#include "contacts.h"

#include <stdlib.h>


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


static void
contacts_leave_out(const char *self, const char **uids, uint32_t *count)
{
    uint32_t  i, n;

    for (i = 0, n = 0; i < *count; i++) {
        if (strcmp(uids[i], self) != 0) {
            uids[n++] = uids[i];
        }
    }

    *count = n;
}


bool
contacts_of(job_t *job, const model_conversation_t *list, uint32_t count,
    const char ***uids, uint32_t *found)
{
    store_status_t  status;

    status = presence_everyone(job->world->presence, job->pool, uids, found);

    if (status == STORE_OK) {
        contacts_leave_out(job->uid, *uids, found);
        return true;
    }

    if (status == STORE_NOT_FOUND) {
        contacts_sharing(job, list, count, uids, found);
        return true;
    }

    job_fail_store(job, status);

    return false;
}
