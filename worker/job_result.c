
/*
 * What a handler says: answer or error, events, marks, packets.  Nothing
 * leaves from here; it is kept until the batch is finished (job_encode.c), or
 * thrown away when the handler has to run again.
 */

#include "job_result.h"


#define JOB_BUFFER_MAX  CHAT_BUS_JOB_MAX


static void
job_result_free(job_result_t *result)
{
    job_event_t  *event;

    chat_buf_free(&result->body);
    chat_buf_free(&result->packets);
    chat_buf_free(&result->attachments);
    chat_buf_free(&result->lengths);
    chat_buf_free(&result->deliver);
    chat_buf_free(&result->channels);

    for (event = result->events; event; event = event->next) {
        chat_buf_free(&event->lines);
    }
}


void
job_restart(job_t *job)
{
    job_result_t  *result = job->result;

    if (result) {
        job_result_free(result);
        memset(result, 0, sizeof(job_result_t));

    } else {
        result = pool_alloc(job->pool, sizeof(job_result_t));
        job->result = result;
    }

    chat_buf_init(&result->body, JOB_BUFFER_MAX);
    chat_buf_init(&result->packets, JOB_BUFFER_MAX);
    chat_buf_init(&result->attachments, JOB_BUFFER_MAX);
    chat_buf_init(&result->lengths, CHAT_ENVELOPE_VALUE_MAX);
    chat_buf_init(&result->deliver, CHAT_ENVELOPE_VALUE_MAX);
    chat_buf_init(&result->channels, CHAT_ENVELOPE_VALUE_MAX);
    result->event_end = &result->events;
    result->mark_end = &result->marks;
}


void
job_free(job_t *job)
{
    job_result_free(job->result);
    json_value_free(job->input);
    job->input = NULL;
}


/* --- the answer --------------------------------------------------------- */

bool
job_answered(const job_t *job)
{
    return job->result->status != 0 || job->result->move_to != NULL;
}


uint32_t
job_status_code(const job_t *job)
{
    return job->result->status;
}


void
job_result_as(job_t *job, const char *as)
{
    job->result->as = as;
}


chat_buf_t *
job_reply(job_t *job, uint32_t status)
{
    job_result_t  *result = job->result;

    result->status = status;
    result->code = NULL;
    result->args = false;
    chat_buf_reset(&result->body);

    return &result->body;
}


chat_buf_t *
job_reply_args(job_t *job)
{
    chat_buf_t  *b;

    b = job_reply(job, 200);
    job->result->args = true;

    return b;
}


job_status_t
job_fail(job_t *job, uint32_t status, const char *code, const char *message)
{
    job_reply(job, status);
    job->result->code = code;
    job->result->message = pool_strndup(job->pool, message, strlen(message));

    return JOB_DONE;
}


job_status_t
job_fail_field(job_t *job, const char *field, const char *message)
{
    job_word_t  *word;

    if (job->result->fields == NULL) {
        job_fail(job, 400, "invalid", "Some fields are not valid");
    }

    word = pool_alloc(job->pool, sizeof(job_word_t));
    word->text = pool_strndup(job->pool, field, strlen(field));
    word->more = pool_strndup(job->pool, message, strlen(message));
    word->next = job->result->fields;
    job->result->fields = word;

    return JOB_DONE;
}


job_status_t
job_fail_store(job_t *job, store_status_t status)
{
    if (status == STORE_UNAVAILABLE || status == STORE_UNKNOWN) {
        return job_fail(job, 503, "unavailable",
                        "The chat is not available at the moment");
    }

    return job_fail(job, 500, "internal", "That did not work");
}


void
job_header(job_t *job, chat_header_t name, const char *value)
{
    job->result->envelope.headers[name] =
        chat_slice_of(pool_strndup(job->pool, value, strlen(value)),
                      strlen(value));
}


chat_buf_t *
job_packets(job_t *job)
{
    return &job->result->packets;
}


void
job_attach(job_t *job, chat_slice_t bytes)
{
    chat_attach_add(&job->result->lengths, bytes.len);
    chat_buf_slice(&job->result->attachments, bytes);
}


/* Lists whose elements stand in one header. */
static chat_buf_t *
job_list(chat_buf_t *list)
{
    if (list->len > 0) {
        chat_buf_byte(list, ',');
    }

    return list;
}


void
job_deliver(job_t *job, const char *conversation, uint64_t seq)
{
    chat_buf_t  *b;

    b = job_list(&job->result->deliver);
    chat_buf_str(b, conversation);
    chat_buf_byte(b, ':');
    chat_buf_u64(b, seq);
}


