
/*
 * The token buckets of chat_limit in the shared zone, where all processes count
 * together.  What is asked at once is counted at once or not at all.  Knows
 * nothing of requests and events: a bucket is a key and a rate.
 */

#include "ngx_chat_shm_state.h"


#define NGX_CHAT_SHM_US  1000      /* of a millisecond */


ngx_int_t
ngx_chat_shm_rates(const ngx_chat_shm_rate_t *rates, ngx_uint_t n,
    ngx_chat_shm_verdict_t *verdict)
{
    uint64_t       now_us, wait_us;
    ngx_uint_t     i;
    chat_rates_t  *table;

    ngx_memzero(verdict, sizeof(ngx_chat_shm_verdict_t));

    wait_us = 0;
    now_us = (uint64_t) ngx_current_msec * NGX_CHAT_SHM_US;
    table = &ngx_chat_shm.sh->rates;

    ngx_chat_shm_lock();

    for (i = 0; i < n && wait_us == 0; i++) {
        wait_us = chat_rates_wait(table, &rates[i].key, rates[i].rate, now_us);
        verdict->refused = i;
    }

    for (i = 0; i < n && wait_us == 0; i++) {
        verdict->forgotten += chat_rates_count(table, &rates[i].key,
                                               rates[i].rate, now_us);
    }

    ngx_chat_shm_unlock();

    verdict->wait_ms = (wait_us + NGX_CHAT_SHM_US - 1) / NGX_CHAT_SHM_US;

    return wait_us ? NGX_BUSY : NGX_OK;
}


ngx_atomic_t *
ngx_chat_shm_limit_counter(ngx_str_t name)
{
    ngx_uint_t             i;
    ngx_chat_shm_limit_t  *limit, *found;

    found = NULL;

    ngx_chat_shm_lock();

    for (i = 0; i < NGX_CHAT_SHM_LIMITS; i++) {
        limit = &ngx_chat_shm.sh->limits[i];

        if (limit->len == 0 && found == NULL) {
            found = limit;
        }

        if (limit->len == name.len
            && ngx_memcmp(limit->name, name.data, name.len) == 0)
        {
            found = limit;
            break;
        }
    }

    if (found && found->len == 0) {
        found->len = name.len;
        ngx_memcpy(found->name, name.data, name.len);
    }

    ngx_chat_shm_unlock();

    return found ? &found->refused : NULL;
}
