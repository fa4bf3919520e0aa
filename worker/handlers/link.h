
/*
 * The header Link (RFC 8288) of a list that has more: the same request with
 * another place to go on from.
 */

#ifndef LINK_H
#define LINK_H


#include "../job.h"


/*
 * `<path?query&name=value>; rel="rel"` from the pool, where of the query all
 * but `before` and `after` is kept as it was.
 */
const char *link_to(job_t *job, const char *rel, const char *name,
    const char *value);

/* Sets the header to those of the two that are not NULL. */
void link_set(job_t *job, const char *previous, const char *next);


#endif /* LINK_H */