void
job_channel(job_t *job, const char *conversation)
{
    chat_buf_str(job_list(&job->result->channels), conversation);
}


void
job_offset(job_t *job, const char *offset)
{
    job_header(job, CHAT_H_OFFSET, offset);
}


/* --- events and marks --------------------------------------------------- */

chat_buf_t *
job_event(job_t *job, const char *flags, bool logged,
    const char *conversation, uint64_t seq, const char *exclude)
{
    char         *number;
    job_event_t  *event;

    event = pool_alloc(job->pool, sizeof(job_event_t));
    event->logged = logged;
    chat_buf_init(&event->lines, JOB_BUFFER_MAX);

    conversation = conversation ? conversation : "-";
    number = seq ? pool_printf(job->pool, "%lu", seq) : "-";

    event->envelope.words[1] = chat_slice_of(flags, strlen(flags));
    event->envelope.words[2] =
        chat_slice_of(pool_strndup(job->pool, conversation,
                                   strlen(conversation)),
                      strlen(conversation));
    event->envelope.words[3] = chat_slice_of(number, strlen(number));

    *job->result->event_end = event;
    job->result->event_end = &event->next;
    job->result->event = event;

    if (exclude) {
        job_event_header(job, CHAT_H_EXCLUDE, exclude);
    }

    return &event->lines;
}


void
job_event_header(job_t *job, chat_header_t name, const char *value)
{
    job->result->event->envelope.headers[name] =
        chat_slice_of(pool_strndup(job->pool, value, strlen(value)),
                      strlen(value));
}


static void
job_target(job_t *job, char kind, const char *id)
{
    job_word_t   *target;
    job_event_t  *event = job->result->event;

    target = pool_alloc(job->pool, sizeof(job_word_t));
    target->text = pool_printf(job->pool, "%c%s", kind, id);
    target->next = event->targets;
    event->targets = target;
    event->target_count++;
}


void
job_to_user(job_t *job, const char *uid)
{
    job_target(job, 'u', uid);
}


void
job_to_conversation(job_t *job, const char *id)
{
    job_target(job, 'c', id);
}


bool
job_is_large(const job_t *job, const model_conversation_t *conversation)
{
    return conversation->member_count > job->world->config->fanout_limit;
}


void
job_to_members(job_t *job, const model_conversation_t *conversation,
    const char *except_uid)
{
    uint32_t     i;
    const char  *uid;

    if (job_is_large(job, conversation)) {
        job_to_conversation(job, conversation->id);
        return;
    }

    for (i = 0; i < conversation->member_count; i++) {
        uid = conversation->members[i].uid;

        if (except_uid == NULL || strcmp(uid, except_uid) != 0) {
            job_to_user(job, uid);
        }
    }
}


void
job_mark(job_t *job, const char *conversation, const char *field,
    const char *uid, uint64_t value)
{
    job_moved_t  *mark;

    mark = pool_alloc(job->pool, sizeof(job_moved_t));
    mark->conversation = pool_strndup(job->pool, conversation,
                                      strlen(conversation));
    mark->field = pool_printf(job->pool, "%s%s", field, uid ? uid : "");
    mark->value = value;

    *job->result->mark_end = mark;
    job->result->mark_end = &mark->next;
}


void
job_moved_marks(const job_t *job, void (*moved)(void *data,
    const char *conversation), void *data)
{
    const char   *last;
    job_moved_t  *mark;

    for (mark = job->result->marks, last = ""; mark; mark = mark->next) {
        if (strcmp(mark->conversation, last) != 0) {
            last = mark->conversation;
            moved(data, last);
        }
    }
}


/* --- other ends --------------------------------------------------------- */

/* A job that moved once and does not fit there either would move for ever. */
job_status_t
job_move(job_t *job, const char *conversation)
{
    if (job->envelope.headers[CHAT_H_MOVED].data != NULL) {
        return job_fail(job, 500, "internal", "That did not work");
    }

    job->result->move_to = pool_strndup(job->pool, conversation,
                                        strlen(conversation));

    return JOB_DONE;
}


void
job_bury(job_t *job)
{
    job_restart(job);
    job_fail(job, 500, "internal", "That did not work");
    job->result->bury = true;
}


uint32_t
job_event_count(const job_t *job)
{
    uint32_t      n;
    job_event_t  *event;

    for (event = job->result->events, n = 0; event; event = event->next) {
        n += event->target_count;
    }

    return n;
}
