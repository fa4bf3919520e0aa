
/*
 * On the path of a message: the worker's decision.  Membership and input are
 * checked against the conversation in memory, the message goes to the batch,
 * and when it is stored, it is announced.  Nothing here waits for MongoDB,
 * except for the first message between two people.
 */


#include "handle_message.h"
#include "access.h"
#include "announce.h"
#include "input.h"
#include "target.h"
#include "view.h"
#include "../batch.h"
#include "../validate/rules.h"
#include "chat_utf8.h"


static bool
message_text(job_t *job, model_message_t *message)
{
    if (!input_text(job, "text", &message->text)) {
        return false;
    }

    if (message->text.data == NULL) {
        return input_check(job, "text", "is missing");
    }

    return input_check(job, "text", rules_text(message->text));
}


/* `clientId`, or the header Idempotency-Key. */
static bool
message_client_id(job_t *job, model_message_t *message)
{
    chat_slice_t  *id = &message->client_id;

    if (!input_text(job, "clientId", id)) {
        return false;
    }

    if (id->data == NULL) {
        *id = job->envelope.headers[CHAT_H_IDEMPOTENCY_KEY];

        if (id->data != NULL && !chat_utf8_valid(*id)) {
            return input_check(job, "clientId", "is not UTF-8");
        }
    }

    return id->data == NULL
           || input_check(job, "clientId", rules_client_id(*id));
}


static bool
message_metadata(job_t *job, model_message_t *message)
{
    chat_buf_t           b;
    const json_value_t  *value;

    value = json_value_member(job->input, "metadata");
    if (value == NULL) {
        return true;
    }

    if (!json_value_is_object(value)) {
        return input_check(job, "metadata", "must be an object");
    }

    chat_buf_init_fixed(&b, pool_alloc(job->pool, RULES_METADATA_MAX),
                        RULES_METADATA_MAX);
    json_value_write(&b, value);

    if (chat_buf_status(&b) != CHAT_OK) {
        return input_check(job, "metadata", "is longer than 2048 bytes");
    }

    message->metadata = chat_buf_view(&b);

    return true;
}


static bool
message_reply_to(job_t *job, model_message_t *message)
{
    const char    *id;
    chat_slice_t   text;

    if (!input_text(job, "replyTo", &text)) {
        return false;
    }

    if (text.len == 0) {
        return true;
    }

    id = input_id(job, text);
    if (id == NULL) {
        return input_check(job, "replyTo", "is not a message's id");
    }

    memcpy(message->reply_to, id, sizeof(message->reply_to));

    return true;
}


/* A message whose picture were left out would not be the one that was sent. */
static bool
message_nothing_attached(job_t *job)
{
    bool  ok;

    ok = input_check(job, "attachments",
                     (json_value_count(json_value_member(job->input,
                                                         "attachments")) != 0)
                     ? "are not supported" : NULL);

    ok &= input_check(job, "image",
                      (json_value_member(job->input, "image") != NULL)
                      ? "is not supported" : NULL);

    return ok;
}


static model_message_t *
message_input(job_t *job)
{
    bool              ok;
    model_message_t  *message;

    message = pool_alloc(job->pool, sizeof(model_message_t));

    ok = message_text(job, message);
    ok &= message_client_id(job, message);
    ok &= message_metadata(job, message);
    ok &= message_reply_to(job, message);
    ok &= message_nothing_attached(job);

    return ok ? message : NULL;
}


/* The first message between two people makes their conversation. */
static model_conversation_t *
message_new_direct(job_t *job, const char *peer)
{
    const char            *uids[2];
    model_conversation_t  *conversation;

    if (!access_peer(job, peer)) {
        return NULL;
    }

    uids[0] = job->uid;
    uids[1] = peer;

    conversation = roster_add(job->world->roster, job->conversation,
                              MODEL_DIRECT, uids, 2, job->uid, job->now_ms);
    batch_conversation(job->batch, job, conversation);

    return conversation;
}


static model_conversation_t *
message_conversation(job_t *job, const char *peer)
{
    model_member_t        *member;
    model_conversation_t  *conversation;

    if (peer == NULL) {
        return access_member(job, &member);
    }

    conversation = roster_get(job->world->roster, job->conversation);

    return (conversation != NULL) ? conversation
                                  : message_new_direct(job, peer);
}


/* The other one of two. */
static const char *
message_receiver(const model_conversation_t *conversation, const char *sender)
{
    uint32_t  i;

    for (i = 0; i < conversation->member_count; i++) {
        if (strcmp(conversation->members[i].uid, sender) != 0) {
            return conversation->members[i].uid;
        }
    }

    return "";
}


/* Its id is decided now, before anything is written. */
static void
message_fill(job_t *job, const model_conversation_t *conversation,
    model_message_t *message)
{
    if (message->client_id.data != NULL) {
        chat_id_message(input_slice(job->uid), input_slice(conversation->id),
                        message->client_id, message->id);

    } else {
        memcpy(message->id, job->id, sizeof(message->id));
    }

    memcpy(message->conversation, conversation->id,
           sizeof(message->conversation));
    strcpy(message->sender, job->uid);
    memcpy(message->job, job->id, sizeof(message->job));

    if (conversation->type == MODEL_DIRECT) {
        strcpy(message->receiver, message_receiver(conversation, job->uid));
    }

    /* Time never runs back within a conversation: pages are put in order by
     * it. */

    message->created_at_ms = (job->now_ms > conversation->last_at_ms)
                             ? job->now_ms : conversation->last_at_ms;
    message->updated_at_ms = message->created_at_ms;
}


static bool
message_done(job_t *job, batch_result_t result,
    model_conversation_t *conversation, const model_message_t *message)
{
    switch (result) {

    case BATCH_UNAVAILABLE:
        job_fail_store(job, STORE_UNAVAILABLE);
        return true;

    case BATCH_REFUSED:
        job_fail_store(job, STORE_REFUSED);
        return true;

    case BATCH_REPEATED:
        view_message(job_reply(job, 200), message, conversation);
        return true;

    default:   /* BATCH_STORED */
        return announce_message(job, conversation, message);
    }
}


static job_status_t
message_send(job_t *job, const char *peer)
{
    model_message_t       *message;
    model_conversation_t  *conversation;

    message = message_input(job);
    if (message == NULL) {
        return JOB_DONE;
    }

    conversation = message_conversation(job, peer);
    if (conversation == NULL) {
        return JOB_DONE;
    }

    message_fill(job, conversation, message);
    batch_message(job->batch, job, conversation, message, message_done);

    return JOB_WRITING;
}


job_status_t
handle_message_send(job_t *job)
{
    const char  *peer;

    return target_of_input(job, &peer) ? message_send(job, peer) : JOB_DONE;
}


job_status_t
handle_message_send_to(job_t *job)
{
    const char  *peer;

    return target_of_path(job, &peer) ? message_send(job, peer) : JOB_DONE;
}


job_status_t
handle_message_send_in(job_t *job)
{
    return message_send(job, NULL);
}
