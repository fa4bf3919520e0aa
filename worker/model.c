
/*
 * The little that plain structs can do by themselves.  Whoever holds a
 * conversation asks for a member here; whoever writes JSON writes times here.
 * Knows neither MongoDB nor Redis.
 */


#include "model.h"

#define MODEL_DAY_MS    INT64_C(86400000)
#define MODEL_TIME_MIN  (-719468 * MODEL_DAY_MS)     /* March of year 0 */
#define MODEL_TIME_MAX  INT64_C(253402300799999)     /* the end of 9999 */


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


/* Two digits at `p`. */
static void
model_digits(char *p, uint32_t n)
{
    p[0] = (char) ('0' + n / 10);
    p[1] = (char) ('0' + n % 10);
}


/*
 * Year, month and day of a number of days since 1970, counted in years that
 * begin in March, so that a leap day is a year's last.
 */
static void
model_date(int64_t days, uint32_t *year, uint32_t *month, uint32_t *day)
{
    uint32_t  era, of_era, of_year, y, m;

    days += 719468;                       /* since March 1st of year 0 */
    era = (uint32_t) (days / 146097);     /* of 400 years */
    of_era = (uint32_t) (days % 146097);
    y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * y + y / 4 - y / 100);
    m = (5 * of_year + 2) / 153;          /* 0: March */

    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = (m < 10) ? m + 3 : m - 9;
    *year = 400 * era + y + (*month <= 2);
}


void
model_time_write(chat_buf_t *b, int64_t ms)
{
    char      text[] = "\"0000-00-00T00:00:00.000Z\"";
    uint32_t  year, month, day, of_day;

    ms = (ms < MODEL_TIME_MIN) ? MODEL_TIME_MIN
         : (ms > MODEL_TIME_MAX) ? MODEL_TIME_MAX : ms;

    ms -= MODEL_TIME_MIN;
    of_day = (uint32_t) (ms % MODEL_DAY_MS);
    model_date(ms / MODEL_DAY_MS + MODEL_TIME_MIN / MODEL_DAY_MS, &year,
               &month, &day);

    model_digits(text + 1, year / 100);
    model_digits(text + 3, year % 100);
    model_digits(text + 6, month);
    model_digits(text + 9, day);
    model_digits(text + 12, of_day / 3600000);
    model_digits(text + 15, of_day / 60000 % 60);
    model_digits(text + 18, of_day / 1000 % 60);
    model_digits(text + 21, of_day % 1000 / 10);
    text[23] = (char) ('0' + of_day % 10);

    chat_buf_put(b, text, sizeof(text) - 1);
}
