
/*
 * The body of a job's result, for the units job_*.c alone.
 */

#ifndef JOB_RESULT_H
#define JOB_RESULT_H


#include "job.h"


typedef struct job_word_s   job_word_t;
typedef struct job_event_s  job_event_t;
typedef struct job_moved_s  job_moved_t;

struct job_word_s {                    /* a target, or a field's complaint */
    job_word_t      *next;
    const char      *text;
    const char      *more;
};


struct job_event_s {
    job_event_t     *next;
    bool             logged;
    chat_envelope_t  envelope;         /* without its body */
    chat_buf_t       lines;
    job_word_t      *targets;
    uint32_t         target_count;
};


struct job_moved_s {                   /* a mark */
    job_moved_t     *next;
    const char      *conversation;
    const char      *field;
    uint64_t         value;
};


struct job_result_s {
    uint32_t         status;           /* 0: not answered */
    const char      *as;
    bool             args;             /* the body is the whole ack */
    chat_buf_t       body;
    chat_envelope_t  envelope;         /* its headers */
    chat_buf_t       packets;
    chat_buf_t       attachments;      /* behind all, one after another */
    chat_buf_t       lengths;          /* of each: a list for the header */
    chat_buf_t       deliver;          /* lists for the headers of that name */
    chat_buf_t       channels;

    const char      *code;             /* of an error, else NULL */
    const char      *message;
    job_word_t      *fields;

    job_event_t     *events;
    job_event_t    **event_end;
    job_event_t     *event;            /* the one being written */
    job_moved_t     *marks;
    job_moved_t    **mark_end;
    const char      *move_to;          /* a conversation, or NULL */
    bool             bury;
};


#endif /* JOB_RESULT_H */
