
/*
 * Who takes and gives which slots.
 *
 * links: worker/slot_share.c
 */

#include "tap.h"
#include "slot_share.h"


#define SLOTS_MAX  32


/* A holder a letter: a is process 0, - nobody, x a stranger.  A plan: + take,
 * a letter: give to that one, . keep. */
static const struct {
    const char  *name;
    const char  *holders;
    uint32_t     processes;
    uint32_t     me;
    const char  *plan;
} cases[] = {
    { "alone: takes all", "----", 1, 0, "++++" },
    { "alone, with some: takes the rest", "a-a-", 1, 0, ".+.+" },
    { "two: takes half", "----", 2, 0, "++.." },
    { "two: the other takes the other half", "----", 2, 1, "..++" },
    { "takes no more than the share", "aa--", 2, 0, "...." },
    { "three of four: two at most", "----", 3, 2, "++.." },
    { "a stranger's slot is not free", "xx--", 1, 0, "..++" },
    { "what is free is taken before anything is given", "aaa-", 2, 0, "...." },
    { "all are mine, another came: gives half", "aaaa", 2, 0, "..bb" },
    { "gives to each that has none", "aaaaaa", 3, 0, "..cbcb" },
    { "gives nothing that makes no difference", "aab", 2, 0, "..." },
    { "one more slot than the other: kept", "aabb", 2, 0, "...." },
    { "five for sixteen: the fifth gets one of each", "aaaabbbbccccdddd", 5, 0,
      "...e............" },
    { "a stranger's is not mine to give", "axaa", 2, 0, "...b" },
    { "what is left over is nobody's loss", "aab-", 4, 3, "...+" },
};


static int
holder(char c)
{
    return (c == '-') ? SLOT_NOBODY : (c == 'x') ? SLOT_STRANGER : c - 'a';
}


static char
planned(int plan)
{
    return (plan == SLOT_KEEP) ? '.' : (plan == SLOT_TAKE) ? '+'
           : (char) ('a' + plan);
}


/* Everybody acts at once, again and again, until nobody has anything to do:
 * how many rounds that takes, at most `max`. */
static uint32_t
settle(int *holders, uint32_t slots, uint32_t processes, uint32_t max)
{
    int       next[SLOTS_MAX], plan[SLOTS_MAX];
    bool      moved;
    uint32_t  round, me, i;

    for (round = 0; round < max; round++) {
        memcpy(next, holders, sizeof(next));

        for (me = 0, moved = false; me < processes; me++) {
            slot_plan(holders, slots, processes, me, plan);

            for (i = 0; i < slots; i++) {
                if (plan[i] == SLOT_TAKE && next[i] == SLOT_NOBODY) {
                    next[i] = (int) me;
                    moved = true;

                } else if (plan[i] >= 0) {
                    next[i] = plan[i];
                    moved = true;
                }
            }
        }

        if (!moved) {
            return round;
        }

        memcpy(holders, next, sizeof(next));
    }

    return max;
}


static void
test_settling(void)
{
    int       holders[SLOTS_MAX];
    bool      fair, quick;
    uint32_t  from, to, i, n, least, most;

    fair = true;
    quick = true;

    /* as many processes as `from` settle, then there are `to` of them */
    for (from = 1; from <= 8; from++) {
        for (to = 1; to <= 8; to++) {
            for (i = 0; i < 16; i++) {
                holders[i] = SLOT_NOBODY;
            }

            quick &= settle(holders, 16, from, 50) < 50;

            for (i = 0; i < 16; i++) {
                holders[i] = (holders[i] < (int) to) ? holders[i]
                                                     : SLOT_NOBODY;
            }

            quick &= settle(holders, 16, to, 50) < 50;

            for (n = 0, least = 16, most = 0; n < to; n++) {
                uint32_t  count = 0;

                for (i = 0; i < 16; i++) {
                    count += (holders[i] == (int) n);
                }

                least = (count < least) ? count : least;
                most = (count > most) ? count : most;
            }

            fair &= most - least <= 1 || most <= slot_share(16, to);
            fair &= least > 0;
        }
    }

    tap_ok(quick, "any change of processes comes to rest");
    tap_ok(fair, "and everybody has a share");
}


int
main(void)
{
    int       holders[SLOTS_MAX], plan[SLOTS_MAX];
    char      said[SLOTS_MAX + 1];
    size_t    i, k, n;

    tap_is_int(slot_share(16, 3), 6, "the share is rounded up");
    tap_is_int(slot_share(16, 0), 16, "nobody is announced: all");

    for (i = 0; i < countof(cases); i++) {
        n = strlen(cases[i].holders);

        for (k = 0; k < n; k++) {
            holders[k] = holder(cases[i].holders[k]);
        }

        slot_plan(holders, (uint32_t) n, cases[i].processes, cases[i].me,
                  plan);

        for (k = 0; k < n; k++) {
            said[k] = planned(plan[k]);
        }

        said[n] = '\0';
        tap_is_str(said, cases[i].plan, cases[i].name);
    }

    test_settling();

    return tap_done();
}
