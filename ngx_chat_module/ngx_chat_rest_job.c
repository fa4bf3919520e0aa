
/*
 * Makes a job of a request: which lane, which slot, which headers.  The path
 * and the query go as they stood in the request line, because a decoded %0A
 * would forge a header.  JSON is checked as a whole and passed on as it is.
 */

#include "ngx_chat_rest_job.h"
#include "ngx_chat_reply.h"
#include "chat_json_scan.h"
#include "chat_target.h"


/* Whatever the job's slices point to that is not the request's. */
typedef struct {
    u_char      iat[NGX_TIME_T_LEN];
    u_char      exp[NGX_TIME_T_LEN];
    u_char      agent[NGX_CHAT_AGENT_MAX];
    char        conversation[CHAT_ID_LEN];
    ngx_str_t   cookie;
} ngx_chat_rest_texts_t;


static ngx_int_t ngx_chat_rest_job_path(ngx_http_request_t *r,
    chat_envelope_t *e);
static void ngx_chat_rest_job_who(const ngx_chat_identity_t *who,
    ngx_chat_rest_texts_t *texts, chat_envelope_t *e);
static void ngx_chat_rest_job_client(ngx_http_request_t *r,
    ngx_chat_rest_texts_t *texts, chat_envelope_t *e);
static ngx_int_t ngx_chat_rest_job_body(ngx_http_request_t *r,
    chat_slice_t body, chat_envelope_t *e, chat_json_value_t *json);
static chat_slice_t ngx_chat_rest_job_slot(const chat_envelope_t *e,
    const ngx_chat_identity_t *who, chat_json_value_t json,
    ngx_chat_rest_texts_t *texts);
static chat_slice_t ngx_chat_rest_job_set(ngx_str_t text);
static chat_slice_t ngx_chat_rest_job_time(u_char *p, time_t time);


