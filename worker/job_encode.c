
/*
 * A job's result becomes its part of a call of `finish` (docs/bus.md): reply,
 * marks, events, what is added to other streams.  Here the answer takes the
 * shape that the asker expects, REST or an event's ack.  child_finish.c calls.
 */

#include "job_result.h"
#include "bus.h"
#include "log.h"


#define JOB_DEAD         "dead"
#define JOB_RETRY_AFTER  "1"
#define JOB_REPLY_MAX    (CHAT_BUS_JOB_MAX + 2 * CHAT_ENVELOPE_VALUE_MAX)


/* Moves what was built into the pool; absent if building it failed. */
static chat_slice_t
job_keep(job_t *job, chat_buf_t *b)
{
    chat_slice_t  slice;

    slice = chat_slice_of(NULL, 0);

    if (chat_buf_status(b) == CHAT_OK) {
        slice = chat_slice_of(pool_slice(job->pool, chat_buf_view(b)), b->len);
    }

    chat_buf_free(b);

    return slice;
}


/* {"message", "code", "fields"} */
static void
job_write_error(const job_result_t *result, chat_buf_t *b)
{
    job_word_t  *field;

    chat_buf_str(b, "{\"message\":");
    chat_buf_json(b, chat_slice_of(result->message, strlen(result->message)));
    chat_buf_str(b, ",\"code\":");
    chat_buf_json(b, chat_slice_of(result->code, strlen(result->code)));

    for (field = result->fields; field; field = field->next) {
        chat_buf_str(b, (field == result->fields) ? ",\"fields\":{" : ",");
        chat_buf_json(b, chat_slice_of(field->text, strlen(field->text)));
        chat_buf_byte(b, ':');
        chat_buf_json(b, chat_slice_of(field->more, strlen(field->more)));
    }

    chat_buf_str(b, result->fields ? "}}" : "}");
}


/* The body of a REST answer; of an event, the arguments of its ack. */
static void
job_write_body(const job_t *job, chat_buf_t *b)
{
    job_result_t  *result = job->result;

    if ((job->kind != JOB_EVENT && job->kind != JOB_ACK) || result->args) {

        if (result->code) {
            job_write_error(result, b);
            return;
        }

        chat_buf_slice(b, chat_buf_view(&result->body));
        return;
    }

    if (result->code) {
        chat_buf_str(b, "[{\"ok\":false,\"error\":");
        job_write_error(result, b);
        chat_buf_str(b, "}]");
        return;
    }

    chat_buf_str(b, "[{\"ok\":true");

    if (result->as && result->body.len > 0) {
        chat_buf_str(b, ",\"");
        chat_buf_str(b, result->as);
        chat_buf_str(b, "\":");
        chat_buf_slice(b, chat_buf_view(&result->body));
    }

    chat_buf_str(b, "}]");
}


static void
job_list_header(chat_envelope_t *reply, chat_header_t name,
    const chat_buf_t *list)
{
    if (list->len > 0) {
        reply->headers[name] = chat_buf_view(list);
    }
}


/* True if there is an answer and nothing of it is broken. */
static bool
job_is_whole(const job_result_t *result)
{
    return result->status != 0
           && chat_buf_status(&result->body) == CHAT_OK
           && chat_buf_status(&result->packets) == CHAT_OK
           && chat_buf_status(&result->attachments) == CHAT_OK
           && chat_buf_status(&result->lengths) == CHAT_OK
           && chat_buf_status(&result->deliver) == CHAT_OK
           && chat_buf_status(&result->channels) == CHAT_OK;
}


static chat_slice_t
job_text(job_t *job, const char *format, uint64_t n)
{
    char  *text;

    text = pool_printf(job->pool, format, n);

    return chat_slice_of(text, strlen(text));
}


/*
 * What is fetched comes late, and a socket's events are answered in order: so
 * an event's answer is in the reply itself if its arguments were in the job.
 */
