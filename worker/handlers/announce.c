
/*
 * A message that is stored becomes known, and its sender has his answer.  A
 * conversation is told in the order of seq, and none is left out: what lies
 * between the highest that was told and this one was stored by somebody who
 * cannot tell it any more, a holder that had lost its slot while it wrote, or
 * a job that was given up.  So it is told first.
 */

#include "announce.h"
#include "view.h"
#include "../log.h"
#include "../store/store_message.h"


/* More than one batch is left behind by nobody; what is older than that is
 * read from the history, as at a session's beginning. */
#define ANNOUNCE_MISSED_MAX  1000


/* Stored and told by nobody, oldest first. */
typedef struct {
    model_message_t  *list;
    uint32_t          count;
} announce_missed_t;


/* --- marks: in memory at once, in Redis with the telling ---------------- */

/* Who writes has read. */
static void
announce_read(job_t *job, const model_conversation_t *conversation,
    const model_message_t *message)
{
    model_member_t  *sender;

    sender = model_member(conversation, chat_slice_of(message->sender,
                                                 strlen(message->sender)));

    if (sender != NULL && sender->read_seq < message->seq) {
        sender->read_seq = message->seq;
        job_mark(job, conversation->id, "r:", message->sender, message->seq);
    }
}


static void
announce_told(job_t *job, model_conversation_t *conversation,
    const model_message_t *message)
{
    if (conversation->told_seq < message->seq) {
        conversation->told_seq = message->seq;
        conversation->last_at_ms = message->created_at_ms;
        job_mark(job, conversation->id, "seq", NULL, message->seq);
        job_mark(job, conversation->id, "at", NULL,
                 (uint64_t) message->created_at_ms);
    }
}


/* The newest come first: one mark of each sender is enough. */
static void
announce_marks(job_t *job, model_conversation_t *conversation,
    const model_message_t *message, const announce_missed_t *missed)
{
    uint32_t  i;

    announce_read(job, conversation, message);
    announce_told(job, conversation, message);

    for (i = missed->count; i > 0; i--) {
        announce_read(job, conversation, &missed->list[i - 1]);
    }
}


/* --- telling ------------------------------------------------------------ */

/* Not to the socket `sid`, if it is one.  The message is put in behind it. */
static chat_buf_t *
announce_open(job_t *job, const model_conversation_t *conversation,
    const model_message_t *message, const char *sid)
{
    chat_buf_t  *b;

    b = job_event(job, job_is_large(job, conversation) ? "-" : "d", true,
                  conversation->id, message->seq,
                  (sid[0] != '\0') ? sid : NULL);

    chat_buf_str(b, "[\"new-message\",");

    return b;
}


static void
announce_close(job_t *job, const model_conversation_t *conversation,
    chat_buf_t *b)
{
    chat_buf_byte(b, ']');
    job_to_members(job, conversation, NULL);
}


static bool
announce_find_missed(job_t *job, const model_conversation_t *conversation,
    uint64_t seq, announce_missed_t *missed)
{
    uint64_t  told_seq = conversation->told_seq;

    missed->count = 0;

    if (told_seq + 1 >= seq) {
        return true;
    }

    if (store_message_page(job->world->store, job->pool, conversation->id,
                           told_seq, seq, false, ANNOUNCE_MISSED_MAX,
                           &missed->list, &missed->count) != STORE_OK)
    {
        return false;
    }

    log_warn("message: %s: told up to %lu: %u are told before %lu",
             conversation->id, told_seq, missed->count, seq);

    return true;
}


bool
announce_message(job_t *job, model_conversation_t *conversation,
    const model_message_t *message)
{
    uint32_t            i;
    chat_buf_t         *b, *reply;
    announce_missed_t   missed;

    if (!announce_find_missed(job, conversation, message->seq, &missed)) {
        return false;
    }

    announce_marks(job, conversation, message, &missed);

    for (i = 0; i < missed.count; i++) {
        b = announce_open(job, conversation, &missed.list[i], "");
        view_message(b, &missed.list[i], conversation);
        announce_close(job, conversation, b);
    }

    reply = job_reply(job, 201);
    view_message(reply, message, conversation);

    b = announce_open(job, conversation, message, job->sid);
    chat_buf_slice(b, chat_buf_view(reply));
    announce_close(job, conversation, b);

    return true;
}
