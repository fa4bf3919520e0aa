
/*
 * The body of a reading, for reading.c and reading_page.c.
 */

#ifndef READING_PARTS_H
#define READING_PARTS_H


#include "reading.h"


typedef struct reading_ask_s  reading_ask_t;


typedef struct {
    const char            *id;
    model_conversation_t  *conversation;      /* NULL: there is none */
} reading_entry_t;


/* A page that a job waits for: seqs from..upto, unless some are missing. */
struct reading_ask_s {
    reading_ask_t       *next;
    struct job_s        *job;
    reading_page_t       page;
    reading_done_pt      done;
    uint64_t             from;
    uint64_t             upto;
    model_message_t     *list;        /* by seq; without seq: not there */
};


struct reading_s {
    pool_t           *pool;
    store_t          *store;
    marks_t          *marks;
    reading_entry_t  *entries;
    uint32_t          count;
    uint32_t          cap;
    reading_ask_t    *asks;
    reading_ask_t   **ask_end;
};


#endif /* READING_PARTS_H */
