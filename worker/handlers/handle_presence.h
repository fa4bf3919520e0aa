
/* What people do right now: come, go, type. */

#ifndef HANDLE_PRESENCE_H
#define HANDLE_PRESENCE_H


#include "../job.h"


/* What an nginx process says of somebody's sockets. */
job_status_t handle_presence(job_t *job);

job_status_t handle_presence_typing(job_t *job);
job_status_t handle_presence_stop_typing(job_t *job);


#endif /* HANDLE_PRESENCE_H */
