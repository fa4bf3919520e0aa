
/* What was delivered and read. */

#ifndef HANDLE_RECEIPT_H
#define HANDLE_RECEIPT_H


#include "../job.h"


job_status_t handle_receipt_read(job_t *job);        /* named in the input */
job_status_t handle_receipt_read_with(job_t *job);   /* in the path: person */
job_status_t handle_receipt_read_in(job_t *job);     /* …: conversation */

/* What nginx has written to sockets. */
job_status_t handle_receipt_delivered(job_t *job);


#endif /* HANDLE_RECEIPT_H */
