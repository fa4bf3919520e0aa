
/*
 * The little that plain structs can do by themselves.  Whoever holds a
 * conversation asks for a member here; whoever writes JSON writes times here.
 * Knows neither MongoDB nor Redis.
 */


#include "model.h"

#include <stdio.h>
#include <time.h>


model_member_t *
model_member(const model_conversation_t *conversation, chat_slice_t uid)
{
    uint32_t         i;
    model_member_t  *member;

    if (uid.len == 0 || uid.len > CHAT_UID_MAX) {
        return NULL;
    }

    for (i = 0; i < conversation->member_count; i++) {
        member = &conversation->members[i];

        if (memcmp(member->uid, uid.data, uid.len) == 0
            && member->uid[uid.len] == '\0')
        {
            return member;
        }
    }

    return NULL;
}


void
model_time_write(chat_buf_t *b, int64_t ms)
{
    char       text[sizeof("\"-2147483648-12-31T23:59:59.999Z\"")];
    time_t     s;
    int64_t    rest;
    struct tm  tm;

    rest = ms % 1000;
    s = (time_t) (ms / 1000);

    if (rest < 0) {
        rest += 1000;
        s--;
    }

    if (gmtime_r(&s, &tm) == NULL) {
        chat_buf_fail(b, CHAT_BAD);
        return;
    }

    snprintf(text, sizeof(text), "\"%04d-%02u-%02uT%02u:%02u:%02u.%03uZ\"",
             tm.tm_year + 1900, (tm.tm_mon + 1) & 0x0fU, tm.tm_mday & 0x1fU,
             tm.tm_hour & 0x1fU, tm.tm_min & 0x3fU, tm.tm_sec & 0x3fU,
             (unsigned) rest & 0x3ffU);

    chat_buf_str(b, text);
}
