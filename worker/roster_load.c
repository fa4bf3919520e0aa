
/*
 * Conversations come into memory: for a whole batch in three calls, the
 * documents, their marks, the highest seqs stored.  In this order: a mark that
 * is settled in between is in MongoDB before it leaves Redis, and a message
 * that is stored in between is counted.
 */

#include "roster_table.h"
#include "store/store_conversation.h"
#include "store/store_message.h"

#include <stdlib.h>


/* From the pool into memory that stays. */
static void
roster_keep(roster_t *roster, const model_conversation_t *loaded)
{
    size_t                 size;
    model_conversation_t   c;

    c = *loaded;
    c.name = c.name ? strdup(c.name) : NULL;
    c.avatar = c.avatar ? strdup(c.avatar) : NULL;

    if ((loaded->name && !c.name) || (loaded->avatar && !c.avatar)) {
        abort();
    }

    size = c.member_count * sizeof(model_member_t);
    c.members = roster_calloc(c.member_count, sizeof(model_member_t));

    if (size > 0) {
        memcpy(c.members, loaded->members, size);
    }

    roster_insert(roster, &c);
}


/* Those that are not in memory, each once. */
static uint32_t
roster_missing(roster_t *roster, const char *const *ids, uint32_t count,
    const char **missing)
{
    uint32_t  i, j, n;

    for (i = 0, n = 0; i < count; i++) {

        if (roster_find(roster, ids[i])) {
            continue;
        }

        for (j = 0; j < n && strcmp(missing[j], ids[i]) != 0; j++) {
            /* void */
        }

        if (j == n) {
            missing[n++] = ids[i];
        }
    }

    return n;
}


static store_status_t
roster_fetch(roster_t *roster, store_t *store, marks_t *marks, pool_t *pool,
    const char *const *ids, uint32_t count)
{
    uint32_t               i, found;
    uint64_t              *seqs;
    const char           **list;
    store_status_t         rc;
    model_conversation_t  *loaded;

    rc = store_conversation_load(store, pool, ids, count, &loaded, &found);

    if (rc != STORE_OK || found == 0) {
        return rc;
    }

    rc = marks_merge(marks, loaded, found);

    if (rc != STORE_OK) {
        return rc;
    }

    list = pool_alloc(pool, found * sizeof(char *));
    seqs = pool_alloc(pool, found * sizeof(uint64_t));

    for (i = 0; i < found; i++) {
        list[i] = loaded[i].id;
    }

    rc = store_message_last_seqs(store, list, found, seqs);

    for (i = 0; i < found && rc == STORE_OK; i++) {
        loaded[i].stored_seq = seqs[i];
        roster_keep(roster, &loaded[i]);
    }

    return rc;
}


store_status_t
roster_load(roster_t *roster, store_t *store, marks_t *marks,
    const char *const *ids, uint32_t count)
{
    pool_t          *pool;
    uint32_t         n;
    const char     **missing;
    store_status_t   rc;

    pool = pool_create();
    missing = pool_alloc(pool, count * sizeof(char *));
    n = roster_missing(roster, ids, count, missing);

    rc = n ? roster_fetch(roster, store, marks, pool, missing, n) : STORE_OK;
    pool_destroy(&pool);

    return rc;
}
