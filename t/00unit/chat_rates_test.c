/*
 * Token buckets: a burst, then a rate, and who is forgotten when the table is
 * full.  Time is the test's.
 */

#include "tap.h"
#include "chat_rates.h"

#define SECOND  1000000u


static chat_rates_t  rates;
static uint64_t      memory[128];

/* 100 in 15 minutes, 3 at once */
static const chat_rate_t  slow = { 9 * SECOND, 3 };


static chat_key_t
key(char name)
{
    chat_key_t  k;

    memset(&k, name, sizeof(k));

    return k;
}


static uint64_t
wait_of(char name, uint64_t now_us)
{
    chat_key_t  k = key(name);

    return chat_rates_wait(&rates, &k, &slow, now_us);
}


static bool
count(char name, uint64_t now_us)
{
    chat_key_t  k = key(name);

    return chat_rates_count(&rates, &k, &slow, now_us);
}


static void
test_a_bucket(void)
{
    uint64_t  now = 77 * SECOND;

    chat_rates_init(&rates, memory, sizeof(memory));

    tap_is_int(wait_of('a', now), 0, "a key that was never seen may");
    count('a', now);
    count('a', now);
    tap_is_int(wait_of('a', now), 0, "the third of three at once");
    count('a', now);
    tap_is_int(wait_of('a', now), 9 * SECOND, "the fourth waits an interval");
    tap_is_int(wait_of('a', now + 4 * SECOND), 5 * SECOND, "of which time goes");
    tap_is_int(wait_of('b', now), 0, "another key does not");

    now += 9 * SECOND;
    tap_is_int(wait_of('a', now), 0, "one more is there after it");
    count('a', now);
    tap_is_int(wait_of('a', now), 9 * SECOND, "and no more than one");

    now += 1000 * SECOND;
    count('a', now);
    count('a', now);
    tap_is_int(wait_of('a', now), 0, "after a long time it is full again");
    count('a', now);
    tap_is_int(wait_of('a', now), 9 * SECOND, "and no fuller");

    chat_rates_clear(&rates);
    tap_is_int(wait_of('a', now), 0, "an emptied table knows nobody");
}


static void
test_a_full_table(void)
{
    int   room;
    char  name;

    chat_rates_init(&rates, memory, sizeof(memory));
    room = (int) rates.room;
    tap_ok(room > 3 && room < 26, "the table has a few keys");

    for (name = 'a'; name < 'a' + room; name++) {
        tap_ok(!count(name, SECOND), "nobody is forgotten while there is room");
    }

    count('a', SECOND);
    count('a', SECOND);
    tap_ok(count('Z', SECOND), "then who was there longest is forgotten");
    tap_ok(wait_of('a', SECOND) > 0, "which is not who was counted lately");
    tap_is_int((int64_t) rates.used, room, "the table is as large as it was");

    /* b is gone, c is the oldest now, whose bucket is full by then */
    tap_ok(!count('b', 20 * SECOND), "who is forgotten after its time is no loss");
}


/* As long as it is allowed it is counted, for a day of whatever pace. */
static void
test_a_day(void)
{
    uint32_t           allowed, tries;
    uint64_t           now, step;
    chat_key_t         k = key('d');
    const chat_rate_t  rate = { SECOND / 10, 5 };

    chat_rates_init(&rates, memory, sizeof(memory));

    allowed = 0;
    tries = 0;
    step = 1;

    for (now = SECOND; now < 101 * SECOND; now += 1000 + step % 20000) {
        step = step * 48271 % 0x7fffffff;
        tries++;

        if (chat_rates_wait(&rates, &k, &rate, now) == 0) {
            chat_rates_count(&rates, &k, &rate, now);
            allowed++;
        }
    }

    tap_ok(tries > 5000 && allowed <= 1005 && allowed >= 1000,
           "100 seconds at 10 a second, and the burst, whatever was tried");
}


static void
test_no_memory(void)
{
    chat_key_t  k = key('a');

    chat_rates_init(&rates, memory, 0);
    tap_is_int(wait_of('a', SECOND), 0, "a table without room refuses nobody");
    tap_ok(chat_rates_count(&rates, &k, &slow, SECOND), "and says so");
}


int
main(void)
{
    test_a_bucket();
    test_a_full_table();
    test_a_day();
    test_no_memory();

    return tap_done();
}
