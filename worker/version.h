
/*
 * What this program is; announced on the bus and printed by -v.
 */

#ifndef VERSION_H
#define VERSION_H


#define WORKER_VERSION  "0.1.0"


#endif /* VERSION_H */
