
/*
 * Jobs and their replies: a job goes out as an entry of its slot's stream, its
 * reply comes in on this process's channel.  Large bodies travel as keys of
 * their own.  Called by REST and by the sockets; the table of those who wait is
 * ngx_chat_ask.
 */

#include "ngx_chat_bus_state.h"
#include "ngx_chat_link.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_memory.h"
#include "ngx_chat_slots.h"


#define NGX_CHAT_BUS_KEY_MAX       256
#define NGX_CHAT_BUS_TTL_MAX_MS    60000      /* of a job that names none */
#define NGX_CHAT_BUS_SCRATCH_KEEP  65536


static ngx_int_t ngx_chat_bus_admit(ngx_chat_job_t *job, ngx_uint_t *slot);
static ngx_int_t ngx_chat_bus_send(ngx_chat_job_t *job, ngx_uint_t slot,
    const char *id, ngx_chat_ask_t *ask);
static ngx_int_t ngx_chat_bus_blob(ngx_chat_job_t *job, chat_slice_t id,
    ngx_chat_ask_t *ask);
static ngx_int_t ngx_chat_bus_command(const chat_slice_t *args,
    ngx_uint_t count, ngx_chat_ask_t *ask);
static void ngx_chat_bus_added(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_bus_fetch(ngx_chat_ask_t *ask, chat_slice_t blob,
    ngx_str_t payload);
static void ngx_chat_bus_fetched(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static chat_slice_t ngx_chat_bus_key(u_char *p, const char *name,
    chat_slice_t rest);


ngx_int_t
ngx_chat_bus_push(ngx_chat_job_t *job, ngx_chat_ask_t **ask)
{
    char             id[CHAT_ID_LEN];
    ngx_int_t        rc;
    ngx_uint_t       slot;
    ngx_chat_ask_t  *own;

    if (ngx_chat_bus_admit(job, &slot) != NGX_OK) {
        ngx_chat_metric(NGX_CHAT_M_JOBS_REFUSED);
        return NGX_BUSY;
    }

    ngx_chat_bus_id(id);
    own = NULL;

    if (job->done) {
        own = ngx_chat_ask_create(id, job->done, job->data,
                                  job->ttl_ms ? job->ttl_ms
                                              : NGX_CHAT_BUS_TTL_MAX_MS);
        if (own == NULL) {
            return NGX_ERROR;
        }
    }

    rc = ngx_chat_bus_send(job, slot, id, own);

    if (rc != NGX_OK) {
        if (own) {
            ngx_chat_ask_drop(own);
        }

        return rc;
    }

    if (ask) {
        *ask = own;
    }

    ngx_chat_metric(NGX_CHAT_M_JOBS);

    return NGX_OK;
}


void
ngx_chat_bus_cancel(ngx_chat_ask_t *ask)
{
    ngx_chat_ask_drop(ask);
}


static ngx_int_t
ngx_chat_bus_admit(ngx_chat_job_t *job, ngx_uint_t *slot)
{
    size_t  bytes;

    if (!ngx_chat_bus.ready
        || (job->done
            && ngx_chat_ask_count() >= ngx_chat_bus.conf->max_pending))
    {
        return NGX_BUSY;
    }

    bytes = ngx_chat_memory_bytes() + job->envelope.body.len
            + ngx_chat_redis_queued(ngx_chat_link_commands());

    if (bytes > ngx_chat_bus.conf->memory_bytes) {
        return NGX_BUSY;
    }

    return ngx_chat_slots_choose(job->lane, job->slot_of, slot);
}


/* NGX_OK, NGX_BUSY, or NGX_ERROR: it cannot be encoded. */
static ngx_int_t
ngx_chat_bus_send(ngx_chat_job_t *job, ngx_uint_t slot, const char *id,
    ngx_chat_ask_t *ask)
{
    u_char           ttl[NGX_INT_T_LEN], key[NGX_CHAT_BUS_KEY_MAX];
    u_char           stream[NGX_CHAT_BUS_KEY_MAX], *p;
    ngx_int_t        rc;
    chat_buf_t      *b;
    chat_slice_t     xadd[5];
    chat_envelope_t  e;

    b = &ngx_chat_bus.scratch;
    e = job->envelope;

    e.words[0] = chat_slice_of(id, CHAT_ID_LEN);
    e.words[1] = chat_slice_of(job->kind, ngx_strlen(job->kind));
    e.words[2] = chat_slice_of(ttl, ngx_sprintf(ttl, "%M", job->ttl_ms) - ttl);
    e.words[3] = (ask || job->named) ? ngx_chat_slice(ngx_chat_bus.incarnation)
                                     : chat_slice("-");

    if (e.body.len > CHAT_BUS_JOB_INLINE) {
        e.headers[CHAT_H_BLOB] = e.words[0];
        e.body = chat_slice_of(NULL, 0);
    }

    chat_buf_reset(b);
    chat_envelope_encode(b, CHAT_ENVELOPE_JOB, &e);

    if (chat_buf_status(b) != CHAT_OK) {
        return NGX_ERROR;
    }

    /* in the same write, before the job */

    if (e.headers[CHAT_H_BLOB].data
        && ngx_chat_bus_blob(job, e.words[0], ask) != NGX_OK)
    {
        return NGX_BUSY;
    }

    p = ngx_snprintf(stream, sizeof(stream), "%V:%ui", &job->lane, slot);

    xadd[0] = chat_slice("XADD");
    xadd[1] = ngx_chat_bus_key(key, CHAT_BUS_JOBS,
                               chat_slice_of(stream, p - stream));
    xadd[2] = chat_slice("*");
    xadd[3] = chat_slice(CHAT_BUS_FIELD);
    xadd[4] = chat_buf_view(b);

    rc = ngx_chat_bus_command(xadd, 5, ask);

    if (b->cap > NGX_CHAT_BUS_SCRATCH_KEEP) {
        chat_buf_free(b);
    }

    return (rc == NGX_OK) ? NGX_OK : NGX_BUSY;
}


static ngx_int_t
ngx_chat_bus_blob(ngx_chat_job_t *job, chat_slice_t id, ngx_chat_ask_t *ask)
{
    u_char        *p, ttl[NGX_INT_T_LEN], key[NGX_CHAT_BUS_KEY_MAX];
    chat_slice_t   set[5];

    p = ngx_sprintf(ttl, "%M", job->ttl_ms ? job->ttl_ms
                                           : NGX_CHAT_BUS_TTL_MAX_MS);

    set[0] = chat_slice("SET");
    set[1] = ngx_chat_bus_key(key, CHAT_BUS_BLOB, id);
    set[2] = job->envelope.body;
    set[3] = chat_slice("PX");
    set[4] = chat_slice_of(ttl, p - ttl);

    return ngx_chat_bus_command(set, 5, ask);
}


/* A part of a job; an error in its answer settles the ask (NULL: none). */
static ngx_int_t
ngx_chat_bus_command(const chat_slice_t *args, ngx_uint_t count,
    ngx_chat_ask_t *ask)
{
    if (ngx_chat_redis_command(ngx_chat_link_commands(), args, count,
                               ngx_chat_bus_added, ask) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ask) {
        ask->refs++;
    }

    return NGX_OK;
}


/*
 * The answer to SET or XADD.  One that was lost is not asked for again: the
 * job may be there, and would be told twice.
 */
static void
ngx_chat_bus_added(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    ngx_chat_ask_t *ask = data;

    ngx_uint_t  refused;

    refused = (rc == NGX_OK && value->type == NGX_CHAT_RESP_ERROR);

    if (refused && !ngx_chat_bus.refused) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_bus.log, 0,
                      "chat: redis refuses jobs: %V", &value->text);
    }

    if (rc == NGX_OK) {
        ngx_chat_bus.refused = refused;
    }

    if (ask == NULL) {
        return;
    }

    if (refused || rc == NGX_DECLINED) {
        ngx_chat_metric(NGX_CHAT_M_JOBS_REFUSED);
        ngx_chat_ask_settle(ask, NGX_HTTP_SERVICE_UNAVAILABLE, NULL);
    }

    ngx_chat_ask_unref(ask);
}


