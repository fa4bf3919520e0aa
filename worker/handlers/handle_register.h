
/* A new account. */

#ifndef HANDLE_REGISTER_H
#define HANDLE_REGISTER_H


#include "../job.h"


job_status_t handle_register(job_t *job);


#endif /* HANDLE_REGISTER_H */
