
/*
 * One connection to Redis: a queue of the answers it owes, between the bytes
 * (ngx_chat_wire) and the values (ngx_chat_resp).  Used by ngx_chat_link, which
 * connects and asks whether this is the right Redis, and by everything that
 * has a command for it.  What it calls upwards may close it.
 */

#include "ngx_chat_redis.h"
#include "ngx_chat_wire.h"


/* A command whose answer has not come. */
typedef struct {
    ngx_queue_t                queue;
    ngx_chat_redis_answer_pt   answer;
    void                      *data;
    uint64_t                   at;         /* of its first byte, in all */
} ngx_chat_redis_owed_t;


struct ngx_chat_redis_s {
    ngx_chat_wire_t           *wire;
    ngx_chat_resp_reader_t    *reader;
    ngx_chat_redis_upward_t    upward;
    ngx_queue_t                owed;
    ngx_uint_t                 closed;
};


static void ngx_chat_redis_connected(void *data);
static void ngx_chat_redis_bytes(void *data, u_char *p, size_t n);
static void ngx_chat_redis_value(ngx_chat_redis_t *redis,
    const ngx_chat_resp_t *value);
static void ngx_chat_redis_fail(ngx_chat_redis_t *redis, const char *why);
static void ngx_chat_redis_broken(void *data, const char *why, ngx_err_t err);
static void ngx_chat_redis_end(ngx_chat_redis_t *redis);
static void ngx_chat_redis_freed(void *data);


ngx_chat_redis_t *
ngx_chat_redis_connect(ngx_addr_t *address,
    const ngx_chat_redis_upward_t *upward, ngx_log_t *log, ngx_err_t *err)
{
    ngx_chat_redis_t        *redis;
    ngx_chat_wire_upward_t   wire;

    *err = 0;

    redis = ngx_calloc(sizeof(ngx_chat_redis_t), log);
    if (redis == NULL) {
        return NULL;
    }

    redis->upward = *upward;
    ngx_queue_init(&redis->owed);

    wire.connected = ngx_chat_redis_connected;
    wire.bytes = ngx_chat_redis_bytes;
    wire.broken = ngx_chat_redis_broken;
    wire.freed = ngx_chat_redis_freed;
    wire.data = redis;

    redis->reader = ngx_chat_resp_reader_create(log);

    if (redis->reader) {
        redis->wire = ngx_chat_wire_connect(address, &wire, log, err);
    }

    if (redis->wire == NULL) {
        ngx_chat_redis_freed(redis);
        return NULL;
    }

    return redis;
}


ngx_int_t
ngx_chat_redis_command(ngx_chat_redis_t *redis, const chat_slice_t *args,
    ngx_uint_t count, ngx_chat_redis_answer_pt answer, void *data)
{
    ngx_chat_redis_owed_t  *owed;

    if (redis->closed) {
        return NGX_ERROR;
    }

    owed = ngx_alloc(sizeof(ngx_chat_redis_owed_t), ngx_cycle->log);
    if (owed == NULL) {
        return NGX_ERROR;
    }

    owed->answer = answer;
    owed->data = data;
    owed->at = ngx_chat_wire_given(redis->wire);

    if (ngx_chat_resp_format(ngx_chat_wire_out(redis->wire), args, count)
        != NGX_OK)
    {
        ngx_free(owed);
        return NGX_ERROR;
    }

    if (ngx_queue_empty(&redis->owed)) {
        ngx_chat_wire_await(redis->wire, 1);
    }

    ngx_queue_insert_tail(&redis->owed, &owed->queue);
    ngx_chat_wire_flush(redis->wire);

    return NGX_OK;
}


ngx_int_t
ngx_chat_redis_send(ngx_chat_redis_t *redis, const chat_slice_t *args,
    ngx_uint_t count)
{
    if (redis->closed
        || ngx_chat_resp_format(ngx_chat_wire_out(redis->wire), args, count)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_chat_wire_flush(redis->wire);

    return NGX_OK;
}


size_t
ngx_chat_redis_queued(ngx_chat_redis_t *redis)
{
    return ngx_chat_wire_given(redis->wire)
           - ngx_chat_wire_written(redis->wire);
}


static void
ngx_chat_redis_connected(void *data)
{
    ngx_chat_redis_t *redis = data;

    redis->upward.connected(redis->upward.data);
}


static void
ngx_chat_redis_bytes(void *data, u_char *p, size_t n)
{
    ngx_chat_redis_t *redis = data;

    ngx_int_t         rc;
    ngx_chat_resp_t  *value;

    if (ngx_chat_resp_feed(redis->reader, p, n) != NGX_OK) {
        ngx_chat_redis_fail(redis, "an answer is too long");
        return;
    }

    do {
        rc = ngx_chat_resp_next(redis->reader, &value);

        if (rc == NGX_OK) {
            ngx_chat_redis_value(redis, value);
        }

    } while (rc == NGX_OK && !redis->closed);

    if (rc == NGX_ERROR) {
        ngx_chat_redis_fail(redis, "an answer cannot be read");
    }

    if (!redis->closed) {
        ngx_chat_wire_await(redis->wire, !ngx_queue_empty(&redis->owed));
    }
}


static void
ngx_chat_redis_value(ngx_chat_redis_t *redis, const ngx_chat_resp_t *value)
{
    ngx_queue_t            *q;
    ngx_chat_redis_owed_t  *owed;

    if (ngx_queue_empty(&redis->owed)) {
        redis->upward.pushed(redis->upward.data, value);
        return;
    }

    q = ngx_queue_head(&redis->owed);
    ngx_queue_remove(q);

    owed = ngx_queue_data(q, ngx_chat_redis_owed_t, queue);

    if (owed->answer) {
        owed->answer(owed->data, NGX_OK, value);
    }

    ngx_free(owed);
}


static void
ngx_chat_redis_fail(ngx_chat_redis_t *redis, const char *why)
{
    ngx_chat_wire_close(redis->wire);
    ngx_chat_redis_broken(redis, why, 0);
}


static void
ngx_chat_redis_broken(void *data, const char *why, ngx_err_t err)
{
    ngx_chat_redis_t *redis = data;

    redis->closed = 1;
    redis->upward.broken(redis->upward.data, why, err);
    ngx_chat_redis_end(redis);
}


void
ngx_chat_redis_close(ngx_chat_redis_t **redis)
{
    ngx_chat_redis_t  *own;

    own = *redis;
    *redis = NULL;

    if (own == NULL || own->closed) {
        return;
    }

    own->closed = 1;
    ngx_chat_redis_end(own);
    ngx_chat_wire_close(own->wire);
}


/* All that is owed is answered: nothing will come any more. */
static void
ngx_chat_redis_end(ngx_chat_redis_t *redis)
{
    ngx_int_t               rc;
    ngx_queue_t            *q;
    ngx_chat_redis_owed_t  *owed;

    while (!ngx_queue_empty(&redis->owed)) {
        q = ngx_queue_head(&redis->owed);
        ngx_queue_remove(q);

        owed = ngx_queue_data(q, ngx_chat_redis_owed_t, queue);

        if (owed->answer) {
            rc = (owed->at < ngx_chat_wire_written(redis->wire))
                 ? NGX_ABORT : NGX_DECLINED;
            owed->answer(owed->data, rc, NULL);
        }

        ngx_free(owed);
    }
}


static void
ngx_chat_redis_freed(void *data)
{
    ngx_chat_redis_t *redis = data;

    ngx_chat_resp_reader_destroy(&redis->reader);
    ngx_free(redis);
}
