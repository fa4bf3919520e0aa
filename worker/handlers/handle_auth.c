
/*
 * POST /api/auth/login, refresh and logout, GET /api/auth/me.  An unknown user
 * and a wrong password are one answer after one time.  Every step may be
 * repeated: the tokens of a sign-in have the job's id.
 */


#include "handle_auth.h"
#include "access.h"
#include "grant.h"
#include "input.h"
#include "view.h"
#include "../auth/password.h"
#include "../auth/token.h"
#include "../store/store_token.h"
#include "../store/store_user.h"
#include "../validate/rules.h"


/* By email or username; what cannot be one is nobody's. */
static store_status_t
auth_find(job_t *job, chat_slice_t email, chat_slice_t username,
    model_user_t *user)
{
    char  name[RULES_EMAIL_MAX + 1];

    if (email.len != 0) {
        return (rules_email(email, name) == NULL)
               ? store_user_find_login(job->world->store, job->pool, "email",
                                       name, user)
               : STORE_NOT_FOUND;
    }

    return (rules_username(username, name) == NULL)
           ? store_user_find_login(job->world->store, job->pool, "username",
                                   name, user)
           : STORE_NOT_FOUND;
}


/* Takes the same time whether there is such a user or not. */
static bool
auth_password_fits(job_t *job, const model_user_t *user, bool found,
    const char *password)
{
    if (!found || user->password == NULL) {
        password_waste(password, job->world->config->bcrypt_cost);
        return false;
    }

    return password_matches(password, user->password);
}


job_status_t
handle_auth_login(job_t *job)
{
    bool             ok;
    chat_slice_t     email, username, password;
    model_user_t     user;
    store_status_t   status;

    ok = input_text(job, "email", &email);
    ok &= input_text(job, "username", &username);
    ok &= input_text(job, "password", &password);

    if (ok && email.len == 0 && username.len == 0) {
        ok = input_check(job, "email", "is missing");
    }

    if (ok && password.len == 0) {
        ok = input_check(job, "password", "is missing");
    }

    if (!ok) {
        return JOB_DONE;
    }

    status = auth_find(job, email, username, &user);
    if (status != STORE_OK && status != STORE_NOT_FOUND) {
        return job_fail_store(job, status);
    }

    if (!auth_password_fits(job, &user, status == STORE_OK,
                            pool_slice(job->pool, password)))
    {
        return job_fail(job, 401, "invalid_credentials",
                        "Wrong email or password");
    }

    if (!user.is_active) {
        return job_fail(job, 403, "account_inactive",
                        "This account is not active");
    }

    status = store_user_logged_in(job->world->store, user.id, job->now_ms);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    user.last_login_ms = job->now_ms;

    return grant_give(job, 200, &user, job->id, "Welcome back");
}


static job_status_t
auth_bad_refresh(job_t *job)
{
    return job_fail(job, 401, "invalid_refresh_token", "Sign in again");
}


/* Somebody has a copy: neither it nor the original is good any more. */
static job_status_t
auth_refresh_reused(job_t *job, const store_token_t *token)
{
    store_status_t  status;

    log_warn("auth: refresh token of %s used twice: family %s revoked",
             token->user, token->family);

    status = store_token_revoke(job->world->store, token->user, token->family,
                                job->now_ms);
    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    grant_close_sockets(job, token->user, token->family, "revoked");

    return auth_bad_refresh(job);
}


static job_status_t
auth_refresh_with(job_t *job, const store_token_t *token)
{
    model_user_t    user;
    store_status_t  status;

    if (token->expires_at_ms <= job->now_ms) {
        return auth_bad_refresh(job);
    }

    status = store_user_find(job->world->store, job->pool, token->user, &user);

    if (status == STORE_NOT_FOUND || (status == STORE_OK && !user.is_active)) {
        return auth_bad_refresh(job);
    }

    if (status == STORE_OK) {
        status = store_token_use(job->world->store, token, job->id,
                                 job->now_ms);
    }

    if (status == STORE_NOT_FOUND) {
        return auth_refresh_reused(job, token);
    }

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    return grant_give(job, 200, &user, token->family, "Welcome back");
}


job_status_t
handle_auth_refresh(job_t *job)
{
    char             hash[TOKEN_HASH_LEN + 1];
    chat_slice_t     secret;
    store_token_t    token;
    store_status_t   status;

    if (!input_text(job, "refreshToken", &secret)) {
        return JOB_DONE;
    }

    if (secret.len == 0) {
        secret = job->envelope.headers[CHAT_H_COOKIE];
    }

    if (secret.len == 0) {
        return auth_bad_refresh(job);
    }

    token_hash(secret, hash);
    status = store_token_find(job->world->store, job->pool, hash, &token);

    if (status == STORE_NOT_FOUND) {
        return auth_bad_refresh(job);
    }

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    return auth_refresh_with(job, &token);
}


/* On every device: tokens issued up to now, to the second, end. */
static store_status_t
auth_sign_out_everywhere(job_t *job)
{
    store_status_t  status;

    status = store_user_sign_out(job->world->store, job->uid,
                                 (job->now_ms / 1000 + 1) * 1000);
    if (status != STORE_OK) {
        return status;
    }

    return store_token_revoke(job->world->store, job->uid, NULL, job->now_ms);
}


job_status_t
handle_auth_logout(job_t *job)
{
    bool             all;
    const char      *family;
    chat_buf_t      *b;
    store_status_t   status;

    all = false;

    if (!input_flag(job, "all", &all)) {
        return JOB_DONE;
    }

    family = input_id(job, input_slice(job->token_session));
    status = STORE_OK;

    if (all) {
        status = auth_sign_out_everywhere(job);

    } else if (family != NULL) {
        status = store_token_revoke(job->world->store, job->uid, family,
                                    job->now_ms);
    }

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    if (all || family != NULL) {
        grant_close_sockets(job, job->uid, all ? NULL : family, "logout");
    }

    grant_clear_cookie(job);

    b = job_reply(job, 200);
    chat_buf_byte(b, '{');
    view_string(b, "message", "Signed out");
    chat_buf_byte(b, '}');

    return JOB_DONE;
}


job_status_t
handle_auth_me(job_t *job)
{
    model_user_t  user;

    if (!access_account(job, &user)) {
        return JOB_DONE;
    }

    view_user(job_reply(job, 200), &user, true);

    return JOB_DONE;
}
