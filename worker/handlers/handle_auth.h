
/* Signing in and out, and who one is. */

#ifndef HANDLE_AUTH_H
#define HANDLE_AUTH_H


#include "../job.h"


job_status_t handle_auth_login(job_t *job);
job_status_t handle_auth_refresh(job_t *job);
job_status_t handle_auth_logout(job_t *job);
job_status_t handle_auth_me(job_t *job);


#endif /* HANDLE_AUTH_H */