static bool
job_fits(const job_t *job, chat_slice_t body)
{
    return body.len <= (job->kind == JOB_EVENT ? CHAT_BUS_JOB_INLINE
                                               : CHAT_BUS_REPLY_INLINE);
}


/* Encodes the reply; `blob` is what does not fit into it. */
static chat_slice_t
job_encode_reply(job_t *job, chat_slice_t *blob)
{
    chat_buf_t        b;
    chat_slice_t      body;
    job_result_t     *result = job->result;
    chat_envelope_t   reply = result->envelope;

    chat_buf_init(&b, JOB_REPLY_MAX);
    chat_buf_slice(&b, chat_buf_view(&result->packets));
    job_write_body(job, &b);
    chat_buf_slice(&b, chat_buf_view(&result->attachments));
    body = job_keep(job, &b);

    reply.words[0] = chat_slice_of(job->id, CHAT_ID_LEN);
    reply.words[1] = job_text(job, "%lu", result->status);
    reply.words[2] = (body.len > result->packets.len)
                     ? chat_slice("application/json") : chat_slice("-");

    job_list_header(&reply, CHAT_H_DELIVER, &result->deliver);
    job_list_header(&reply, CHAT_H_CHANNELS, &result->channels);
    job_list_header(&reply, CHAT_H_ATT, &result->lengths);

    if (result->packets.len > 0) {
        reply.headers[CHAT_H_PACKETS] = job_text(job, "%lu",
                                                 result->packets.len);
    }

    if (result->status == 503 && !reply.headers[CHAT_H_RETRY_AFTER].data) {
        reply.headers[CHAT_H_RETRY_AFTER] = chat_slice(JOB_RETRY_AFTER);
    }

    *blob = chat_slice_of(NULL, 0);

    if (job_fits(job, body)) {
        reply.body = body;

    } else {
        reply.headers[CHAT_H_BLOB] = chat_slice_of(job->id, CHAT_ID_LEN);
        *blob = body;
    }

    chat_buf_init(&b, JOB_REPLY_MAX);
    chat_envelope_encode(&b, CHAT_ENVELOPE_REPLY, &reply);

    return job_keep(job, &b);
}


/* What was done stands and is told; only the answer is another. */
static void
job_spoil(job_t *job)
{
    job_result_t  *result = job->result;

    chat_buf_reset(&result->packets);
    chat_buf_reset(&result->attachments);
    chat_buf_reset(&result->lengths);
    chat_buf_reset(&result->deliver);
    chat_buf_reset(&result->channels);
    memset(&result->envelope, 0, sizeof(chat_envelope_t));
    result->fields = NULL;

    job_fail(job, 500, "internal", "That did not work");
}


static void
job_encode_answer(job_t *job, bus_args_t *args)
{
    chat_slice_t  reply, blob;

    if (!job_wants_reply(job) || job->result->move_to) {
        bus_arg_str(args, "");
        bus_arg_str(args, "");
        bus_arg_str(args, "");
        bus_arg_str(args, "");
        return;
    }

    reply = job_is_whole(job->result) ? job_encode_reply(job, &blob)
                                      : chat_slice_of(NULL, 0);

    if (reply.data == NULL) {
        log_error("job: %s: the answer cannot be encoded", job->id);
        job_spoil(job);
        reply = job_encode_reply(job, &blob);
    }

    bus_arg(args, job->envelope.words[3]);
    bus_arg(args, reply);
    bus_arg_str(args, blob.len ? job->id : "");
    bus_arg(args, blob);
}


