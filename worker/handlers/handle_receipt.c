
/*
 * Receipts: mark-as-read by people, delivered by the module.  Both only move
 * marks: no message is written again, and what is told is how far somebody is.
 * A mark that does not move is told to nobody.
 */


#include "handle_receipt.h"
#include "access.h"
#include "input.h"
#include "target.h"
#include "view.h"
#include "chat_envelope.h"


static void
receipt_tell(job_t *job, const model_conversation_t *conversation,
    const char *status, const char *uid, uint64_t seq, const char *except_uid)
{
    chat_buf_t  *b;

    b = job_event(job, "-", true, conversation->id, seq,
                  (job->sid[0] != '\0') ? job->sid : NULL);

    chat_buf_str(b, "[\"message-status\",{");
    view_string(b, "conversationId", conversation->id);
    view_string(b, "status", status);
    view_string(b, "userId", uid);
    view_number(b, "upToSeq", seq);
    view_time(b, "at", job->now_ms);
    chat_buf_str(b, "}]");

    job_to_members(job, conversation, except_uid);
}


/* True if the mark moved. */
static bool
receipt_move(job_t *job, const model_conversation_t *conversation,
    const model_member_t *member, const char *field, uint64_t *mark,
    uint64_t seq)
{
    if (*mark >= seq) {
        return false;
    }

    *mark = seq;
    job_mark(job, conversation->id, field, member->uid, seq);

    return true;
}


static job_status_t
receipt_read_reply(job_t *job, uint64_t read_seq, uint64_t unread)
{
    chat_buf_t  *b;

    b = job_reply(job, 200);
    chat_buf_byte(b, '{');
    view_string(b, "conversationId", job->conversation);
    view_number(b, "readSeq", read_seq);
    view_number(b, "unreadCount", unread);
    chat_buf_byte(b, '}');

    return JOB_DONE;
}


static job_status_t
receipt_read(job_t *job, const char *peer)
{
    uint64_t               seq;
    model_member_t        *member;
    model_conversation_t  *conversation;

    seq = UINT64_MAX;

    if (!input_count(job, "seq", &seq)) {
        return JOB_DONE;
    }

    if (peer != NULL
        && roster_get(job->world->roster, job->conversation) == NULL)
    {
        return access_peer(job, peer) ? receipt_read_reply(job, 0, 0)
                                      : JOB_DONE;
    }

    conversation = access_member(job, &member);
    if (conversation == NULL) {
        return JOB_DONE;
    }

    if (seq > conversation->told_seq) {
        seq = conversation->told_seq;
    }

    if (receipt_move(job, conversation, member, "r:", &member->read_seq, seq)) {

        /* What was read was delivered. */

        if (!job_is_large(job, conversation)) {
            receipt_move(job, conversation, member, "d:",
                         &member->delivered_seq, seq);
        }

        receipt_tell(job, conversation, "read", member->uid, seq, NULL);
    }

    return receipt_read_reply(job, member->read_seq,
                              view_unread(conversation, member));
}


job_status_t
handle_receipt_read(job_t *job)
{
    const char  *peer;

    return target_of_input(job, &peer) ? receipt_read(job, peer) : JOB_DONE;
}


job_status_t
handle_receipt_read_with(job_t *job)
{
    const char  *peer;

    return target_of_path(job, &peer) ? receipt_read(job, peer) : JOB_DONE;
}


job_status_t
handle_receipt_read_in(job_t *job)
{
    return receipt_read(job, NULL);
}


/* Cuts the text at its first `end`; the rest stays in *text. */
static chat_slice_t
receipt_cut(chat_slice_t *text, uint8_t end)
{
    size_t          n;
    chat_slice_t    part;
    const uint8_t  *found;

    found = (text->len != 0) ? memchr(text->data, end, text->len) : NULL;
    n = (found != NULL) ? (size_t) (found - text->data) : text->len;

    part = chat_slice_of(text->data, n);
    n += found != NULL;
    *text = chat_slice_of(text->data + n, text->len - n);

    return part;
}


/* Only what this job's slot holds may be changed by it. */
static bool
receipt_is_here(const job_t *job, const char *id)
{
    return chat_slot(input_slice(id), job->world->config->slots) == job->slot;
}


/* One line, `conversation uid seq`.  A line that says nothing (any more) is
 * passed over: somebody may have left, the conversation may be gone. */
static void
receipt_delivered_line(job_t *job, chat_slice_t line)
{
    uint64_t               seq;
    const char            *id;
    chat_slice_t           uid;
    model_member_t        *member;
    model_conversation_t  *conversation;

    id = input_id(job, receipt_cut(&line, ' '));
    uid = receipt_cut(&line, ' ');

    if (id == NULL || !receipt_is_here(job, id)
        || chat_envelope_number(line, &seq) != CHAT_OK)
    {
        return;
    }

    conversation = roster_get(job->world->roster, id);
    if (conversation == NULL || job_is_large(job, conversation)) {
        return;
    }

    member = model_member(conversation, uid);
    if (member == NULL) {
        return;
    }

    if (seq > conversation->told_seq) {
        seq = conversation->told_seq;
    }

    /* What was read (or written by himself) is known to be delivered. */

    if (seq > member->read_seq
        && receipt_move(job, conversation, member, "d:",
                        &member->delivered_seq, seq))
    {
        receipt_tell(job, conversation, "delivered", member->uid, seq,
                     member->uid);
    }
}


job_status_t
handle_receipt_delivered(job_t *job)
{
    chat_slice_t  body;

    body = job->envelope.body;

    while (body.len != 0) {
        receipt_delivered_line(job, receipt_cut(&body, '\n'));
    }

    job_reply(job, 200);

    return JOB_DONE;
}
