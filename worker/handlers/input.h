
/*
 * What a job asks for, taken out piece by piece.  A piece that is wrong is
 * named in the answer (400 with fields) and the function says false; handlers
 * go on to name all of them, then return JOB_DONE.
 */

#ifndef INPUT_H
#define INPUT_H


#include "../job.h"


/* Members of the body or the event's argument; absent: data NULL, or `*n`,
 * `*yes` as they were. */
bool input_text(job_t *job, const char *name, chat_slice_t *text);
bool input_count(job_t *job, const char *name, uint64_t *n);
bool input_flag(job_t *job, const char *name, bool *yes);

/* The same, a copy that passes `rule`; absent or "": NULL. */
bool input_string(job_t *job, const char *name,
    const char *(*rule)(chat_slice_t text), char **string);

/* Names the field if `wrong` is not NULL; false then. */
bool input_check(job_t *job, const char *name, const char *wrong);

/* From the query: absent NULL; text that is no UTF-8 is wrong. */
bool input_query(job_t *job, const char *name, const char **value);
bool input_query_number(job_t *job, const char *name, uint64_t *n);
bool input_query_limit(job_t *job, uint32_t absent, uint32_t max,
    uint32_t *limit);

/* A user's id as it is kept (from the pool); NULL if it cannot be one. */
const char *input_uid(job_t *job, chat_slice_t text);

/* The same of a conversation's or message's id. */
const char *input_id(job_t *job, chat_slice_t text);

static inline chat_slice_t
input_slice(const char *text)
{
    return chat_slice_of(text, strlen(text));
}


#endif /* INPUT_H */
