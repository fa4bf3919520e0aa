
/*
 * Between JSON or a query string and the rules: every handler takes its input
 * through here, so a wrong type is told in one way everywhere.
 */


#include "input.h"
#include "../validate/rules.h"
#include "chat_utf8.h"


bool
input_check(job_t *job, const char *name, const char *wrong)
{
    if (wrong != NULL) {
        job_fail_field(job, name, wrong);
    }

    return wrong == NULL;
}


bool
input_text(job_t *job, const char *name, chat_slice_t *text)
{
    *text = chat_slice_of(NULL, 0);

    return input_check(job, name,
                       (json_value_text(job->input, name, text) == CHAT_BAD)
                       ? "must be a string" : NULL);
}


bool
input_count(job_t *job, const char *name, uint64_t *n)
{
    int64_t        value;
    chat_status_t  rc;

    rc = json_value_integer(job->input, name, &value);

    if (rc == CHAT_NOT_FOUND) {
        return true;
    }

    if (rc != CHAT_OK || value < 0) {
        return input_check(job, name, "must be a whole number");
    }

    *n = (uint64_t) value;

    return true;
}


bool
input_flag(job_t *job, const char *name, bool *yes)
{
    return input_check(job, name,
                       (json_value_boolean(job->input, name, yes) == CHAT_BAD)
                       ? "must be true or false" : NULL);
}


bool
input_string(job_t *job, const char *name,
    const char *(*rule)(chat_slice_t text), char **string)
{
    chat_slice_t  text;

    *string = NULL;

    if (!input_text(job, name, &text)) {
        return false;
    }

    if (text.len == 0) {
        return true;
    }

    *string = pool_slice(job->pool, text);

    return input_check(job, name, rule(text));
}


bool
input_query(job_t *job, const char *name, const char **value)
{
    *value = job_query(job, name);

    return input_check(job, name,
                       (*value != NULL && !chat_utf8_valid(input_slice(*value)))
                       ? "is not UTF-8" : NULL);
}


bool
input_query_number(job_t *job, const char *name, uint64_t *n)
{
    const char  *value;

    value = job_query(job, name);

    return value == NULL || input_check(job, name, rules_number(value, n));
}


bool
input_query_limit(job_t *job, uint32_t absent, uint32_t max, uint32_t *limit)
{
    return input_check(job, "limit", rules_limit(job_query(job, "limit"),
                                                 absent, max, limit));
}


const char *
input_uid(job_t *job, chat_slice_t text)
{
    char    uid[CHAT_UID_MAX];
    size_t  len;

    if (chat_uid_parse(text, uid, &len) != CHAT_OK) {
        return NULL;
    }

    return pool_strndup(job->pool, uid, len);
}


const char *
input_id(job_t *job, chat_slice_t text)
{
    char  id[CHAT_ID_LEN];

    if (chat_id_parse(text, id) != CHAT_OK) {
        return NULL;
    }

    return pool_strndup(job->pool, id, CHAT_ID_LEN);
}
