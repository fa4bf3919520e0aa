
/*
 * Redis began anew and knows no marks.  The holder of a slot has them in
 * memory: they go back, or, if the slot has another holder by now, straight
 * to MongoDB, where the greater one wins.  child calls this before it forgets
 * a slot.
 */

#include "marks_behind.h"
#include "log.h"
#include "store/store_conversation.h"


#define MARKS_FIELDS_AT_ONCE  400     /* Lua takes no longer lists */


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


static bool
marks_to_redis(const marks_holder_t *holder, pool_t *pool, uint32_t slot,
    model_conversation_t **list, uint32_t count)
{
    size_t           k;
    int64_t          answer;
    uint32_t         i;
    bus_args_t       args;
    bus_value_t     *value;
    marks_groups_t   groups;

    memset(&groups, 0, sizeof(groups));
    bus_args_init(&groups.args, pool);
    bus_args_init(&groups.fields, pool);

    for (i = 0; i < count; i++) {
        marks_put_conversation(&groups, list[i]);
    }

    bus_args_call(&args, pool, holder->bus, "restore");
    bus_arg_str(&args, holder->owner);
    bus_arg_printf(&args, "%s:%u", holder->lane, slot);
    bus_arg_u64(&args, groups.groups);

    for (k = 0; k < groups.args.count; k++) {
        bus_arg(&args, groups.args.words[k]);
    }

    if (bus_ask(holder->bus, &args, &value) != BUS_OK) {
        return false;
    }

    answer = bus_number(value);
    bus_free(&value);

    return answer == 1;
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
