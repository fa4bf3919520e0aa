
/*
 * POST /api/auth/register and /signup: a new account.  Everything that is wrong
 * is named at once; whether the name is free, the unique index says.  Role,
 * points and the like are never taken from here.
 */


#include "handle_register.h"
#include "grant.h"
#include "input.h"
#include "../auth/password.h"
#include "../store/store_user.h"
#include "../validate/rules.h"


typedef struct {
    char   email[RULES_EMAIL_MAX + 1];
    char   username[RULES_USERNAME_MAX + 1];
    char  *password;
} register_input_t;


static bool
register_names(job_t *job, register_input_t *in, model_user_t *user)
{
    bool          ok;
    chat_slice_t  email, username;

    ok = input_text(job, "email", &email);
    ok &= input_text(job, "username", &username);

    if (ok && email.len == 0 && username.len == 0) {
        return input_check(job, "email", "is missing");
    }

    if (email.len != 0) {
        ok &= input_check(job, "email", rules_email(email, in->email));
        user->email = in->email;
    }

    if (username.len != 0) {
        ok &= input_check(job, "username",
                          rules_username(username, in->username));
        user->username = in->username;
    }

    return ok;
}


/* A whole name is made of its parts, parts of a whole name. */
static void
register_derive_names(job_t *job, model_user_t *user)
{
    char  *space;

    if (user->full_name == NULL
        && (user->first_name != NULL || user->last_name != NULL))
    {
        user->full_name = pool_printf(job->pool, "%s%s%s",
                              user->first_name ? user->first_name : "",
                              user->first_name && user->last_name ? " " : "",
                              user->last_name ? user->last_name : "");
        return;
    }

    if (user->full_name == NULL) {
        user->full_name = user->username;
        return;
    }

    if (user->first_name != NULL || user->last_name != NULL) {
        return;
    }

    user->first_name = pool_strndup(job->pool, user->full_name,
                                    strlen(user->full_name));
    space = strchr(user->first_name, ' ');

    if (space != NULL) {
        *space = '\0';
        user->last_name = space + 1;
    }
}


/* One of the words that worker.conf allows; a year may be a number. */
static bool
register_word(job_t *job, const char *name, const config_words_t *allowed,
    char **word)
{
    uint64_t       n;
    chat_slice_t   text;

    *word = NULL;

    if (json_value_is_string(json_value_member(job->input, name))) {
        if (!input_text(job, name, &text)) {
            return false;
        }

        *word = (text.len != 0) ? pool_slice(job->pool, text) : NULL;

    } else if (json_value_member(job->input, name) != NULL) {
        if (!input_count(job, name, &n)) {
            return false;
        }

        *word = pool_printf(job->pool, "%llu", (unsigned long long) n);
    }

    return *word == NULL
           || input_check(job, name, rules_word(input_slice(*word), allowed));
}


static bool
register_profile(job_t *job, model_user_t *user)
{
    bool             ok;
    const config_t  *config = job->world->config;

    ok = input_string(job, "fullName", rules_name, &user->full_name);
    ok &= input_string(job, "firstName", rules_name, &user->first_name);
    ok &= input_string(job, "lastName", rules_name, &user->last_name);
    ok &= input_string(job, "phone", rules_phone, &user->phone);
    ok &= input_string(job, "avatar", rules_url, &user->avatar);
    ok &= register_word(job, "field", &config->fields, &user->field);
    ok &= register_word(job, "year", &config->years, &user->year);

    register_derive_names(job, user);

    if (ok && user->full_name == NULL) {
        return input_check(job, "fullName", "is missing");
    }

    return ok;
}


static bool
register_password(job_t *job, register_input_t *in)
{
    chat_slice_t  password;

    if (!input_text(job, "password", &password)) {
        return false;
    }

    in->password = pool_slice(job->pool, password);

    return input_check(job, "password",
                       (password.len == 0)
                       ? "is missing"
                       : rules_password(password,
                                        job->world->config->password_min));
}


static job_status_t
register_taken(job_t *job, const char *taken)
{
    if (strcmp(taken, "username") == 0) {
        return job_fail(job, 409, "username_taken",
                        "This username is already taken");
    }

    return job_fail(job, 409, "email_taken",
                    "An account with this email already exists");
}


job_status_t
handle_register(job_t *job)
{
    bool               ok;
    char               hash[PASSWORD_HASH_MAX];
    const char        *taken;
    model_user_t       user;
    store_status_t     status;
    register_input_t   in;

    memset(&user, 0, sizeof(user));

    ok = register_names(job, &in, &user);
    ok &= register_password(job, &in);
    ok &= register_profile(job, &user);

    if (!ok) {
        return JOB_DONE;
    }

    if (!password_hash(in.password, job->world->config->bcrypt_cost, hash)) {
        return job_fail(job, 500, "internal", "Cannot hash the password");
    }

    memcpy(user.id, job->id, sizeof(job->id));
    user.password = hash;
    user.role = job->world->config->roles.words[0];
    user.status = "active";
    user.is_active = true;
    user.created_at_ms = user.updated_at_ms = job->now_ms;
    user.last_login_ms = job->now_ms;

    status = store_user_create(job->world->store, job->pool, &user, &taken);

    if (status == STORE_DUPLICATE) {
        return register_taken(job, taken);
    }

    if (status != STORE_OK) {
        return job_fail_store(job, status);
    }

    return grant_give(job, 201, &user, job->id, "Welcome");
}
