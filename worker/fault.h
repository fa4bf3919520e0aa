
/*
 * Only in a test build (-DCHAT_FAULTS): points between the steps of a batch,
 * at which a test makes the process die or stop.  The environment variable
 * CHAT_FAULT names a file; while it is there it holds one line,
 *
 *     <point> kill|stop once|always [text]
 *
 * and the first process that comes by the point does it; "once" takes the
 * file away before.  With a text, only where `what` contains it.
 */

#ifndef FAULT_H
#define FAULT_H


#include "chat_slice.h"


#ifdef CHAT_FAULTS

void fault_point_of(const char *point, chat_slice_t what);

#else

#define fault_point_of(point, what)  ((void) 0)

#endif


#define fault_point(point)  fault_point_of(point, chat_slice(""))


#endif /* FAULT_H */
