
/*
 * Answers of Redis as the callers of the bus see them: lists, texts, numbers.
 * What is asked for and is not there, or is of another type, is empty, so a
 * caller goes through an answer without asking at each step.
 */

#include "bus_link.h"

#include <stdlib.h>


void
bus_free(bus_value_t **value)
{
    freeReplyObject(*value);
    *value = NULL;
}


size_t
bus_count(const bus_value_t *value)
{
    const redisReply  *reply = (const redisReply *) value;

    return (reply && reply->type == REDIS_REPLY_ARRAY) ? reply->elements : 0;
}


const bus_value_t *
bus_at(const bus_value_t *value, size_t at)
{
    const redisReply  *reply = (const redisReply *) value;

    return (at < bus_count(value)) ? (const bus_value_t *) reply->element[at]
                                   : NULL;
}


chat_slice_t
bus_text(const bus_value_t *value)
{
    const redisReply  *reply = (const redisReply *) value;

    if (reply == NULL
        || (reply->type != REDIS_REPLY_STRING
            && reply->type != REDIS_REPLY_STATUS
            && reply->type != REDIS_REPLY_ERROR))
    {
        return chat_slice_of(NULL, 0);
    }

    return chat_slice_of(reply->str, reply->len);
}


int64_t
bus_number(const bus_value_t *value)
{
    chat_slice_t       text;
    const redisReply  *reply = (const redisReply *) value;

    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer;
    }

    text = bus_text(value);

    /* hiredis ends its strings */
    return text.len ? strtoll((const char *) text.data, NULL, 10) : 0;
}
