
/*
 * What readers see of conversations: MongoDB's copies with Redis's marks over
 * them, for a batch in two round trips.  child_work.c reads what the jobs name
 * before any handler runs; access.c asks, and reads what nobody has named.
 */

#include "reading_parts.h"
#include "store/store_conversation.h"


reading_t *
reading_create(pool_t *pool, store_t *store, marks_t *marks)
{
    reading_t  *reading;

    reading = pool_alloc(pool, sizeof(reading_t));
    reading->pool = pool;
    reading->store = store;
    reading->marks = marks;
    reading->ask_end = &reading->asks;

    return reading;
}


static reading_entry_t *
reading_find(const reading_t *reading, const char *id)
{
    uint32_t  i;

    for (i = 0; i < reading->count; i++) {
        if (strcmp(reading->entries[i].id, id) == 0) {
            return &reading->entries[i];
        }
    }

    return NULL;
}


static void
reading_add(reading_t *reading, const char *id)
{
    uint32_t          cap;
    reading_entry_t  *entries;

    if (reading->count == reading->cap) {
        cap = reading->cap ? 2 * reading->cap : 16;
        entries = pool_alloc(reading->pool, cap * sizeof(reading_entry_t));

        if (reading->count) {
            memcpy(entries, reading->entries,
                   reading->count * sizeof(reading_entry_t));
        }

        reading->entries = entries;
        reading->cap = cap;
    }

    reading->entries[reading->count++].id = pool_strndup(reading->pool, id,
                                                         strlen(id));
}


/* Those from `first` on; they are taken back if they cannot be read. */
static store_status_t
reading_fetch(reading_t *reading, uint32_t first)
{
    uint32_t               i, n, found;
    const char           **ids;
    store_status_t         rc;
    model_conversation_t  *list;

    n = reading->count - first;
    ids = pool_alloc(reading->pool, n * sizeof(char *));

    for (i = 0; i < n; i++) {
        ids[i] = reading->entries[first + i].id;
    }

    rc = store_conversation_load(reading->store, reading->pool, ids, n, &list,
                                 &found);

    if (rc == STORE_OK) {
        rc = marks_merge(reading->marks, list, found);
    }

    if (rc != STORE_OK) {
        reading->count = first;
        return rc;
    }

    for (i = 0; i < found; i++) {
        reading_find(reading, list[i].id)->conversation = &list[i];
    }

    return STORE_OK;
}


store_status_t
reading_load(reading_t *reading, const char *const *ids, uint32_t count)
{
    uint32_t  i, first;

    first = reading->count;

    for (i = 0; i < count; i++) {
        if (reading_find(reading, ids[i]) == NULL) {
            reading_add(reading, ids[i]);
        }
    }

    return (reading->count > first) ? reading_fetch(reading, first) : STORE_OK;
}


model_conversation_t *
reading_get(const reading_t *reading, const char *id)
{
    const reading_entry_t  *entry;

    entry = reading_find(reading, id);

    return entry ? entry->conversation : NULL;
}
