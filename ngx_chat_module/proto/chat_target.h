
/*
 * Which conversation does a request change?  Both sides must give the same
 * answer: the module to choose the slot, the worker to know what to load and
 * to move what arrived in a slot where it does not belong.
 */

#ifndef CHAT_TARGET_H
#define CHAT_TARGET_H


#include "chat_id.h"


/*
 * From the path: /api/conversations/:id and below, and, as the direct
 * conversation of the asker and :uid, /api/messages/:uid,
 * /api/messages/send/:uid and /api/messages/:uid/read.  A PUT or DELETE of
 * /api/messages/:mid names a message, not a person: CHAT_NOT_FOUND.
 */
chat_status_t chat_target_of_path(chat_slice_t method, chat_slice_t path,
    chat_slice_t asker, char conversation[CHAT_ID_LEN]) CHAT_MUST_CHECK;

/*
 * From a JSON object: `conversationId`, or, with the asker, `to` or `userId`
 * (in this order).  For the arguments of an event give the array's first
 * element.  CHAT_NOT_FOUND if it names none or is no object or no valid id.
 */
chat_status_t chat_target_of_json(chat_slice_t object, chat_slice_t asker,
    char conversation[CHAT_ID_LEN]) CHAT_MUST_CHECK;


#endif /* CHAT_TARGET_H */
