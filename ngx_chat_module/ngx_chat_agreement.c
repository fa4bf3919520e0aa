
/*
 * Asks a Redis what it is (ROLE, INFO) and what the workers wrote into it
 * (`meta`, docs/bus.md), and judges.  ngx_chat_link asks on connecting and
 * each second after.  Each judgement says to an operator what to do.
 */

#include "ngx_chat_agreement.h"
#include "chat_envelope.h"


#define NGX_CHAT_RUN_ID_MAX         64
#define NGX_CHAT_AGREEMENT_KEY_MAX  128


static struct {
    ngx_chat_agreement_t    result;
    ngx_chat_agreement_pt   done;
    u_char                  run_id[NGX_CHAT_RUN_ID_MAX];
    size_t                  run_id_len;
} ngx_chat_agreement;


/* Errors of Redis by their first word. */
static const struct {
    const char  *word;
    const char  *why;
} ngx_chat_agreement_errors[] = {
    { "NOAUTH",
      "it wants a password: give password= to chat_redis" },
    { "WRONGPASS",
      "it refuses the password: compare chat_redis with redis.conf" },
    { "NOPERM",
      "its user may not do what we need: compare chat_redis with its ACL" },
    { "LOADING",
      "it is still loading" },
    { "MASTERDOWN",
      "it is a replica without its master" }
};


static ngx_int_t ngx_chat_agreement_sign_in(ngx_chat_redis_t *redis,
    ngx_chat_redis_conf_t *conf);
