
/*
 * Last messages for lists of conversations, by one query whatever their
 * number.
 */


#include "latest.h"
#include "../store/store_message.h"

#include <stdlib.h>


static int
latest_compare(const void *a, const void *b)
{
    const model_message_t  *x = a, *y = b;

    return strcmp(x->conversation, y->conversation);
}


static int
latest_compare_key(const void *key, const void *message)
{
    return strcmp(key, ((const model_message_t *) message)->conversation);
}


const model_message_t **
latest_messages(job_t *job, const model_conversation_t *list, uint32_t count)
{
    uint32_t                 i, n;
    store_range_t           *ranges;
    store_status_t           status;
    model_message_t         *found;
    const model_message_t  **messages;

    messages = pool_alloc(job->pool, count * sizeof(model_message_t *) + 1);
    ranges = pool_alloc(job->pool, count * sizeof(store_range_t) + 1);

    for (i = 0, n = 0; i < count; i++) {
        if (list[i].told_seq != 0) {
            ranges[n].conversation = list[i].id;
            ranges[n].after = list[i].told_seq - 1;
            ranges[n].upto = list[i].told_seq;
            n++;
        }
    }

    status = store_message_ranges(job->world->store, job->pool, ranges, n, n,
                                  &found, &n);
    if (status != STORE_OK) {
        job_fail_store(job, status);
        return NULL;
    }

    qsort(found, n, sizeof(model_message_t), latest_compare);

    for (i = 0; i < count; i++) {
        messages[i] = bsearch(list[i].id, found, n, sizeof(model_message_t),
                              latest_compare_key);
    }

    return messages;
}
