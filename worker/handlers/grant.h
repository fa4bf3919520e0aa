
/*
 * What a sign-in gives: a signed token, a refresh token of a family, the
 * cookie; and what ends it.
 */

#ifndef GRANT_H
#define GRANT_H


#include "../job.h"


/*
 * Makes both tokens and answers `status` with them and the user.  `family` is
 * this job's id at a sign-in; a repeated job makes them anew under the same
 * ids.
 */
job_status_t grant_give(job_t *job, uint32_t status, const model_user_t *user,
    const char *family, const char *message);

/* Takes the cookie back. */
void grant_clear_cookie(job_t *job);

/* Closes the user's sockets: those of one family, or with NULL all. */
void grant_close_sockets(job_t *job, const char *uid, const char *family,
    const char *reason);


#endif /* GRANT_H */
