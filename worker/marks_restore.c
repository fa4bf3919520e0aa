
/*
 * Redis began anew and knows no marks.  The holder of a slot has them in
 * memory: they go back, or, if the slot has another holder by now, straight
 * to MongoDB, where the greater one wins.  child calls this before it forgets
 * a slot.
 *
 * What was stored and told to nobody has no mark anywhere, nor has what went
 * with Redis and the holder together: before the first job of a slot is taken,
 * its holder looks at the last messages and raises `seq` to them.  No session
 * begins in between, so all hear of them as unread.
 */

#include "marks_behind.h"
#include "log.h"
#include "marks_fields.h"
#include "store/store_conversation.h"
#include "store/store_message.h"

#include <stdlib.h>


#define MARKS_FIELDS_AT_ONCE  400     /* Lua takes no longer lists */
#define MARKS_CLOCKS_MS       5000    /* Redis's and ours may differ by that */


typedef struct {
    bus_args_t   args;       /* the groups {conversation n {field value}} */
    bus_args_t   fields;     /* of the group being made */
    uint32_t     groups;
    const char  *id;
} marks_groups_t;


static void
marks_close_group(marks_groups_t *groups)
{
    size_t  i;

    if (groups->fields.count == 0) {
        return;
    }

    bus_arg_str(&groups->args, groups->id);
    bus_arg_u64(&groups->args, groups->fields.count / 2);

    for (i = 0; i < groups->fields.count; i++) {
        bus_arg(&groups->args, groups->fields.words[i]);
    }

    groups->groups++;
    groups->fields.count = 0;
}


static void
marks_put(marks_groups_t *groups, const char *field, const char *uid,
    uint64_t value)
{
    if (value == 0) {
        return;
    }

    bus_arg_printf(&groups->fields, "%s%s", field, uid);
    bus_arg_u64(&groups->fields, value);

    if (groups->fields.count >= 2 * MARKS_FIELDS_AT_ONCE) {
        marks_close_group(groups);
    }
}


static void
marks_put_conversation(marks_groups_t *groups, const model_conversation_t *c)
{
    uint32_t  i;

    groups->id = c->id;
    marks_put(groups, "seq", "", c->told_seq);
    marks_put(groups, "at", "", (uint64_t) c->last_at_ms);

    for (i = 0; i < c->member_count; i++) {
        marks_put(groups, "r:", c->members[i].uid, c->members[i].read_seq);
        marks_put(groups, "d:", c->members[i].uid,
                  c->members[i].delivered_seq);
    }

    marks_close_group(groups);
}


static void
marks_groups_init(marks_groups_t *groups, pool_t *pool)
{
    memset(groups, 0, sizeof(marks_groups_t));
    bus_args_init(&groups->args, pool);
    bus_args_init(&groups->fields, pool);
}


/* `known`: the slot has no others. */
static bool
marks_send(const marks_holder_t *holder, pool_t *pool, uint32_t slot,
    bool known, const marks_groups_t *groups)
{
    size_t        k;
    int64_t       answer;
    bus_args_t    args;
    bus_value_t  *value;

    bus_args_call(&args, pool, holder->bus, "restore");
    bus_arg_str(&args, holder->owner);
    bus_arg_printf(&args, "%s:%u", holder->lane, slot);
    bus_arg_u64(&args, known);
    bus_arg_u64(&args, groups->groups);

    for (k = 0; k < groups->args.count; k++) {
        bus_arg(&args, groups->args.words[k]);
    }

    if (bus_ask(holder->bus, &args, &value) != BUS_OK) {
        return false;
    }

    answer = bus_number(value);
    bus_free(&value);

    return answer == 1;
}


static bool
marks_to_redis(const marks_holder_t *holder, pool_t *pool, uint32_t slot,
    model_conversation_t **list, uint32_t count)
{
    uint32_t         i;
    marks_groups_t   groups;

    marks_groups_init(&groups, pool);

    for (i = 0; i < count; i++) {
        marks_put_conversation(&groups, list[i]);
    }

    return marks_send(holder, pool, slot, false, &groups);
}


static bool
marks_to_store(const marks_holder_t *holder, pool_t *pool,
    model_conversation_t **list, uint32_t count)
{
    uint32_t               i;
    model_conversation_t  *copies;

    copies = pool_alloc(pool, count * sizeof(model_conversation_t));

    for (i = 0; i < count; i++) {
        copies[i] = *list[i];
    }

    return store_conversation_write_marks(holder->store, copies, count)
           == STORE_OK;
}


