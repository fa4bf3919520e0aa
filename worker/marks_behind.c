
/*
 * Write-behind of marks.  Redis says which conversations of a slot have marks
 * that MongoDB lacks; their present values are read from there, not from
 * memory, so that what is settled is exactly what was written.  A quiet
 * conversation is written at once, a busy one twice a minute.
 */

#include "marks_behind.h"
#include "marks_fields.h"
#include "chat_bus_names.h"
#include "log.h"
#include "store/store_conversation.h"
#include "tick.h"

#include <stdlib.h>


#define MARKS_PAUSE_MS    30000     /* between two writings of one */
#define MARKS_AT_ONCE     500       /* conversations in one bulk update */
#define MARKS_DIRTY       "dirty:"


typedef struct {
    uint32_t               slot;
    const char            *id;
    const char            *version;     /* the field v of what was read */
} marks_due_t;


typedef struct {
    const marks_holder_t  *holder;
    pool_t                *pool;
    bool                   all;
    marks_due_t           *due;
    uint32_t               count;
    model_conversation_t  *list;        /* read, in the order of `due` */
} marks_round_t;


static int64_t
marks_written_ms(const marks_round_t *round, const char *id)
{
    return roster_written_ms(round->holder->roster, id);
}


static bool
marks_is_due(const marks_round_t *round, const char *id, int64_t now_ms)
{
    return round->all
           || marks_written_ms(round, id) + MARKS_PAUSE_MS <= now_ms;
}


static bool
marks_find_due(marks_round_t *round, const uint32_t *slots, uint32_t count)
{
    size_t         k;
    int64_t        now_ms;
    uint32_t       i;
    const char    *id;
    bus_args_t     args;
    bus_value_t   *ids;
    bus_status_t   rc;
    bus_t         *bus = round->holder->bus;

    for (i = 0; i < count; i++) {
        bus_args_key(&args, round->pool, bus, "SMEMBERS", MARKS_DIRTY,
                     pool_printf(round->pool, "%u", slots[i]));
        bus_send(bus, &args);
    }

    now_ms = tick_ms();

    for (i = 0, rc = BUS_OK; i < count && rc != BUS_DOWN; i++) {
        rc = bus_receive(bus, &ids);

        for (k = 0; k < bus_count(ids) && round->count < MARKS_AT_ONCE; k++) {
            id = pool_slice(round->pool, bus_text(bus_at(ids, k)));

            if (strlen(id) == CHAT_ID_LEN && marks_is_due(round, id, now_ms)) {
                round->due[round->count].slot = slots[i];
                round->due[round->count++].id = id;
            }
        }

        bus_free(&ids);
    }

    return rc != BUS_DOWN;
}


static int
marks_member_compare(const void *a, const void *b)
{
    const model_member_t  *left = a, *right = b;

    return strcmp(left->uid, right->uid);
}


/* A member's two marks stand in two fields: one entry of the list. */
static void
marks_join_members(model_conversation_t *c)
{
    uint32_t         i, n;
    model_member_t  *m = c->members;

    qsort(m, c->member_count, sizeof(model_member_t), marks_member_compare);

    for (i = 0, n = 0; i < c->member_count; i++) {

        if (n == 0 || strcmp(m[n - 1].uid, m[i].uid) != 0) {
            m[n++] = m[i];
            continue;
        }

        m[n - 1].read_seq += m[i].read_seq;              /* one of them is 0 */
        m[n - 1].delivered_seq += m[i].delivered_seq;
    }

    c->member_count = n;
}


static void
marks_take_field(model_conversation_t *c, const marks_field_t *field)
{
    model_member_t  *member;

    if (field->kind == MARKS_SEQ) {
        c->told_seq = field->value;
        return;
    }

    if (field->kind == MARKS_AT) {
        c->last_at_ms = (int64_t) field->value;
        return;
    }

    if (field->uid.len > CHAT_UID_MAX) {
        return;
    }

    member = &c->members[c->member_count++];
    memcpy(member->uid, field->uid.data, field->uid.len);

    *((field->kind == MARKS_READ) ? &member->read_seq
                                  : &member->delivered_seq) = field->value;
}


