
/*
 * What the readers of one batch ask for, conversations and pages of messages:
 * read together, however many of its jobs want them, and forgotten with the
 * batch, because nobody tells a process that holds no slot when they change.
 */

#ifndef READING_H
#define READING_H


#include "marks.h"
#include "model.h"


typedef struct reading_s  reading_t;

struct job_s;


/* A page: the newest `limit` with after < seq < before, or with `forward` the
 * oldest of them. */
typedef struct {
    const model_conversation_t   *conversation;
    uint64_t                      after;
    uint64_t                      before;
    bool                          forward;
    uint32_t                      limit;
} reading_page_t;

/* Answers the job; the list is oldest first. */
typedef void (*reading_done_pt)(struct job_s *job, store_status_t status,
    const model_conversation_t *conversation, const model_message_t *list,
    uint32_t count);


/* Lives as long as the pool. */
reading_t *reading_create(pool_t *pool, store_t *store, marks_t *marks);

/* Reads those that were not read yet, in one call; not STORE_OK: none. */
store_status_t reading_load(reading_t *reading, const char *const *ids,
    uint32_t count) CHAT_MUST_CHECK;

/* One that was read; NULL: there is none of that id. */
model_conversation_t *reading_get(const reading_t *reading, const char *id);

/* The job is answered by `done` when all jobs of the batch have run. */
void reading_ask(reading_t *reading, struct job_s *job,
    const reading_page_t *page, reading_done_pt done);

/* For child: answers all that asked; false: MongoDB did not. */
bool reading_answer(reading_t *reading);


#endif /* READING_H */
