
/*
 * A job, from the bus to the handler: the envelope decoded, the strings that
 * handlers look at ended by NUL, the conversation found by the same rule by
 * which the module chose the stream (chat_target.h).  What it answers is
 * job_result.c's matter.  Knows no route and no rule.
 */

#include "job.h"
#include "chat_json_scan.h"
#include "chat_target.h"

#include <stddef.h>


static const struct {
    const char  *name;
    job_kind_t   kind;
} job_kinds[] = {
    { "http", JOB_HTTP },
    { "event", JOB_EVENT },
    { "ack", JOB_ACK },
    { "delivered", JOB_DELIVERED },
    { "session", JOB_SESSION },
    { "presence", JOB_PRESENCE }
};

static const struct {
    chat_header_t  header;
    size_t         offset;
} job_texts[] = {
    { CHAT_H_UID, offsetof(job_t, uid) },
    { CHAT_H_ROLE, offsetof(job_t, role) },
    { CHAT_H_TOKEN_SESSION, offsetof(job_t, token_session) },
    { CHAT_H_SID, offsetof(job_t, sid) },
    { CHAT_H_NSP, offsetof(job_t, nsp) },
    { CHAT_H_METHOD, offsetof(job_t, method) },
    { CHAT_H_PATH, offsetof(job_t, path) },
    { CHAT_H_NAME, offsetof(job_t, name) },
    { CHAT_H_IP, offsetof(job_t, ip) },
    { CHAT_H_AGENT, offsetof(job_t, agent) }
};


static bool
job_read_kind(job_t *job)
{
    size_t        i;
    chat_slice_t  word;

    word = job->envelope.words[1];

    for (i = 0; i < sizeof(job_kinds) / sizeof(job_kinds[0]); i++) {
        if (chat_slice_eq(word, chat_slice_of(job_kinds[i].name,
                                              strlen(job_kinds[i].name))))
        {
            job->kind = job_kinds[i].kind;
            return true;
        }
    }

    return false;
}


/* A number that may be absent: 0. */
static bool
job_read_number(const job_t *job, chat_header_t header, uint64_t *n)
{
    chat_slice_t  text;

    text = job->envelope.headers[header];
    *n = 0;

    return text.data == NULL || chat_envelope_number(text, n) == CHAT_OK;
}


static const char *
job_read(job_t *job)
{
    size_t         i;
    const char   **field;
    chat_slice_t  *words = job->envelope.words;

    if (chat_id_parse(words[0], job->id) != CHAT_OK) {
        return "its id is none";
    }

    if (!job_read_kind(job)) {
        return "its kind is unknown";
    }

    if (chat_envelope_number(words[2], &job->ttl_ms) != CHAT_OK
        || !job_read_number(job, CHAT_H_IAT, &job->issued_at_s)
        || !job_read_number(job, CHAT_H_EXP, &job->expires_at_s))
    {
        return "a number in it is none";
    }

    for (i = 0; i < sizeof(job_texts) / sizeof(job_texts[0]); i++) {
        field = (const char **) ((char *) job + job_texts[i].offset);
        *field = pool_slice(job->pool,
                            job->envelope.headers[job_texts[i].header]);
    }

    if (job->uid[0]
        && !chat_uid_valid(job->envelope.headers[CHAT_H_UID]))
    {
        return "its uid is none";
    }

    return NULL;
}


job_t *
job_create(pool_t *pool, chat_slice_t text, const char **why)
{
    job_t  *job;

    job = pool_alloc(pool, sizeof(job_t));
    job->pool = pool;
    job->text = text;

    if (chat_envelope_decode(CHAT_ENVELOPE_JOB, text, &job->envelope)
        != CHAT_OK)
    {
        *why = "it is no envelope";
        return NULL;
    }

    *why = job_read(job);

    if (*why) {
        return NULL;
    }

    job_restart(job);

    return job;
}


void
job_set_body(job_t *job, chat_slice_t body)
{
    job->envelope.body = body;
}


bool
job_wants_reply(const job_t *job)
{
    return job->kind != JOB_PRESENCE
           && !chat_slice_eq(job->envelope.words[3], chat_slice("-"));
}


/* --- which conversations ------------------------------------------------ */

bool
job_arguments(const job_t *job, chat_slice_t *array, chat_attach_t *attach)
{
    chat_json_value_t  value;

    *array = job->envelope.body;

    if (chat_attach_cut(job->envelope.headers[CHAT_H_ATT], array, attach)
        != CHAT_OK
        || chat_json_check(*array, &value) != CHAT_OK)
    {
        return false;
    }

    *array = value.text;

    return value.type == CHAT_JSON_ARRAY;
}


