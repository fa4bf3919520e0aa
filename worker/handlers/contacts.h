
/*
 * Whose coming and going somebody hears of.
 */

#ifndef CONTACTS_H
#define CONTACTS_H


#include "../job.h"


/*
 * The people in the small ones of these conversations, each once, without the
 * asker; with `presence everyone` all who are online.  From the pool.  False:
 * answered.
 */
bool contacts_of(job_t *job, const model_conversation_t *list, uint32_t count,
    const char ***uids, uint32_t *found);


#endif /* CONTACTS_H */