/* Marks of one conversation that follow each other are one group. */
static void
job_encode_marks(const job_t *job, bus_args_t *args)
{
    uint32_t      groups, n;
    const char   *id;
    job_moved_t  *mark, *first;

    for (mark = job->result->marks, groups = 0, id = NULL; mark;
         mark = mark->next)
    {
        groups += (id == NULL || strcmp(mark->conversation, id) != 0);
        id = mark->conversation;
    }

    bus_arg_u64(args, groups);

    for (first = job->result->marks; first; first = mark) {
        id = first->conversation;

        for (mark = first, n = 0; mark && strcmp(mark->conversation, id) == 0;
             mark = mark->next)
        {
            n++;
        }

        bus_arg_str(args, id);
        bus_arg_u64(args, n);

        for (mark = first; n > 0; mark = mark->next, n--) {
            bus_arg_str(args, mark->field);
            bus_arg_u64(args, mark->value);
        }
    }
}


static void
job_encode_event(job_t *job, job_event_t *event, bus_args_t *args)
{
    chat_buf_t    b;
    job_word_t   *target;
    chat_slice_t  tail;

    event->envelope.body = chat_buf_view(&event->lines);
    chat_buf_init(&b, JOB_REPLY_MAX);
    chat_envelope_encode_event_tail(&b, &event->envelope);
    chat_buf_fail(&b, event->lines.status);
    tail = job_keep(job, &b);

    if (tail.data == NULL) {
        log_error("job: %s: an event cannot be encoded", job->id);
        event->target_count = 0;
        event->targets = NULL;
    }

    bus_arg_str(args, event->logged ? "l" : "-");
    bus_arg(args, tail);
    bus_arg_u64(args, event->target_count);

    for (target = event->targets; target; target = target->next) {
        bus_arg_str(args, target->text);
    }
}


/* The job as it came, with the word that it was moved. */
static chat_slice_t
job_moved_text(job_t *job)
{
    chat_buf_t       b;
    chat_envelope_t  envelope;

    if (chat_envelope_decode(CHAT_ENVELOPE_JOB, job->text, &envelope)
        != CHAT_OK)
    {
        return job->text;
    }

    envelope.headers[CHAT_H_MOVED] = chat_slice("1");
    chat_buf_init(&b, CHAT_BUS_JOB_MAX + CHAT_ENVELOPE_VALUE_MAX);
    chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &envelope);

    return job_keep(job, &b);
}


static void
job_encode_adds(job_t *job, bus_args_t *args)
{
    uint32_t      slot;
    job_result_t *result = job->result;

    bus_arg_u64(args, (result->bury != false) + (result->move_to != NULL));

    if (result->bury) {
        bus_arg_str(args, JOB_DEAD);
        bus_arg(args, job->text);
    }

    if (result->move_to) {
        slot = chat_slot(chat_slice_of(result->move_to, CHAT_ID_LEN),
                         job->world->config->slots);
        bus_arg_printf(args, "%s:%u", CHAT_LANE_DEFAULT, slot);
        bus_arg(args, job_moved_text(job));
    }
}


static void
job_encode_entry(bus_args_t *args, const char *lane, uint32_t slot,
    const char *entry)
{
    bus_arg_printf(args, "%s:%u", lane, slot);
    bus_arg_str(args, entry);
}


void
job_encode(job_t *job, bus_args_t *args)
{
    uint32_t      n;
    job_event_t  *event;

    job_encode_entry(args, job->lane, job->slot, job->entry);
    job_encode_answer(job, args);
    job_encode_marks(job, args);

    for (event = job->result->events, n = 0; event; event = event->next) {
        n++;
    }

    bus_arg_u64(args, n);

    for (event = job->result->events; event; event = event->next) {
        job_encode_event(job, event, args);
    }

    job_encode_adds(job, args);
}


void
job_encode_broken(bus_args_t *args, const char *lane, uint32_t slot,
    const char *entry, chat_slice_t text)
{
    job_encode_entry(args, lane, slot, entry);
    bus_arg_str(args, "");
    bus_arg_str(args, "");
    bus_arg_str(args, "");
    bus_arg_str(args, "");
    bus_arg_str(args, "0");
    bus_arg_str(args, "0");
    bus_arg_str(args, "1");
    bus_arg_str(args, JOB_DEAD);
    bus_arg(args, text);
}
