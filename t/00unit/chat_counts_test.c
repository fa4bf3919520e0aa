/*
 * Counts by key: to a limit, back to nothing, and a table that is full.
 */

#include "tap.h"
#include "chat_counts.h"

#define ROOM  3


static chat_counts_t  counts;
static uint64_t       memory[64];


static chat_key_t
key(char name)
{
    chat_key_t  k;

    memset(&k, name, sizeof(k));

    return k;
}


static chat_status_t
take(char name, uint32_t limit, uint32_t *handle)
{
    chat_key_t  k = key(name);

    return chat_counts_take(&counts, &k, limit, handle);
}


static void
test_a_limit(void)
{
    uint32_t  a, b, c, d;

    chat_counts_init(&counts, memory, ROOM);

    tap_is_int(take('a', 2, &a), CHAT_OK, "the first of two");
    tap_is_int(take('a', 2, &b), CHAT_OK, "the second");
    tap_is_int(take('a', 2, &c), CHAT_AGAIN, "there is no third");
    tap_is_int(c, CHAT_COUNT_NONE, "nor a handle");
    tap_is_int(take('b', 2, &c), CHAT_OK, "another key has its own");
    tap_is_int(take('a', CHAT_COUNT_ANY, &d), CHAT_OK,
               "who asks without a limit is counted too");

    chat_counts_give(&counts, &a);
    tap_is_int(a, CHAT_COUNT_NONE, "what was given back is no handle");
    tap_is_int(take('a', 2, &a), CHAT_AGAIN, "two are still there");

    chat_counts_give(&counts, &b);
    tap_is_int(take('a', 2, &b), CHAT_OK, "one has gone, one may come");

    chat_counts_give(&counts, &a);
    tap_is_int(take('a', 2, &a), CHAT_AGAIN, "giving nothing back is nothing");
}


static void
test_a_full_table(void)
{
    char      name;
    uint32_t  handle[4];

    chat_counts_init(&counts, memory, ROOM);

    for (name = 'a'; name < 'd'; name++) {
        tap_is_int(take(name, 9, &handle[name - 'a']), CHAT_OK, "there is room");
    }

    tap_is_int(take('d', 9, &handle[3]), CHAT_NOMEM, "the table is full");
    tap_is_int(take('b', 9, &handle[3]), CHAT_OK, "not for a key that is in it");

    chat_counts_give(&counts, &handle[1]);
    tap_is_int(take('d', 9, &handle[1]), CHAT_NOMEM, "b is still counted");

    chat_counts_give(&counts, &handle[3]);
    tap_is_int(take('d', 9, &handle[1]), CHAT_OK, "its place is used again");
    tap_is_int(take('c', 1, &handle[3]), CHAT_AGAIN, "c is still found");
    tap_is_int(take('a', 1, &handle[3]), CHAT_AGAIN, "and a");

    chat_counts_clear(&counts);
    tap_is_int(take('a', 1, &handle[0]), CHAT_OK, "an emptied table");
}


/* All keys meet in one bucket, and leave it from any place. */
static void
test_one_chain(void)
{
    uint32_t    i, n, handle[ROOM];
    chat_key_t  k;

    static const uint32_t  orders[][ROOM] = {
        { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }
    };

    for (n = 0; n < countof(orders); n++) {
        chat_counts_init(&counts, memory, ROOM);
        memset(&k, 0, sizeof(k));

        for (i = 0; i < ROOM; i++) {
            k.bytes[CHAT_KEY_LEN - 1] = (uint8_t) i;
            tap_is_int(chat_counts_take(&counts, &k, 1, &handle[i]), CHAT_OK,
                       "a key of one chain");
        }

        for (i = 0; i < ROOM; i++) {
            k.bytes[CHAT_KEY_LEN - 1] = (uint8_t) orders[n][i];
            chat_counts_give(&counts, &handle[orders[n][i]]);
            tap_is_int(chat_counts_take(&counts, &k, 1, &handle[orders[n][i]]),
                       CHAT_OK, "it left, and comes again");
        }
    }
}


int
main(void)
{
    test_a_limit();
    test_a_full_table();
    test_one_chain();

    tap_ok(chat_counts_size(ROOM) <= sizeof(memory), "the size is as said");
    tap_ok(chat_counts_size(2) <= 2 * 32, "a key costs little");

    return tap_done();
}
