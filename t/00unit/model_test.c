
/*
 * Times in JSON, and members found by their uid.
 *
 * links: worker/model.c
 */

#include "tap.h"
#include "model.h"

#include <time.h>


static const struct {
    int64_t      ms;
    const char  *text;
} times[] = {
    { 0, "\"1970-01-01T00:00:00.000Z\"" },
    { 1769860800123, "\"2026-01-31T12:00:00.123Z\"" },
    { 951782399999, "\"2000-02-28T23:59:59.999Z\"" },
    { 951868800001, "\"2000-03-01T00:00:00.001Z\"" },
    { -1, "\"1969-12-31T23:59:59.999Z\"" },
    { 253402300799999, "\"9999-12-31T23:59:59.999Z\"" },
    { 253402300800000, "\"9999-12-31T23:59:59.999Z\"" },
    { INT64_MIN, "\"0000-03-01T00:00:00.000Z\"" },
};


/* Each day of 1600 to 2400, at a time of day of its own: as the C library. */
static bool
every_day(chat_buf_t *b)
{
    char       text[64];
    time_t     s;
    int64_t    day;
    struct tm  tm;

    for (day = -135140; day < 157055; day++) {
        s = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        gmtime_r(&s, &tm);
        strftime(text, sizeof(text), "\"%Y-%m-%dT%H:%M:%S.007Z\"", &tm);

        chat_buf_reset(b);
        model_time_write(b, (int64_t) s * 1000 + 7);

        if (b->len != strlen(text) || memcmp(b->data, text, b->len) != 0) {
            return false;
        }
    }

    return true;
}


int
main(void)
{
    size_t                i;
    chat_buf_t            b;
    model_member_t        members[] = { { .uid = "bob" }, { .uid = "bobby" } };
    model_conversation_t  c = { .members = members, .member_count = 2 };

    chat_buf_init(&b, 100);

    for (i = 0; i < countof(times); i++) {
        chat_buf_reset(&b);
        model_time_write(&b, times[i].ms);
        tap_is_mem(b.data, b.len, times[i].text, strlen(times[i].text),
                   times[i].text);
    }

    tap_ok(every_day(&b), "each day of eight hundred years");
    chat_buf_free(&b);

    tap_ok(model_member(&c, chat_slice("bob")) == &members[0], "a member");
    tap_ok(model_member(&c, chat_slice("bobby")) == &members[1],
           "one whose uid begins with another's");
    tap_ok(model_member(&c, chat_slice("bo")) == NULL, "the beginning of one");
    tap_ok(model_member(&c, chat_slice("")) == NULL, "nobody");

    return tap_done();
}
