
/*
 * The fields of `marks:<conversation>` (docs/bus.md, "Marks").
 */

#ifndef MARKS_FIELDS_H
#define MARKS_FIELDS_H


#include "bus.h"


/* The hash of slots whose marks are all in Redis, in this epoch. */
#define MARKS_KNOWN  "known"


typedef enum {
    MARKS_SEQ = 0,
    MARKS_AT,
    MARKS_READ,
    MARKS_DELIVERED,
    MARKS_VERSION
} marks_kind_t;


typedef struct {
    marks_kind_t   kind;
    chat_slice_t   uid;          /* of READ and DELIVERED */
    uint64_t       value;
} marks_field_t;


/* False if this is no field that we know. */
static inline bool
marks_field_read(const bus_value_t *name, const bus_value_t *value,
    marks_field_t *field)
{
    size_t        i;
    chat_slice_t  text;

    static const struct {
        chat_slice_t   name;
        marks_kind_t   kind;
    } kinds[] = {
        { { 3, (const uint8_t *) "seq" }, MARKS_SEQ },
        { { 2, (const uint8_t *) "at" }, MARKS_AT },
        { { 1, (const uint8_t *) "v" }, MARKS_VERSION }
    };

    text = bus_text(name);
    field->uid = chat_slice_of(NULL, 0);
    field->value = (uint64_t) bus_number(value);

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (chat_slice_eq(text, kinds[i].name)) {
            field->kind = kinds[i].kind;
            return true;
        }
    }

    if (text.len < 3 || text.data[1] != ':'
        || (text.data[0] != 'r' && text.data[0] != 'd'))
    {
        return false;
    }

    field->kind = (text.data[0] == 'r') ? MARKS_READ : MARKS_DELIVERED;
    field->uid = chat_slice_of(text.data + 2, text.len - 2);

    return true;
}


#endif /* MARKS_FIELDS_H */