bool
marks_restore(const marks_holder_t *holder, uint32_t slot, bool held)
{
    bool                    done;
    pool_t                 *pool;
    uint32_t                count;
    model_conversation_t  **list;

    pool = pool_create();
    count = roster_unwritten(holder->roster, pool, slot, &list);

    done = count == 0
           || (held && marks_to_redis(holder, pool, slot, list, count))
           || marks_to_store(holder, pool, list, count);

    if (count) {
        log_write(done ? LOG_INFO : LOG_ERROR, "marks: %s:%u: %u %s",
                  holder->lane, slot, count, done ? "restored" : "lost");
    }

    pool_destroy(&pool);

    return done;
}


/* --- what nobody has in memory ------------------------------------------ */

static bool
marks_ask_known(const marks_holder_t *holder, pool_t *pool,
    const uint32_t *slots, uint32_t count, bool *known)
{
    uint32_t      i;
    bus_args_t    args;
    bus_value_t  *answer;

    bus_args_key(&args, pool, holder->bus, "HMGET", MARKS_KNOWN, "");

    for (i = 0; i < count; i++) {
        bus_arg_u64(&args, slots[i]);
    }

    if (bus_ask(holder->bus, &args, &answer) != BUS_OK) {
        return false;
    }

    for (i = 0; i < count; i++) {
        known[i] = bus_number(bus_at(answer, i)) == 1;
    }

    bus_free(&answer);

    return true;
}


static int
marks_lately_compare(const void *a, const void *b)
{
    const store_lately_t  *left = a, *right = b;

    return strcmp(left->conversation, right->conversation);
}


/* Sorted by conversation; to have written is to have read. */
static void
marks_put_lately(marks_groups_t *groups, const store_lately_t *list,
    uint32_t count)
{
    uint32_t  i;

    for (i = 0; i < count; i++) {
        if (i > 0
            && strcmp(list[i].conversation, list[i - 1].conversation) != 0)
        {
            marks_close_group(groups);
        }

        groups->id = list[i].conversation;
        marks_put(groups, "seq", "", list[i].seq);
        marks_put(groups, "at", "", (uint64_t) list[i].at_ms);
        marks_put(groups, "r:", list[i].sender, list[i].seq);
    }

    marks_close_group(groups);
}


/* Those of the slot come first; how many they are. */
static uint32_t
marks_of_slot(const marks_holder_t *holder, store_lately_t *list,
    uint32_t count, uint32_t slot)
{
    uint32_t        i, n;
    store_lately_t  other;

    for (i = 0, n = 0; i < count; i++) {
        if (chat_slot(chat_slice_of(list[i].conversation, CHAT_ID_LEN),
                      bus_config(holder->bus)->slots) == slot)
        {
            other = list[n];
            list[n++] = list[i];
            list[i] = other;
        }
    }

    if (n > 1) {
        qsort(list, n, sizeof(store_lately_t), marks_lately_compare);
    }

    return n;
}


static bool
marks_look(const marks_holder_t *holder, pool_t *pool, const uint32_t *slots,
    uint32_t count, bool *known)
{
    int64_t           began_ms;
    uint32_t          i, n, total;
    marks_groups_t    groups;
    store_lately_t   *list;

    began_ms = (int64_t) bus_epoch(holder->bus) * 1000;      /* an epoch's name
                                                        says when it began */
    if (store_message_lately(holder->store, pool, began_ms - MARKS_CLOCKS_MS,
                             &list, &total) != STORE_OK)
    {
        return false;
    }

    for (i = 0; i < count; i++) {
        if (known[i]) {
            continue;
        }

        n = marks_of_slot(holder, list, total, slots[i]);
        marks_groups_init(&groups, pool);
        marks_put_lately(&groups, list, n);
        known[i] = marks_send(holder, pool, slots[i], true, &groups);
    }

    return true;
}


void
marks_learn(const marks_holder_t *holder, const uint32_t *slots,
    uint32_t count, bool *known)
{
    uint32_t   i, unknown;
    pool_t    *pool;

    memset(known, 0, count * sizeof(bool));
    pool = pool_create();

    if (marks_ask_known(holder, pool, slots, count, known)) {

        for (i = 0, unknown = 0; i < count; i++) {
            unknown += !known[i];
        }

        if (unknown && marks_look(holder, pool, slots, count, known)) {
            log_info("marks: %s: %u slots were learnt from the last messages",
                     holder->lane, unknown);
        }
    }

    pool_destroy(&pool);
}
