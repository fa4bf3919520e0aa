
/*
 * What the handlers of one batch want written, committed at once (docs/bus.md,
 * "Committing a batch"): new conversations, then one ordered insertMany of all
 * messages.  Each job hears by its callback how its write went; a message that
 * finds its seq taken makes its job, and the later ones of its conversation,
 * run again.
 */

#ifndef BATCH_H
#define BATCH_H


#include "model.h"


typedef struct batch_s  batch_t;

struct job_s;


typedef enum {
    BATCH_STORED = 0,     /* stored now, or by an earlier run of this job */
    BATCH_REPEATED,       /* another job had stored it: `stored` is it; answer
                             200, tell nobody, move no mark */
    BATCH_REFUSED,        /* MongoDB will never take it */
    BATCH_UNAVAILABLE     /* nothing was sent: 503 */
} batch_result_t;


/* `job` handed the write over; `message` is what is stored. */
typedef void (*batch_done_pt)(struct job_s *job, batch_result_t result,
    model_conversation_t *conversation, const model_message_t *message);


/* A conversation that is to exist before the messages; a repeat is fine. */
void batch_conversation(batch_t *batch, struct job_s *job,
    model_conversation_t *conversation);

/*
 * Numbers the message (seq = ++stored_seq) and hands it over; message and
 * what it points to live in the pool.  If the batch already has this _id,
 * the job is merged with the first and hears the same.
 */
void batch_message(batch_t *batch, struct job_s *job,
    model_conversation_t *conversation, model_message_t *message,
    batch_done_pt done);


#endif /* BATCH_H */
