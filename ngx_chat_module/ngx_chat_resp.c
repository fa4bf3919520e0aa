
/*
 * Redis's protocol by hiredis: its formatter, and its reader with functions of
 * our own, so that values are ours, in a pool that is emptied when the next
 * one is asked for.  Used by ngx_chat_redis; knows no connection.
 */

#include "ngx_chat_resp.h"

#include <sys/time.h>
#include <hiredis/hiredis.h>


#define NGX_CHAT_RESP_POOL       4096
#define NGX_CHAT_RESP_IN_MAX     (64 * 1024 * 1024)
#define NGX_CHAT_RESP_ITEMS_MAX  65536     /* of an array */

#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_chat_resp_count_t;
#else
typedef int     ngx_chat_resp_count_t;
#endif


struct ngx_chat_resp_reader_s {
    redisReader    *reader;
    ngx_pool_t     *pool;
    ngx_uint_t      given;                 /* the pool holds a given value */
};


static ngx_chat_resp_t *ngx_chat_resp_value(const redisReadTask *task,
    ngx_chat_resp_type_t type, size_t more);
static void *ngx_chat_resp_string(const redisReadTask *task, char *p,
    size_t n);
static void *ngx_chat_resp_array(const redisReadTask *task,
    ngx_chat_resp_count_t count);
static void *ngx_chat_resp_integer(const redisReadTask *task, long long n);
static void *ngx_chat_resp_nil(const redisReadTask *task);
static void ngx_chat_resp_drop(void *object);


static redisReplyObjectFunctions  ngx_chat_resp_functions = {
    .createString = ngx_chat_resp_string,
    .createArray = ngx_chat_resp_array,
    .createInteger = ngx_chat_resp_integer,
    .createNil = ngx_chat_resp_nil,
    .freeObject = ngx_chat_resp_drop
};


ngx_int_t
ngx_chat_resp_format(chat_buf_t *out, const chat_slice_t *args,
    ngx_uint_t count)
{
    int          n;
    char        *text;
    size_t       lengths[NGX_CHAT_RESP_ARGS_MAX];
    ngx_uint_t   i;
    const char  *texts[NGX_CHAT_RESP_ARGS_MAX];

    if (count > NGX_CHAT_RESP_ARGS_MAX) {
        return NGX_ERROR;
    }

    for (i = 0; i < count; i++) {
        texts[i] = args[i].data ? (const char *) args[i].data : "";
        lengths[i] = args[i].len;
    }

    n = redisFormatCommandArgv(&text, (int) count, texts, lengths);
    if (n < 0) {
        return NGX_ERROR;
    }

    chat_buf_put(out, text, n);
    redisFreeCommand(text);

    if (chat_buf_status(out) != CHAT_OK) {
        out->status = CHAT_OK;             /* what is in it is whole */
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_chat_resp_reader_t *
ngx_chat_resp_reader_create(ngx_log_t *log)
{
    ngx_chat_resp_reader_t  *reader;

    reader = ngx_calloc(sizeof(ngx_chat_resp_reader_t), log);
    if (reader == NULL) {
        return NULL;
    }

    reader->pool = ngx_create_pool(NGX_CHAT_RESP_POOL, log);
    reader->reader = redisReaderCreateWithFunctions(&ngx_chat_resp_functions);

    if (reader->pool == NULL || reader->reader == NULL) {
        ngx_chat_resp_reader_destroy(&reader);
        return NULL;
    }

    reader->reader->privdata = reader->pool;

    return reader;
}


void
ngx_chat_resp_reader_destroy(ngx_chat_resp_reader_t **reader)
{
    ngx_chat_resp_reader_t  *own;

    own = *reader;
    *reader = NULL;

    if (own == NULL) {
        return;
    }

    if (own->reader) {
        redisReaderFree(own->reader);
    }

    if (own->pool) {
        ngx_destroy_pool(own->pool);
    }

    ngx_free(own);
}


ngx_int_t
ngx_chat_resp_feed(ngx_chat_resp_reader_t *reader, u_char *p, size_t n)
{
    if (redisReaderFeed(reader->reader, (char *) p, n) != REDIS_OK
        || reader->reader->len > NGX_CHAT_RESP_IN_MAX)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_resp_next(ngx_chat_resp_reader_t *reader, ngx_chat_resp_t **value)
{
    void  *object;

    if (reader->given) {
        ngx_reset_pool(reader->pool);
        reader->given = 0;
    }

    if (redisReaderGetReply(reader->reader, &object) != REDIS_OK) {
        return NGX_ERROR;
    }

    if (object == NULL) {
        return NGX_AGAIN;
    }

    reader->given = 1;
    *value = object;

    return NGX_OK;
}


ngx_str_t
ngx_chat_resp_text(const ngx_chat_resp_t *array, ngx_uint_t i)
{
    ngx_str_t  none;

    ngx_str_null(&none);

    if (array->type != NGX_CHAT_RESP_ARRAY || i >= array->count) {
        return none;
    }

    return array->items[i]->text;
}


/* Puts a new value into the array it belongs to. */
static ngx_chat_resp_t *
ngx_chat_resp_value(const redisReadTask *task, ngx_chat_resp_type_t type,
    size_t more)
{
    ngx_chat_resp_t  *value, *parent;

    value = ngx_pcalloc(task->privdata, sizeof(ngx_chat_resp_t) + more);
    if (value == NULL) {
        return NULL;
    }

    value->type = type;

    if (task->parent) {
        parent = task->parent->obj;
        parent->items[task->idx] = value;
    }

    return value;
}


static void *
ngx_chat_resp_string(const redisReadTask *task, char *p, size_t n)
{
    ngx_chat_resp_t       *value;
    ngx_chat_resp_type_t   type;

    type = (task->type == REDIS_REPLY_ERROR) ? NGX_CHAT_RESP_ERROR
         : (task->type == REDIS_REPLY_STATUS) ? NGX_CHAT_RESP_STATUS
                                              : NGX_CHAT_RESP_STRING;

    value = ngx_chat_resp_value(task, type, n);
    if (value == NULL) {
        return NULL;
    }

    value->text.len = n;
    value->text.data = (u_char *) &value[1];
    ngx_memcpy(value->text.data, p, n);

    return value;
}


static void *
ngx_chat_resp_array(const redisReadTask *task, ngx_chat_resp_count_t count)
{
    ngx_chat_resp_t  *value;

    if (count > NGX_CHAT_RESP_ITEMS_MAX) {
        return NULL;
    }

    value = ngx_chat_resp_value(task, NGX_CHAT_RESP_ARRAY,
                                count * sizeof(ngx_chat_resp_t *));
    if (value == NULL) {
        return NULL;
    }

    value->count = count;
    value->items = (ngx_chat_resp_t **) &value[1];

    return value;
}


static void *
ngx_chat_resp_integer(const redisReadTask *task, long long n)
{
    ngx_chat_resp_t  *value;

    value = ngx_chat_resp_value(task, NGX_CHAT_RESP_INTEGER, 0);
    if (value == NULL) {
        return NULL;
    }

    value->integer = n;

    return value;
}


static void *
ngx_chat_resp_nil(const redisReadTask *task)
{
    return ngx_chat_resp_value(task, NGX_CHAT_RESP_NIL, 0);
}


/* Values end with their pool. */
static void
ngx_chat_resp_drop(void *object)
{
}
