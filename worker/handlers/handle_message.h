
/* Writing a message. */

#ifndef HANDLE_MESSAGE_H
#define HANDLE_MESSAGE_H


#include "../job.h"


/* Whose conversation stands in the input: `conversationId` or `to`. */
job_status_t handle_message_send(job_t *job);

/* …in the path: the person; the conversation. */
job_status_t handle_message_send_to(job_t *job);
job_status_t handle_message_send_in(job_t *job);


#endif /* HANDLE_MESSAGE_H */