/* The body's object, or an event's first argument. */
static bool
job_object(const job_t *job, chat_slice_t *object)
{
    size_t             at;
    chat_slice_t       array;
    chat_attach_t      attach;
    chat_json_value_t  value;

    at = 0;

    if (job->kind == JOB_EVENT
        ? !job_arguments(job, &array, &attach)
          || chat_json_element(array, &at, &value) != CHAT_OK
        : chat_json_check(job->envelope.body, &value) != CHAT_OK)
    {
        return false;
    }

    *object = value.text;

    return value.type == CHAT_JSON_OBJECT;
}


void
job_find_target(job_t *job)
{
    chat_slice_t   object;
    chat_slice_t  *headers = job->envelope.headers;

    if (job->kind != JOB_HTTP && job->kind != JOB_EVENT) {
        return;
    }

    if (job->kind == JOB_HTTP
        && chat_target_of_path(headers[CHAT_H_METHOD], headers[CHAT_H_PATH],
                               headers[CHAT_H_UID], job->conversation)
           == CHAT_OK)
    {
        return;
    }

    if (!job_object(job, &object)
        || chat_target_of_json(object, headers[CHAT_H_UID], job->conversation)
           != CHAT_OK)
    {
        job->conversation[0] = '\0';
    }
}


/* What `delivered` reports: lines that begin with a conversation. */
static uint32_t
job_delivered_conversations(job_t *job, const char ***ids)
{
    char           id[CHAT_ID_LEN];
    uint32_t       n;
    const uint8_t *p, *end, *line;

    p = job->envelope.body.data;
    end = p + job->envelope.body.len;
    *ids = pool_alloc(job->pool,
                      (job->envelope.body.len / CHAT_ID_LEN + 1)
                      * sizeof(char *));

    for (n = 0; p && end - p > CHAT_ID_LEN; p = line ? line + 1 : NULL) {

        if (chat_id_parse(chat_slice_of(p, CHAT_ID_LEN), id) == CHAT_OK) {
            (*ids)[n++] = pool_strndup(job->pool, id, CHAT_ID_LEN);
        }

        line = memchr(p, '\n', (size_t) (end - p));
    }

    return n;
}


uint32_t
job_conversations(job_t *job, const char ***ids)
{
    if (job->kind == JOB_DELIVERED) {
        return job_delivered_conversations(job, ids);
    }

    if (job->conversation[0] == '\0') {
        return 0;
    }

    *ids = pool_alloc(job->pool, sizeof(char *));
    **ids = job->conversation;

    return 1;
}


/* --- the query string --------------------------------------------------- */

static int
job_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') ? c - '0'
           : ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ? (c | 0x20) - 'a' + 10
           : -1;
}


/* NULL if it holds a NUL or half an escape. */
static const char *
job_query_decode(job_t *job, chat_slice_t text)
{
    int      high, low;
    char    *out, *to;
    size_t   i;

    out = pool_alloc(job->pool, text.len + 1);

    for (i = 0, to = out; i < text.len; i++) {

        if (text.data[i] != '%') {
            *to++ = (text.data[i] == '+') ? ' ' : (char) text.data[i];
            continue;
        }

        high = (text.len - i > 2) ? job_hex(text.data[i + 1]) : -1;
        low = (text.len - i > 2) ? job_hex(text.data[i + 2]) : -1;

        if (high < 0 || low < 0 || (high | low) == 0) {
            return NULL;
        }

        *to++ = (char) (high << 4 | low);
        i += 2;
    }

    return out;
}


const char *
job_query(job_t *job, const char *name)
{
    size_t         n, len;
    chat_slice_t   query;
    const uint8_t *end;

    query = job->envelope.headers[CHAT_H_QUERY];
    n = strlen(name);

    while (query.len > 0) {
        end = memchr(query.data, '&', query.len);
        len = end ? (size_t) (end - query.data) : query.len;

        if (len > n && query.data[n] == '=' && memcmp(query.data, name, n) == 0)
        {
            return job_query_decode(job, chat_slice_of(query.data + n + 1,
                                                       len - n - 1));
        }

        len += (end != NULL);
        query = chat_slice_of(query.data + len, query.len - len);
    }

    return NULL;
}
