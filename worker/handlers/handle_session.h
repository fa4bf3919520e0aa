
/* The beginning and the end of a socket's session. */

#ifndef HANDLE_SESSION_H
#define HANDLE_SESSION_H


#include "../job.h"


job_status_t handle_session(job_t *job);


#endif /* HANDLE_SESSION_H */