ngx_int_t
ngx_chat_rest_job(ngx_http_request_t *r, const ngx_chat_identity_t *who,
    chat_slice_t body, ngx_chat_reply_pt done, void *data,
    ngx_chat_ask_t **ask)
{
    ngx_int_t               rc;
    ngx_chat_job_t          job;
    chat_json_value_t       json;
    ngx_chat_loc_conf_t    *clcf;
    ngx_chat_rest_texts_t   texts;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    ngx_memzero(&job, sizeof(ngx_chat_job_t));
    ngx_memzero(&json, sizeof(chat_json_value_t));

    rc = ngx_chat_rest_job_path(r, &job.envelope);

    if (rc == NGX_OK) {
        rc = ngx_chat_rest_job_body(r, body, &job.envelope, &json);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_chat_rest_job_who(who, &texts, &job.envelope);
    ngx_chat_rest_job_client(r, &texts, &job.envelope);

    job.lane = (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) ? clcf->read_lane
                                                          : clcf->lane;

    /* only this lane's jobs change conversations */

    if (chat_slice_eq(ngx_chat_slice(job.lane), chat_slice(CHAT_LANE_DEFAULT)))
    {
        job.slot_of = ngx_chat_rest_job_slot(&job.envelope, who, json, &texts);
    }

    job.kind = "http";
    job.ttl_ms = clcf->timeout_ms;
    job.done = done;
    job.data = data;

    rc = ngx_chat_bus_push(&job, ask);

    return (rc == NGX_OK) ? NGX_OK
         : (rc == NGX_BUSY) ? NGX_HTTP_SERVICE_UNAVAILABLE
                            : NGX_HTTP_BAD_REQUEST;
}


static ngx_int_t
ngx_chat_rest_job_path(ngx_http_request_t *r, chat_envelope_t *e)
{
    u_char     *p;
    ngx_str_t   path;

    path = r->unparsed_uri;

    p = ngx_strlchr(path.data, path.data + path.len, '?');

    if (p) {
        path.len = p - path.data;
    }

    if (path.len > NGX_CHAT_HEADER_MAX || r->args.len > NGX_CHAT_HEADER_MAX) {
        return NGX_HTTP_REQUEST_URI_TOO_LARGE;
    }

    /* nginx makes a HEAD's answer of a GET's */

    e->headers[CHAT_H_METHOD] = (r->method == NGX_HTTP_HEAD)
                                ? chat_slice("GET")
                                : ngx_chat_slice(r->method_name);
    e->headers[CHAT_H_PATH] = ngx_chat_slice(path);
    e->headers[CHAT_H_QUERY] = ngx_chat_rest_job_set(r->args);

    return NGX_OK;
}


/* Only the media type counts; its parameters are not passed on. */
static ngx_int_t
ngx_chat_rest_job_body(ngx_http_request_t *r, chat_slice_t body,
    chat_envelope_t *e, chat_json_value_t *json)
{
    size_t       n;
    ngx_uint_t   i;
    ngx_str_t   *type;

    static const struct {
        chat_slice_t   name;
        ngx_uint_t     json;
    } types[] = {
        { { 16, (uint8_t *) "application/json" }, 1 },
        { { 33, (uint8_t *) "application/x-www-form-urlencoded" }, 0 }
    };

    if (body.len == 0) {
        return NGX_OK;
    }

    type = r->headers_in.content_type ? &r->headers_in.content_type->value
                                      : NULL;

    for (i = 0; type && i < ngx_chat_countof(types); i++) {
        n = types[i].name.len;

        if (type->len >= n
            && ngx_strncasecmp(type->data, (u_char *) types[i].name.data, n)
               == 0
            && (type->len == n || type->data[n] == ';'
                || type->data[n] == ' '))
        {
            break;
        }
    }

    if (type == NULL || i == ngx_chat_countof(types)) {
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }

    if (types[i].json && chat_json_check(body, json) != CHAT_OK) {
        return NGX_CHAT_REST_BAD_JSON;
    }

    e->headers[CHAT_H_TYPE] = types[i].name;
    e->body = body;

    return NGX_OK;
}


static void
ngx_chat_rest_job_who(const ngx_chat_identity_t *who,
    ngx_chat_rest_texts_t *texts, chat_envelope_t *e)
{
    if (who->uid.len == 0) {
        return;
    }

    e->headers[CHAT_H_UID] = ngx_chat_slice(who->uid);
    e->headers[CHAT_H_ROLE] = ngx_chat_rest_job_set(who->role);
    e->headers[CHAT_H_TOKEN_SESSION] =
                                   ngx_chat_rest_job_set(who->token_session);
    e->headers[CHAT_H_IAT] = ngx_chat_rest_job_time(texts->iat, who->iat);
    e->headers[CHAT_H_EXP] = ngx_chat_rest_job_time(texts->exp, who->exp);
}


static void
ngx_chat_rest_job_client(ngx_http_request_t *r, ngx_chat_rest_texts_t *texts,
    chat_envelope_t *e)
{
    size_t      i;
    ngx_str_t  *value;

    static ngx_str_t  refresh = ngx_string("refresh");

    e->headers[CHAT_H_IP] = ngx_chat_slice(r->connection->addr_text);

    value = ngx_chat_request_header(r, "idempotency-key");

    if (value) {
        e->headers[CHAT_H_IDEMPOTENCY_KEY] = ngx_chat_rest_job_set(*value);
    }

    if (ngx_chat_request_cookie(r, refresh, &texts->cookie) == NGX_OK) {
        e->headers[CHAT_H_COOKIE] = ngx_chat_rest_job_set(texts->cookie);
    }

    value = ngx_chat_request_header(r, "user-agent");

    if (value == NULL) {
        return;
    }

    /* for people to read: a strange one is no reason to refuse */

    for (i = 0; i < value->len && i < NGX_CHAT_AGENT_MAX; i++) {
        texts->agent[i] = (value->data[i] < 0x20 || value->data[i] == 0x7f)
                          ? ' ' : value->data[i];
    }

    e->headers[CHAT_H_AGENT] = chat_slice_of(texts->agent, i);
}


/* The conversation, or the user, or any. */
static chat_slice_t
ngx_chat_rest_job_slot(const chat_envelope_t *e,
    const ngx_chat_identity_t *who, chat_json_value_t json,
    ngx_chat_rest_texts_t *texts)
{
    chat_slice_t  uid;

    uid = ngx_chat_slice(who->uid);

    if (chat_target_of_path(e->headers[CHAT_H_METHOD],
                            e->headers[CHAT_H_PATH], uid, texts->conversation)
        == CHAT_OK
        || (json.type == CHAT_JSON_OBJECT
            && chat_target_of_json(json.text, uid, texts->conversation)
               == CHAT_OK))
    {
        return chat_slice_of(texts->conversation, CHAT_ID_LEN);
    }

    return uid;
}


/* A header that is left out if it is empty. */
static chat_slice_t
ngx_chat_rest_job_set(ngx_str_t text)
{
    return text.len ? ngx_chat_slice(text) : chat_slice_of(NULL, 0);
}


static chat_slice_t
ngx_chat_rest_job_time(u_char *p, time_t time)
{
    return time ? chat_slice_of(p, ngx_sprintf(p, "%T", time) - p)
                : chat_slice_of(NULL, 0);
}
