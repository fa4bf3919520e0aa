
/*
 * One sorted table: method and path, or event, or kind → access and handler.
 */

#ifndef ROUTER_H
#define ROUTER_H


#include "job.h"


typedef enum {
    ROUTE_USER = 0,       /* zero, so that a forgotten column is the strict */
    ROUTE_PUBLIC,
    ROUTE_DIAGNOSTICS     /* anybody, where they are on; any arguments */
} route_access_t;


/*
 * Checks access, fills job->input and job->params, and runs the handler.
 * Unknown routes are answered 404 (an event: failed ack), a known path with
 * another method 405, a body that is no JSON 400.
 */
job_status_t router_run(job_t *job);


#endif /* ROUTER_H */
