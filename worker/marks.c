
/*
 * Marks, read: what Redis knows of a conversation is laid over MongoDB's copy,
 * of each mark the greater.  Handlers that read ask here, and roster.c when it
 * loads.  Who moves marks is `finish` alone; who writes them behind is
 * marks_behind.c.
 */

#include "marks.h"
#include "chat_bus_names.h"
#include "fault.h"
#include "marks_fields.h"

#include <stdlib.h>


struct marks_s {
    bus_t     *bus;
    pool_t    *pool;            /* of one call */
    uint64_t   known_epoch;     /* whose marks are all in Redis */
};


marks_t *
marks_create(bus_t *bus)
{
    marks_t  *marks;

    marks = calloc(1, sizeof(marks_t));

    if (marks == NULL) {
        abort();
    }

    marks->bus = bus;
    marks->pool = pool_create();

    return marks;
}


void
marks_destroy(marks_t **marks)
{
    if (*marks == NULL) {
        return;
    }

    pool_destroy(&(*marks)->pool);
    free(*marks);
    *marks = NULL;
}


static void
marks_raise(uint64_t *mark, uint64_t value)
{
    if (value > *mark) {
        *mark = value;
    }
}


static void
marks_lay(model_conversation_t *conversation, const marks_field_t *field)
{
    model_member_t  *member;

    if (field->kind == MARKS_SEQ) {
        marks_raise(&conversation->told_seq, field->value);
        return;
    }

    if (field->kind == MARKS_AT) {
        if ((int64_t) field->value > conversation->last_at_ms) {
            conversation->last_at_ms = (int64_t) field->value;
        }

        return;
    }

    member = model_member(conversation, field->uid);

    if (member && field->kind == MARKS_READ) {
        marks_raise(&member->read_seq, field->value);
    }

    if (member && field->kind == MARKS_DELIVERED) {
        marks_raise(&member->delivered_seq, field->value);
    }
}


/* `hash` is the answer of HGETALL. */
static void
marks_lay_all(model_conversation_t *conversation, const bus_value_t *hash)
{
    size_t         i;
    marks_field_t  field;

    for (i = 0; i + 1 < bus_count(hash); i += 2) {
        if (marks_field_read(bus_at(hash, i), bus_at(hash, i + 1), &field)) {
            marks_lay(conversation, &field);
        }
    }
}


store_status_t
marks_merge(marks_t *marks, model_conversation_t *list, uint32_t count)
{
    uint32_t       i;
    bus_args_t     args;
    bus_value_t   *hash;
    bus_status_t   rc;

    pool_reset(marks->pool);

    if (count > 0 && !bus_ready(marks->bus)) {
        return STORE_UNAVAILABLE;
    }

    for (i = 0; i < count; i++) {
        bus_args_key(&args, marks->pool, marks->bus, "HGETALL",
                     CHAT_BUS_MARKS, list[i].id);
        bus_send(marks->bus, &args);
    }

    for (i = 0, rc = BUS_OK; i < count && rc != BUS_DOWN; i++) {
        rc = bus_receive(marks->bus, &hash);
        marks_lay_all(&list[i], hash);
        bus_free(&hash);
    }

    return (rc == BUS_DOWN) ? STORE_UNAVAILABLE : STORE_OK;
}


/*
 * In a new epoch the holders first put back what Redis has to know: who looked
 * before would never hear of what they had not been told.
 */
static bool
marks_are_known(marks_t *marks)
{
    bool          known;
    bus_args_t    args;
    bus_value_t  *answer;

    if (marks->known_epoch == bus_epoch(marks->bus)) {
        return true;
    }

    bus_args_key(&args, marks->pool, marks->bus, "HLEN", MARKS_KNOWN, "");

    if (bus_ask(marks->bus, &args, &answer) != BUS_OK) {
        return false;
    }

    known = bus_number(answer) >= bus_config(marks->bus)->slots;
    bus_free(&answer);

    if (known) {
        marks->known_epoch = bus_epoch(marks->bus);
    }

    return known;
}


store_status_t
marks_cut(marks_t *marks, pool_t *pool, const char *uid,
    model_conversation_t *list, uint32_t count, const char **offset)
{
    bool           large;
    uint32_t       i;
    bus_args_t     args;
    bus_value_t   *answer;

    pool_reset(marks->pool);
    fault_point("cutting");

    if (!marks_are_known(marks)) {
        return STORE_UNAVAILABLE;
    }

    bus_args_call(&args, marks->pool, marks->bus, "cut");
    bus_arg_str(&args, uid);
    bus_arg_u64(&args, bus_config(marks->bus)->recovery_ms);

    for (i = 0; i < count; i++) {
        large = list[i].member_count > bus_config(marks->bus)->fanout_limit;
        bus_arg_str(&args, large ? pool_printf(marks->pool, "+%s", list[i].id)
                                 : list[i].id);
    }

    if (bus_ask(marks->bus, &args, &answer) != BUS_OK) {
        return STORE_UNAVAILABLE;
    }

    if (bus_epoch(marks->bus) != marks->known_epoch) {
        bus_free(&answer);
        return STORE_UNAVAILABLE;
    }

    for (i = 0; i < count; i++) {
        marks_lay_all(&list[i], bus_at(bus_at(answer, 1), i));
    }

    *offset = pool_slice(pool, bus_text(bus_at(answer, 0)));
    bus_free(&answer);

    return STORE_OK;
}
