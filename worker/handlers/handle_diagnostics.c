
/*
 * Answers with what was asked.  JSON is passed on as it came: nothing is
 * parsed, so numbers and escapes come back byte for byte.  The router offers
 * these only where diagnostics are on; handle_session.c asks for `auth`.
 */


#include "handle_diagnostics.h"
#include "access.h"


/* On a line of its own: a newline in JSON is white space. */
static void
diagnostics_line(chat_buf_t *b, chat_slice_t json)
{
    size_t  i;

    for (i = 0; i < json.len; i++) {
        chat_buf_byte(b, (json.data[i] == '\n') ? ' ' : json.data[i]);
    }
}


/* What is between the brackets of the arguments; len 0: none. */
static chat_slice_t
diagnostics_args(const job_t *job)
{
    size_t        at;
    chat_slice_t  json = job->envelope.body;

    json = chat_slice_of(json.data + 1, json.len - 1);

    for (at = 0; at < json.len && strchr(" \t\r\n", json.data[at]); at++) {
        /* void */
    }

    return (json.data[at] == ']') ? chat_slice_of(NULL, 0) : json;
}


void
diagnostics_greet(job_t *job)
{
    chat_buf_t    *b;
    chat_slice_t   payload = job->envelope.body;

    if (!job->world->config->diagnostics) {
        return;
    }

    b = job_packets(job);
    chat_buf_str(b, b->len ? "\n" : "");
    chat_buf_str(b, "[\"auth\",");
    diagnostics_line(b, payload.len ? payload : chat_slice("{}"));
    chat_buf_str(b, "]");
}


bool
diagnostics_alone(const job_t *job)
{
    return strcmp(job->nsp, "/") != 0 || job->uid[0] == '\0';
}


job_status_t
handle_diagnostics_join(job_t *job)
{
    model_user_t  user;

    if (chat_slice_eq(job->envelope.headers[CHAT_H_STATE],
                      chat_slice("close")))
    {
        job_reply(job, 200);
        return JOB_DONE;
    }

    if (!job->world->config->diagnostics) {
        return (job->uid[0] == '\0')
               ? job_fail(job, 401, "unauthorized", "Sign in first")
               : job_fail(job, 403, "forbidden", "Nothing is here");
    }

    if (job->uid[0] != '\0' && !access_account(job, &user)) {
        return JOB_DONE;
    }

    diagnostics_greet(job);
    job_reply(job, 200);

    return JOB_DONE;
}


job_status_t
handle_diagnostics_message(job_t *job)
{
    chat_buf_t    *b;
    chat_slice_t   args = diagnostics_args(job);

    b = job_packets(job);
    chat_buf_str(b, args.len ? "[\"message-back\"," : "[\"message-back\"]");
    diagnostics_line(b, args);

    job_reply(job, 200);

    return JOB_DONE;
}


job_status_t
handle_diagnostics_ack(job_t *job)
{
    chat_buf_slice(job_reply_args(job), job->envelope.body);

    return JOB_DONE;
}
