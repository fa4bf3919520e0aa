
/* The list beside a chat: everybody, those one talks to first. */

#ifndef HANDLE_SIDEBAR_H
#define HANDLE_SIDEBAR_H


#include "../job.h"


job_status_t handle_sidebar(job_t *job);


#endif /* HANDLE_SIDEBAR_H */
