
/*
 * Conversations in memory, found by id.  What is kept is right only because
 * this process holds their slots: child forgets a slot that was lost, batch
 * what a failed write made doubtful.  The one used longest ago leaves when
 * there are too many, except while MongoDB lacks its marks.
 */

#include "roster_table.h"
#include "tick.h"

#include <stdlib.h>


#define ROSTER_KEEP_MS  30000     /* behind the last writing of its marks */


void *
roster_calloc(size_t count, size_t size)
{
    void  *p;

    p = calloc(count ? count : 1, size);

    if (p == NULL) {
        abort();
    }

    return p;
}


roster_t *
roster_create(uint32_t slots, uint32_t limit)
{
    uint32_t   size;
    roster_t  *roster;

    for (size = 1024; size < limit; size *= 2) { /* void */ }

    roster = roster_calloc(1, sizeof(roster_t));
    roster->slots = slots;
    roster->limit = limit;
    roster->mask = size - 1;
    roster->buckets = roster_calloc(size, sizeof(roster_entry_t *));

    return roster;
}


/* Ids end in a counter or in a hash: their last digits are spread. */
static roster_entry_t **
roster_bucket(const roster_t *roster, const char *id)
{
    size_t    i, n;
    uint32_t  hash;

    n = strlen(id);

    for (i = 0, hash = 2166136261u; i < n; i++) {
        hash = (hash ^ (uint8_t) id[i]) * 16777619u;
    }

    return &roster->buckets[hash & roster->mask];
}


roster_entry_t *
roster_find(const roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    for (entry = *roster_bucket(roster, id); entry; entry = entry->chain) {
        if (strcmp(entry->conversation.id, id) == 0) {
            break;
        }
    }

    return entry;
}


static void
roster_unlink(roster_t *roster, roster_entry_t *entry)
{
    *(entry->newer ? &entry->newer->older : &roster->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &roster->oldest) = entry->newer;
}


static void
roster_link(roster_t *roster, roster_entry_t *entry)
{
    entry->newer = NULL;
    entry->older = roster->newest;
    *(entry->older ? &entry->older->newer : &roster->oldest) = entry;
    roster->newest = entry;
}


roster_entry_t *
roster_insert(roster_t *roster, const model_conversation_t *conversation)
{
    roster_entry_t  *entry, **bucket;

    entry = roster_calloc(1, sizeof(roster_entry_t));
    entry->conversation = *conversation;
    entry->slot = chat_slot(chat_slice_of(conversation->id,
                                          strlen(conversation->id)),
                            roster->slots);

    bucket = roster_bucket(roster, conversation->id);
    entry->chain = *bucket;
    *bucket = entry;
    roster_link(roster, entry);
    roster->count++;

    return entry;
}


static void
roster_judge(roster_t *roster, roster_entry_t *entry, bool doubtful)
{
    roster->doubtful += doubtful;
    roster->doubtful -= entry->doubtful;
    entry->doubtful = doubtful;
}


static void
roster_remove(roster_t *roster, roster_entry_t *entry)
{
    roster_entry_t  **at;

    at = roster_bucket(roster, entry->conversation.id);

    while (*at != entry) {
        at = &(*at)->chain;
    }

    *at = entry->chain;
    roster_judge(roster, entry, false);
    roster_unlink(roster, entry);
    roster->count--;

    free(entry->conversation.name);
    free(entry->conversation.avatar);
    free(entry->conversation.members);
    free(entry);
}


void
roster_destroy(roster_t **roster)
{
    if (*roster == NULL) {
        return;
    }

    while ((*roster)->oldest) {
        roster_remove(*roster, (*roster)->oldest);
    }

    free((*roster)->buckets);
    free(*roster);
    *roster = NULL;
}


model_conversation_t *
roster_get(roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry == NULL) {
        return NULL;
    }

    roster_unlink(roster, entry);
    roster_link(roster, entry);

    return &entry->conversation;
}


model_conversation_t *
roster_add(roster_t *roster, const char *id, model_conversation_type_t type,
    const char *const *uids, uint32_t count, const char *created_by,
    int64_t now_ms)
{
    uint32_t               i;
    roster_entry_t        *entry;
    model_conversation_t   c;

    memset(&c, 0, sizeof(c));
    strncat(c.id, id, CHAT_ID_LEN);
    strncat(c.created_by, created_by, CHAT_UID_MAX);
    c.type = type;
    c.created_at_ms = now_ms;
    c.updated_at_ms = now_ms;
    c.last_at_ms = now_ms;
    c.member_count = count;
    c.members = roster_calloc(count, sizeof(model_member_t));

    for (i = 0; i < count; i++) {
        strncat(c.members[i].uid, uids[i], CHAT_UID_MAX);
        strcpy(c.members[i].role, "member");
        c.members[i].joined_at_ms = now_ms;
    }

    roster_forget(roster, id);
    entry = roster_insert(roster, &c);
    roster_judge(roster, entry, true);      /* until it is stored */

    return &entry->conversation;
}


void
roster_doubt(roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry) {
        roster_judge(roster, entry, true);
    }
}


void
roster_trust(roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry) {
        roster_judge(roster, entry, false);
        entry->written_ms = tick_ms();
    }
}


void
roster_forget(roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry) {
        roster_remove(roster, entry);
    }
}


void
roster_forget_slot(roster_t *roster, uint32_t slot)
{
    roster_entry_t  *entry, *newer;

    for (entry = roster->oldest; entry; entry = newer) {
        newer = entry->newer;

        if (entry->slot == slot) {
            roster_remove(roster, entry);
        }
    }
}


/* They were used in this batch, so they are among the newest. */
static void
roster_forget_doubtful(roster_t *roster)
{
    roster_entry_t  *entry, *older;

    for (entry = roster->newest; entry && roster->doubtful; entry = older) {
        older = entry->older;

        if (entry->doubtful) {
            roster_remove(roster, entry);
        }
    }
}


/* When it was written is remembered too: it is what keeps the pace. */
static bool
roster_may_leave(const roster_entry_t *entry, int64_t now_ms)
{
    return entry->moved_ms <= entry->written_ms
           && now_ms - entry->written_ms > ROSTER_KEEP_MS;
}


void
roster_end_batch(roster_t *roster, int64_t now_ms)
{
    roster_entry_t  *entry, *newer;

    roster_forget_doubtful(roster);

    for (entry = roster->oldest; entry && roster->count > roster->limit;
         entry = newer)
    {
        newer = entry->newer;

        if (!roster_may_leave(entry, now_ms)) {
            return;
        }

        roster_remove(roster, entry);
    }
}


void
roster_moved(roster_t *roster, const char *id, int64_t now_ms)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry) {
        entry->moved_ms = now_ms;
    }
}


void
roster_written(roster_t *roster, const char *id, int64_t now_ms)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    if (entry) {
        entry->written_ms = now_ms;
    }
}


int64_t
roster_written_ms(roster_t *roster, const char *id)
{
    roster_entry_t  *entry;

    entry = roster_find(roster, id);

    return entry ? entry->written_ms : 0;
}


uint32_t
roster_unwritten(roster_t *roster, pool_t *pool, uint32_t slot,
    model_conversation_t ***list)
{
    uint32_t         n;
    roster_entry_t  *entry;

    *list = pool_alloc(pool, roster->count * sizeof(model_conversation_t *));

    for (entry = roster->oldest, n = 0; entry; entry = entry->newer) {
        if (entry->slot == slot && entry->moved_ms > 0
            && entry->moved_ms >= entry->written_ms)
        {
            (*list)[n++] = &entry->conversation;
        }
    }

    return n;
}
