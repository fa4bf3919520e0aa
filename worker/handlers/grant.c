
/*
 * The end of every sign-in, and its undoing, for handle_auth, handle_register
 * and handle_token.  The secret of a refresh token is in the answer and nowhere
 * else.
 */


#include "grant.h"
#include "view.h"
#include "../auth/token.h"
#include "../store/store_token.h"
#include "chat_utf8.h"


static const char *
grant_cookie_rest(job_t *job)
{
    const config_t  *config = job->world->config;

    return pool_printf(job->pool, "; Path=/; HttpOnly; SameSite=%s%s%s%s",
                       config->cookie_samesite,
                       config->cookie_secure ? "; Secure" : "",
                       (config->cookie_domain != NULL) ? "; Domain=" : "",
                       (config->cookie_domain != NULL) ? config->cookie_domain
                                                       : "");
}


static void
grant_set_cookie(job_t *job, const char *token)
{
    const config_t  *config = job->world->config;

    if (config->cookie_name != NULL) {
        job_header(job, CHAT_H_SET_COOKIE,
                   pool_printf(job->pool, "%s=%s; Max-Age=%u%s",
                               config->cookie_name, token, config->token_ttl_s,
                               grant_cookie_rest(job)));
    }
}


void
grant_clear_cookie(job_t *job)
{
    const config_t  *config = job->world->config;

    if (config->cookie_name != NULL) {
        job_header(job, CHAT_H_SET_COOKIE,
                   pool_printf(job->pool, "%s=; Max-Age=0%s",
                               config->cookie_name, grant_cookie_rest(job)));
    }
}


/* A token is never older than the moment since which tokens count. */
static const char *
grant_sign(job_t *job, const model_user_t *user, const char *family)
{
    int64_t          now_s, valid_s;
    token_claims_t   claims;

    now_s = job->now_ms / 1000;
    valid_s = (user->tokens_valid_after_ms + 999) / 1000;

    claims.uid = user->id;
    claims.role = (user->role != NULL) ? user->role : "";
    claims.session = family;
    claims.issued_at_s = (now_s > valid_s) ? now_s : valid_s;

    return token_sign(job->world->config, job->pool, &claims);
}


/* A header's value may be any bytes; only text is kept. */
static char *
grant_text(job_t *job, const char *value)
{
    size_t  n = strlen(value);

    return chat_utf8_valid(chat_slice_of(value, n))
           ? pool_strndup(job->pool, value, n) : NULL;
}


static store_status_t
grant_keep(job_t *job, const model_user_t *user, const char *family,
    char *hash)
{
    store_token_t  token;

    memset(&token, 0, sizeof(token));
    memcpy(token.id, job->id, sizeof(token.id));
    memcpy(token.user, user->id, sizeof(token.user));
    memcpy(token.family, family, CHAT_ID_LEN);

    token.hash = hash;
    token.device = grant_text(job, job->agent);
    token.ip = grant_text(job, job->ip);
    token.created_at_ms = job->now_ms;
    token.expires_at_ms = job->now_ms
                          + job->world->config->refresh_ttl_s * INT64_C(1000);

    return store_token_put(job->world->store, &token);
}


job_status_t
grant_give(job_t *job, uint32_t status, const model_user_t *user,
    const char *family, const char *message)
{
    char             secret[TOKEN_SECRET_LEN + 1], hash[TOKEN_HASH_LEN + 1];
    chat_buf_t      *b;
    const char      *token;
    store_status_t   rc;

    token = grant_sign(job, user, family);

    if (token == NULL || !token_secret(secret, hash)) {
        return job_fail(job, 500, "internal", "Cannot make a token");
    }

    rc = grant_keep(job, user, family, hash);
    if (rc != STORE_OK) {
        return job_fail_store(job, rc);
    }

    grant_set_cookie(job, token);

    b = job_reply(job, status);
    chat_buf_byte(b, '{');
    view_string(b, "token", token);
    view_string(b, "refreshToken", secret);
    view_key(b, "user");
    view_user(b, user, true);
    view_string(b, "message", message);
    chat_buf_byte(b, '}');

    return JOB_DONE;
}


void
grant_close_sockets(job_t *job, const char *uid, const char *family,
    const char *reason)
{
    job_event(job, "c", true, NULL, 0, NULL);
    job_event_header(job, CHAT_H_REASON, reason);

    if (family != NULL) {
        job_event_header(job, CHAT_H_TOKEN_SESSION, family);
    }

    job_to_user(job, uid);
}