static void ngx_chat_agreement_signed_in(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_agreement_role(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_agreement_info(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_agreement_meta(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_agreement_judge(const ngx_chat_resp_t *meta);
static ngx_uint_t ngx_chat_agreement_answered(ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_agreement_fail(const char *why);
static void ngx_chat_agreement_error(ngx_str_t text);


ngx_int_t
ngx_chat_agreement_ask(ngx_chat_redis_t *redis, ngx_chat_main_conf_t *conf,
    ngx_uint_t sign_in, ngx_chat_agreement_pt done)
{
    u_char        key[NGX_CHAT_AGREEMENT_KEY_MAX];
    chat_slice_t  role[1], info[2], meta[6];

    ngx_memzero(&ngx_chat_agreement.result, sizeof(ngx_chat_agreement_t));
    ngx_chat_agreement.done = done;
    ngx_chat_agreement.run_id_len = 0;

    if (sign_in
        && ngx_chat_agreement_sign_in(redis, conf->redis) != NGX_OK)
    {
        return NGX_ERROR;
    }

    role[0] = chat_slice("ROLE");

    info[0] = chat_slice("INFO");
    info[1] = chat_slice("server");

    meta[0] = chat_slice("HMGET");
    meta[1] = chat_slice_of(key, ngx_snprintf(key, sizeof(key),
                                              "%V" CHAT_BUS_META,
                                              &conf->prefix) - key);
    meta[2] = chat_slice("version");
    meta[3] = chat_slice("slots");
    meta[4] = chat_slice("epoch");
    meta[5] = chat_slice("run_id");

    if (ngx_chat_redis_command(redis, role, 1, ngx_chat_agreement_role, NULL)
        != NGX_OK
        || ngx_chat_redis_command(redis, info, 2, ngx_chat_agreement_info,
                                  NULL) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_redis_command(redis, meta, 6, ngx_chat_agreement_meta,
                                  NULL);
}


static ngx_int_t
ngx_chat_agreement_sign_in(ngx_chat_redis_t *redis,
    ngx_chat_redis_conf_t *conf)
{
    u_char        db[NGX_INT_T_LEN];
    ngx_uint_t    n;
    chat_slice_t  auth[3], select[2];

    n = 0;
    auth[n++] = chat_slice("AUTH");

    if (conf->user.len) {
        auth[n++] = ngx_chat_slice(conf->user);
    }

    auth[n++] = ngx_chat_slice(conf->password);

    if (conf->password.len
        && ngx_chat_redis_command(redis, auth, n, ngx_chat_agreement_signed_in,
                                  NULL) != NGX_OK)
    {
        return NGX_ERROR;
    }

    select[0] = chat_slice("SELECT");
    select[1] = chat_slice_of(db, ngx_sprintf(db, "%ui", conf->db) - db);

    return ngx_chat_redis_command(redis, select, 2,
                                  ngx_chat_agreement_signed_in, NULL);
}


static void
ngx_chat_agreement_signed_in(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    (void) ngx_chat_agreement_answered(rc, value);
}


static void
ngx_chat_agreement_role(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    ngx_str_t  role;

    if (!ngx_chat_agreement_answered(rc, value)) {
        return;
    }

    role = ngx_chat_resp_text(value, 0);

    if (role.len != 6 || ngx_strncmp(role.data, "master", 6) != 0) {
        ngx_chat_agreement_fail("it is a replica: chat_redis has to name its"
                                " master");
    }
}


static void
ngx_chat_agreement_info(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    u_char  *p, *last;
    size_t   n;

    if (!ngx_chat_agreement_answered(rc, value)
        || value->type != NGX_CHAT_RESP_STRING)
    {
        return;
    }

    last = value->text.data + value->text.len;

    p = ngx_strnstr(value->text.data, "run_id:", value->text.len);
    if (p == NULL) {
        return;
    }

    p += sizeof("run_id:") - 1;

    for (n = 0; p + n < last && p[n] > ' '; n++) { /* void */ }

    n = ngx_min(n, NGX_CHAT_RUN_ID_MAX);
    ngx_memcpy(ngx_chat_agreement.run_id, p, n);
    ngx_chat_agreement.run_id_len = n;
}


static void
ngx_chat_agreement_meta(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    if (rc != NGX_OK) {
        return;
    }

    if (ngx_chat_agreement_answered(rc, value)) {
        ngx_chat_agreement_judge(value);
    }

    ngx_chat_agreement.done(&ngx_chat_agreement.result);
}


static void
ngx_chat_agreement_judge(const ngx_chat_resp_t *meta)
{
    uint64_t               version, slots;
    ngx_str_t              run_id;
    ngx_chat_agreement_t  *a;

    a = &ngx_chat_agreement.result;
    run_id = ngx_chat_resp_text(meta, 3);

    if (run_id.len == 0) {
        ngx_chat_agreement_fail("no worker has prepared it: start chat-worker"
                                " with the same address and prefix");
        return;
    }

    if (run_id.len != ngx_chat_agreement.run_id_len
        || ngx_memcmp(run_id.data, ngx_chat_agreement.run_id, run_id.len) != 0)
    {
        ngx_chat_agreement_fail("it has restarted, and no worker has begun a"
                                " new epoch: is chat-worker running?");
        return;
    }

    if (chat_envelope_number(ngx_chat_slice(ngx_chat_resp_text(meta, 0)),
                             &version) != CHAT_OK
        || version != CHAT_BUS_VERSION)
    {
        ngx_chat_agreement_fail("its workers speak another version of the bus:"
                                " install module and workers of one release");
        return;
    }

    if (chat_envelope_number(ngx_chat_slice(ngx_chat_resp_text(meta, 1)),
                             &slots) != CHAT_OK
        || slots < 1 || slots > CHAT_SLOTS_MAX
        || chat_envelope_number(ngx_chat_slice(ngx_chat_resp_text(meta, 2)),
                                &a->epoch) != CHAT_OK)
    {
        ngx_chat_agreement_fail("what its workers wrote cannot be understood:"
                                " install module and workers of one release");
        return;
    }

    a->slots = slots;
}


/* False if there is nothing to look at; an error is noted. */
static ngx_uint_t
ngx_chat_agreement_answered(ngx_int_t rc, const ngx_chat_resp_t *value)
{
    if (rc != NGX_OK) {
        return 0;
    }

    if (value->type == NGX_CHAT_RESP_ERROR) {
        ngx_chat_agreement_error(value->text);
        return 0;
    }

    return 1;
}


/* The first reason is the one that is told. */
static void
ngx_chat_agreement_fail(const char *why)
{
    if (ngx_chat_agreement.result.why == NULL) {
        ngx_chat_agreement.result.why = why;
    }
}


/* What an error of Redis means to an operator. */
static void
ngx_chat_agreement_error(ngx_str_t text)
{
    size_t                 n;
    ngx_uint_t             i;
    const char            *word;
    ngx_chat_agreement_t  *a;

    a = &ngx_chat_agreement.result;

    if (a->why) {
        return;
    }

    for (i = 0; i < ngx_chat_countof(ngx_chat_agreement_errors); i++) {
        word = ngx_chat_agreement_errors[i].word;
        n = ngx_strlen(word);

        if (text.len >= n && ngx_strncmp(text.data, word, n) == 0) {
            a->why = ngx_chat_agreement_errors[i].why;
            return;
        }
    }

    a->why = "it answers with an error";
    a->detail_len = ngx_min(text.len, NGX_CHAT_AGREEMENT_DETAIL);
    ngx_memcpy(a->detail, text.data, a->detail_len);
}
