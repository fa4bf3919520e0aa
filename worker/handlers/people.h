
/*
 * Users together with who of them is online: what lists of people need.
 */

#ifndef PEOPLE_H
#define PEOPLE_H


#include "../job.h"


/* online[i] of list[i], from the pool; NULL: answered. */
const bool *people_online(job_t *job, const model_user_t *list,
    uint32_t count);

/* A user's object with `online`; email and phone for himself and admins. */
void people_write(job_t *job, chat_buf_t *b, const model_user_t *user,
    bool online);


#endif /* PEOPLE_H */
