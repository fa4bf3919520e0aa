
/*
 * Presence beside accounts, for the handlers that list people.
 */


#include "people.h"
#include "view.h"


const bool *
people_online(job_t *job, const model_user_t *list, uint32_t count)
{
    bool             *online;
    uint32_t          i;
    const char      **uids;
    store_status_t    status;

    online = pool_alloc(job->pool, count * sizeof(bool) + 1);
    uids = pool_alloc(job->pool, count * sizeof(char *) + 1);

    for (i = 0; i < count; i++) {
        uids[i] = list[i].id;
    }

    status = presence_online(job->world->presence, uids, count, online);

    if (status != STORE_OK) {
        job_fail_store(job, status);
        return NULL;
    }

    return online;
}


void
people_write(job_t *job, chat_buf_t *b, const model_user_t *user, bool online)
{
    bool  whole;

    whole = strcmp(job->uid, user->id) == 0 || strcmp(job->role, "admin") == 0;

    chat_buf_byte(b, '{');
    view_user_members(b, user, whole);
    view_bool(b, "online", online);
    chat_buf_byte(b, '}');
}
