
/* People: lists, one, who is online. */

#ifndef HANDLE_USER_H
#define HANDLE_USER_H


#include "../job.h"


job_status_t handle_user_list(job_t *job);
job_status_t handle_user_one(job_t *job);
job_status_t handle_user_online(job_t *job);


#endif /* HANDLE_USER_H */
