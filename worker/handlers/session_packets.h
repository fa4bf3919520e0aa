
/*
 * What a session job answers with, from what handle_session.c has read.
 */

#ifndef SESSION_PACKETS_H
#define SESSION_PACKETS_H


#include "../job.h"


/* All that is read before anything is written. */
typedef struct {
    model_user_t            user;
    model_conversation_t   *list;
    uint32_t                count;
    const char             *offset;        /* NULL: the session goes on */
    const char            **contacts;
    bool                   *online;        /* of each */
    uint32_t                contact_count;
    model_message_t        *unread;
    uint32_t                unread_count;
} session_t;


/* The asker's place among the members. */
const model_member_t *session_self(job_t *job,
    const model_conversation_t *conversation);

/* The whole reply: packets, offset, what is to be heard. */
job_status_t session_write(job_t *job, const session_t *session);

/* The packet `online-users`. */
void session_write_online(job_t *job, const session_t *session);


#endif /* SESSION_PACKETS_H */