static void
marks_take_hash(marks_round_t *round, uint32_t at, const bus_value_t *hash)
{
    size_t                 i;
    marks_due_t           *due = &round->due[at];
    marks_field_t          field;
    model_conversation_t  *c = &round->list[at];

    memcpy(c->id, due->id, CHAT_ID_LEN);
    c->members = pool_alloc(round->pool,
                            bus_count(hash) * sizeof(model_member_t));
    due->version = "";

    for (i = 0; i + 1 < bus_count(hash); i += 2) {

        if (!marks_field_read(bus_at(hash, i), bus_at(hash, i + 1), &field)) {
            continue;
        }

        if (field.kind == MARKS_VERSION) {
            due->version = pool_slice(round->pool,
                                      bus_text(bus_at(hash, i + 1)));
            continue;
        }

        marks_take_field(c, &field);
    }

    marks_join_members(c);
}


static bool
marks_read_due(marks_round_t *round)
{
    uint32_t       i;
    bus_args_t     args;
    bus_value_t   *hash;
    bus_status_t   rc;
    bus_t         *bus = round->holder->bus;

    round->list = pool_alloc(round->pool,
                             round->count * sizeof(model_conversation_t));

    for (i = 0; i < round->count; i++) {
        bus_args_key(&args, round->pool, bus, "HGETALL", CHAT_BUS_MARKS,
                     round->due[i].id);
        bus_send(bus, &args);
    }

    for (i = 0, rc = BUS_OK; i < round->count && rc != BUS_DOWN; i++) {
        rc = bus_receive(bus, &hash);
        marks_take_hash(round, i, hash);
        bus_free(&hash);
    }

    return rc != BUS_DOWN;
}


/* What lies together in `due` is of one slot. */
static void
marks_settle(marks_round_t *round)
{
    uint32_t               i, first;
    bus_args_t             args;
    const marks_holder_t  *holder = round->holder;

    for (i = 0; i < round->count; /* void */ ) {
        first = i;
        bus_args_call(&args, round->pool, holder->bus, "settle");
        bus_arg_str(&args, holder->owner);
        bus_arg_printf(&args, "%s:%u", holder->lane, round->due[i].slot);

        for ( /* void */ ; i < round->count
              && round->due[i].slot == round->due[first].slot; i++)
        {
            bus_arg_str(&args, round->due[i].id);
            bus_arg_str(&args, round->due[i].version);
        }

        if (bus_tell(holder->bus, &args) != BUS_OK) {
            return;      /* they stay dirty and are written once more */
        }
    }
}


/* One bulk; *more if others may be due. */
static store_status_t
marks_write_some(marks_round_t *round, const uint32_t *slots, uint32_t count,
    bool *more)
{
    int64_t         now_ms;
    uint32_t        i;
    store_status_t  rc;

    *more = false;
    round->due = pool_alloc(round->pool, MARKS_AT_ONCE * sizeof(marks_due_t));
    round->count = 0;
    now_ms = tick_ms();

    if (!bus_ready(round->holder->bus)
        || !marks_find_due(round, slots, count) || !marks_read_due(round))
    {
        return STORE_UNAVAILABLE;
    }

    if (round->count == 0) {
        return STORE_OK;
    }

    rc = store_conversation_write_marks(round->holder->store, round->list,
                                        round->count);
    if (rc != STORE_OK) {
        return rc;
    }

    for (i = 0; i < round->count; i++) {
        roster_written(round->holder->roster, round->due[i].id, now_ms);
    }

    marks_settle(round);
    log_debug("marks: wrote %u", round->count);
    *more = round->count == MARKS_AT_ONCE;

    return STORE_OK;
}


store_status_t
marks_write_behind(const marks_holder_t *holder, const uint32_t *slots,
    uint32_t count, bool all)
{
    bool            more;
    store_status_t  rc;
    marks_round_t   round;

    memset(&round, 0, sizeof(round));
    round.holder = holder;
    round.pool = pool_create();
    round.all = all;

    do {
        rc = marks_write_some(&round, slots, count, &more);
        pool_reset(round.pool);
    } while (rc == STORE_OK && more && all);

    pool_destroy(&round.pool);

    return rc;
}
