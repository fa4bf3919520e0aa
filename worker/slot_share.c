
/*
 * The fair share, without clock and without Redis: slot.c asks each second.
 * All processes compute from the same facts, but not at the same moment, so
 * what they decide need not agree: a lease is taken by one only, and what was
 * given too much is given on a second later.
 */

#include "slot_share.h"


uint32_t
slot_share(uint32_t slots, uint32_t processes)
{
    return processes ? (slots + processes - 1) / processes : slots;
}


/* Others start elsewhere, so that all do not run for the same slots. */
static void
slot_plan_take(const int *holders, uint32_t slots, uint32_t processes,
    uint32_t me, uint32_t missing, int *plan)
{
    uint32_t  i, slot;

    for (i = 0; i < slots && missing; i++) {
        slot = (me * slot_share(slots, processes) + i) % slots;

        if (holders[slot] == SLOT_NOBODY) {
            plan[slot] = SLOT_TAKE;
            missing--;
        }
    }
}


static uint32_t
slot_poorest(const uint32_t *counts, uint32_t processes, uint32_t me)
{
    uint32_t  i, n, least;

    least = me;

    for (n = 1; n < processes; n++) {
        i = (me + n) % processes;

        if (counts[i] < counts[least]) {
            least = i;
        }
    }

    return least;
}


static void
slot_plan_give(const int *holders, uint32_t slots, uint32_t processes,
    uint32_t me, uint32_t *counts, int *plan)
{
    uint32_t  slot, to;

    for (slot = slots; slot > 0; slot--) {

        if (holders[slot - 1] != (int) me) {
            continue;
        }

        to = slot_poorest(counts, processes, me);

        /* others give at the same moment: nobody goes below an equal part */
        if (counts[to] + 2 > counts[me] || counts[me] <= slots / processes) {
            return;
        }

        plan[slot - 1] = (int) to;
        counts[to]++;
        counts[me]--;
    }
}


void
slot_plan(const int *holders, uint32_t slots, uint32_t processes, uint32_t me,
    int *plan)
{
    uint32_t  i, share, free_count, counts[SLOT_PROCESSES_MAX];

    memset(counts, 0, sizeof(counts));

    for (i = 0, free_count = 0; i < slots; i++) {
        plan[i] = SLOT_KEEP;

        if (holders[i] >= 0) {
            counts[holders[i]]++;
        }

        free_count += (holders[i] == SLOT_NOBODY);
    }

    share = slot_share(slots, processes);

    if (free_count) {
        slot_plan_take(holders, slots, processes, me,
                       share > counts[me] ? share - counts[me] : 0, plan);
        return;
    }

    slot_plan_give(holders, slots, processes, me, counts, plan);
}