void
ngx_chat_bus_reply(ngx_str_t payload)
{
    uint64_t          status;
    ngx_chat_ask_t   *ask;
    chat_envelope_t   reply;

    if (chat_envelope_decode(CHAT_ENVELOPE_REPLY, ngx_chat_slice(payload),
                             &reply) != CHAT_OK
        || chat_envelope_number(reply.words[1], &status) != CHAT_OK
        || status < 200 || status > 599)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_bus.log, 0,
                      "chat: a reply cannot be read");
        return;
    }

    ask = ngx_chat_ask_find(reply.words[0]);

    if (ask == NULL) {
        ngx_chat_metric(NGX_CHAT_M_REPLIES_LATE);
        return;
    }

    if (reply.headers[CHAT_H_BLOB].data) {
        ngx_chat_bus_fetch(ask, reply.headers[CHAT_H_BLOB], payload);
        return;
    }

    ngx_chat_ask_settle(ask, status, &reply);
}


/* The body is in a key; it is ours alone, so it goes with the fetching. */
static void
ngx_chat_bus_fetch(ngx_chat_ask_t *ask, chat_slice_t blob, ngx_str_t payload)
{
    u_char         key[NGX_CHAT_BUS_KEY_MAX];
    chat_slice_t   args[2];

    if (ask->reply.data || !ngx_chat_bus.ready) {
        return;
    }

    ask->reply.data = ngx_alloc(payload.len, ngx_chat_bus.log);
    if (ask->reply.data == NULL) {
        return;
    }

    ngx_memcpy(ask->reply.data, payload.data, payload.len);
    ask->reply.len = payload.len;

    args[0] = chat_slice("GETDEL");
    args[1] = ngx_chat_bus_key(key, CHAT_BUS_BLOB, blob);

    if (ngx_chat_redis_command(ngx_chat_link_commands(), args, 2,
                               ngx_chat_bus_fetched, ask) == NGX_OK)
    {
        ask->refs++;
    }
}


static void
ngx_chat_bus_fetched(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    ngx_chat_ask_t *ask = data;

    uint64_t         status;
    chat_envelope_t  reply;

    if (rc == NGX_OK && value->type == NGX_CHAT_RESP_STRING
        && chat_envelope_decode(CHAT_ENVELOPE_REPLY,
                                ngx_chat_slice(ask->reply), &reply) == CHAT_OK
        && chat_envelope_number(reply.words[1], &status) == CHAT_OK)
    {
        reply.body = ngx_chat_slice(value->text);
        ngx_chat_ask_settle(ask, status, &reply);

    } else {
        /* done, and its answer is lost */
        ngx_chat_ask_settle(ask, NGX_HTTP_GATEWAY_TIME_OUT, NULL);
    }

    ngx_chat_ask_unref(ask);
}


static chat_slice_t
ngx_chat_bus_key(u_char *p, const char *name, chat_slice_t rest)
{
    u_char  *last;

    last = ngx_snprintf(p, NGX_CHAT_BUS_KEY_MAX, "%V%s%*s",
                        &ngx_chat_bus.conf->prefix, name, rest.len, rest.data);

    return chat_slice_of(p, last - p);
}
