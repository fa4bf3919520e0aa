
/*
 * Answers with what was asked.  JSON is passed on as it came: nothing is
 * parsed, so numbers and escapes come back byte for byte.  The router offers
 * these only where diagnostics are on; handle_session.c asks for `auth`.
 */


#include "handle_diagnostics.h"
#include "access.h"
#include "chat_json_scan.h"


/* On a line of its own: a newline in JSON is white space. */
static void
diagnostics_line(chat_buf_t *b, chat_slice_t json)
{
    size_t  i;

    for (i = 0; i < json.len; i++) {
        chat_buf_byte(b, (json.data[i] == '\n') ? ' ' : json.data[i]);
    }
}


/*
 * What the job says, as a packet of the event `name` or, NULL, as an ack;
 * `asks` if that is to be answered.
 */
static job_status_t
diagnostics_echo(job_t *job, chat_buf_t *b, const char *name, bool asks)
{
    size_t             at;
    uint32_t           count;
    chat_slice_t       array, bytes;
    chat_attach_t      attach;
    chat_json_value_t  first;

    if (!job_arguments(job, &array, &attach)) {
        return job_fail(job, 400, "bad_json", "These are no arguments");
    }

    for (count = 0; chat_attach_next(&attach, &bytes) == CHAT_OK; count++) {
        job_attach(job, bytes);
    }

    if (count) {
        chat_buf_u64(b, count);
        chat_buf_byte(b, '-');
    }

    chat_buf_str(b, asks ? "?[" : "[");

    if (name) {
        chat_buf_json(b, chat_slice_of(name, strlen(name)));
        at = 0;
        chat_buf_str(b, (chat_json_element(array, &at, &first) == CHAT_OK)
                        ? "," : "");
    }

    diagnostics_line(b, chat_slice_of(array.data + 1, array.len - 1));

    return JOB_DONE;
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


/* A packet, then the ack that any event has. */
static job_status_t
diagnostics_send(job_t *job, const char *name, bool asks)
{
    job_reply(job, 200);

    return diagnostics_echo(job, job_packets(job), name, asks);
}


job_status_t
handle_diagnostics_message(job_t *job)
{
    return diagnostics_send(job, "message-back", false);
}


job_status_t
handle_diagnostics_ack(job_t *job)
{
    return diagnostics_echo(job, job_reply_args(job), NULL, false);
}


job_status_t
handle_diagnostics_ask(job_t *job)
{
    return diagnostics_send(job, "question", true);
}


job_status_t
handle_diagnostics_answer(job_t *job)
{
    return diagnostics_send(job, "answer", false);
}
