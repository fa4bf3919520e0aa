
/*
 * What test suites and operators ask of a Socket.IO server, where worker.conf
 * says `diagnostics on`: an event `auth` that shows CONNECT's payload, and
 * events whose arguments come back.
 */

#ifndef HANDLE_DIAGNOSTICS_H
#define HANDLE_DIAGNOSTICS_H


#include "../job.h"


/* A session job that has no part in the chat: it is nobody's, or of another
 * namespace than `/`. */
bool diagnostics_alone(const job_t *job);

/* … is granted if diagnostics are on (and a user's account is good). */
job_status_t handle_diagnostics_join(job_t *job);

/* A session job's last packet, if they are on: `auth`. */
void diagnostics_greet(job_t *job);

/* `message`: the event `message-back` with its arguments. */
job_status_t handle_diagnostics_message(job_t *job);

/* `message-with-ack`: an ack with its arguments. */
job_status_t handle_diagnostics_ack(job_t *job);

/*
 * `ask`: the event `question` with its arguments, which asks for an ack; what
 * the client answers comes back as the event `answer`.
 */
job_status_t handle_diagnostics_ask(job_t *job);
job_status_t handle_diagnostics_answer(job_t *job);


#endif /* HANDLE_DIAGNOSTICS_H */
