
/* Conversations and their histories, read. */

#ifndef HANDLE_CONVERSATION_H
#define HANDLE_CONVERSATION_H


#include "../job.h"


job_status_t handle_conversation_list(job_t *job);
job_status_t handle_conversation_one(job_t *job);
job_status_t handle_conversation_history(job_t *job);     /* by its id */
job_status_t handle_conversation_with(job_t *job);        /* by the person */


#endif /* HANDLE_CONVERSATION_H */
