
/*
 * Once a second the edges of presence, people who came or went, become events:
 * each person concerned hears of all of a second's changes at once.  Concerned
 * are those online who share a small conversation, or, where worker.conf says
 * so and not too many are there, everybody.  An edge leaves the list in the
 * step that tells it.
 */

#include "presence_tell.h"
#include "chat_envelope.h"
#include "log.h"
#include "store/store_conversation.h"
#include "store/store_user.h"
#include "tick.h"

#include <stdlib.h>


#define PRESENCE_AT_ONCE       50       /* edges told in one step */
#define PRESENCE_LINE_MAX      512
#define PRESENCE_EVENT_MAX     (PRESENCE_AT_ONCE * PRESENCE_LINE_MAX)


typedef struct {
    const char    *uid;
    bool           online;
    chat_slice_t   line;           /* the packet */
} presence_edge_t;


/* One who is to hear of an edge. */
typedef struct {
    const char  *uid;
    uint32_t     edge;
} presence_link_t;


typedef struct {
    presence_t        *presence;
    pool_t            *pool;
    presence_edge_t   *edges;
    uint32_t           count;
    presence_link_t   *links;
    uint32_t           link_count;
    uint32_t           link_cap;
    bus_args_t         events;     /* of the call `tell` */
    uint32_t           event_count;
} presence_round_t;


static chat_slice_t
presence_line(presence_round_t *round, const presence_edge_t *edge,
    int64_t now_ms)
{
    char        text[PRESENCE_LINE_MAX];
    chat_buf_t  b;

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_buf_str(&b, edge->online ? "[\"user-online\",{\"userId\":"
                                  : "[\"user-offline\",{\"userId\":");
    chat_buf_json(&b, chat_slice_of(edge->uid, strlen(edge->uid)));

    if (!edge->online) {
        chat_buf_str(&b, ",\"lastSeen\":");
        model_time_write(&b, now_ms);
    }

    chat_buf_str(&b, "}]");

    return chat_slice_of(pool_slice(round->pool, chat_buf_view(&b)), b.len);
}


/* An event of those of a list of edges, for one target. */
static void
presence_event(presence_round_t *round, const presence_link_t *links,
    uint32_t count, const char *target)
{
    uint32_t          i;
    chat_buf_t        lines, tail;
    chat_envelope_t   event;

    memset(&event, 0, sizeof(event));
    event.words[1] = event.words[2] = event.words[3] = chat_slice("-");

    chat_buf_init(&lines, PRESENCE_EVENT_MAX);

    for (i = 0; i < count; i++) {
        chat_buf_str(&lines, i ? "\n" : "");
        chat_buf_slice(&lines, round->edges[links[i].edge].line);
    }

    event.body = chat_buf_view(&lines);
    chat_buf_init(&tail, PRESENCE_EVENT_MAX + PRESENCE_LINE_MAX);
    chat_envelope_encode_event_tail(&tail, &event);
    chat_buf_fail(&tail, lines.status);

    if (chat_buf_status(&tail) == CHAT_OK) {
        bus_arg_str(&round->events, "-");
        bus_arg(&round->events,
                chat_slice_of(pool_slice(round->pool, chat_buf_view(&tail)),
                              tail.len));
        bus_arg_str(&round->events, "1");
        bus_arg_str(&round->events, target);
        round->event_count++;

    } else {
        log_error("presence: an event cannot be encoded");
    }

    chat_buf_free(&tail);
    chat_buf_free(&lines);
}


static void
presence_link(presence_round_t *round, const char *uid, uint32_t edge)
{
    presence_link_t  *links;

    if (round->link_count == round->link_cap) {
        round->link_cap = round->link_cap ? 2 * round->link_cap : 256;
        links = pool_alloc(round->pool,
                           round->link_cap * sizeof(presence_link_t));

        if (round->link_count) {
            memcpy(links, round->links,
                   round->link_count * sizeof(presence_link_t));
        }

        round->links = links;
    }

    round->links[round->link_count].uid = uid;
    round->links[round->link_count++].edge = edge;
}


static int
presence_link_compare(const void *a, const void *b)
{
    int                     order;
    const presence_link_t  *left = a, *right = b;

    order = strcmp(left->uid, right->uid);

    return order ? order
                 : (left->edge > right->edge) - (left->edge < right->edge);
}


/* Whom each edge concerns, sorted by person; false: not known now. */
static bool
presence_find_links(presence_round_t *round)
{
    uint32_t      i, k, count;
    const char  **uids;

    for (i = 0; i < round->count; i++) {
        if (store_conversation_contacts(round->presence->store, round->pool,
                                        round->edges[i].uid,
                                        round->presence->config->fanout_limit,
                                        &uids, &count) != STORE_OK)
        {
            return false;
        }

        for (k = 0; k < count; k++) {
            presence_link(round, uids[k], i);
        }
    }

    if (round->link_count) {
        qsort(round->links, round->link_count, sizeof(presence_link_t),
              presence_link_compare);
    }

    return true;
}


/* How many of the links from here on are the same person's. */
static uint32_t
presence_run(const presence_round_t *round, uint32_t from)
{
    uint32_t  to;

    for (to = from + 1; to < round->link_count
         && strcmp(round->links[to].uid, round->links[from].uid) == 0; to++)
    {
        /* void */
    }

    return to - from;
}


static bool
presence_to_contacts(presence_round_t *round)
{
    bool         *online;
    uint32_t      i, n, people;
    const char  **uids;

    if (!presence_find_links(round)) {
        return false;
    }

    uids = pool_alloc(round->pool, round->link_count * sizeof(char *));
    online = pool_alloc(round->pool, round->link_count * sizeof(bool));

    for (i = 0, people = 0; i < round->link_count;
         i += presence_run(round, i))
    {
        uids[people++] = round->links[i].uid;
    }

    if (presence_online(round->presence, uids, people, online) != STORE_OK) {
        return false;
    }

    for (i = 0, people = 0; i < round->link_count; i += n, people++) {
        n = presence_run(round, i);

        if (online[people]) {
            presence_event(round, &round->links[i], n,
                           pool_printf(round->pool, "u%s", uids[people]));
        }
    }

    return true;
}


static void
presence_to_everyone(presence_round_t *round)
{
    uint32_t  i;

    for (i = 0; i < round->count; i++) {
        presence_link(round, "", i);
    }

    presence_event(round, round->links, round->count, "a");
}


/* lastSeen of those who went. */
static bool
presence_write_seen(presence_round_t *round, int64_t now_ms)
{
    uint32_t      i, n;
    const char  **uids;

    uids = pool_alloc(round->pool, round->count * sizeof(char *));

    for (i = 0, n = 0; i < round->count; i++) {
        if (!round->edges[i].online) {
            uids[n++] = round->edges[i].uid;
        }
    }

    return n == 0
           || store_user_seen(round->presence->store, uids, n, now_ms)
              == STORE_OK;
}


static bool
presence_is_for_everyone(presence_t *presence)
{
    uint32_t      count;
    const char  **uids;

    return presence_everyone(presence, presence->tell_pool, &uids, &count)
           == STORE_OK;
}


/* False: MongoDB or Redis is away, and the edges stay. */
static bool
presence_tell_some(presence_round_t *round)
{
    size_t        k;
    int64_t       now_ms;
    uint32_t      i;
    bus_args_t    args;
    presence_t   *presence = round->presence;

    now_ms = tick_date_ms();

    for (i = 0; i < round->count; i++) {
        round->edges[i].line = presence_line(round, &round->edges[i], now_ms);
    }

    bus_args_init(&round->events, round->pool);

    if (!presence_write_seen(round, now_ms)) {
        return false;
    }

    if (presence_is_for_everyone(presence)) {
        presence_to_everyone(round);

    } else if (!presence_to_contacts(round)) {
        return false;
    }

    bus_args_call(&args, round->pool, presence->bus, "tell");
    bus_arg_str(&args, presence->owner);
    bus_arg_str(&args, PRESENCE_LANE ":0");
    bus_arg_u64(&args, round->count);

    for (i = 0; i < round->count; i++) {
        bus_arg_str(&args, round->edges[i].uid);
        bus_arg_str(&args, round->edges[i].online ? "1" : "0");
    }

    bus_arg_u64(&args, round->event_count);

    for (k = 0; k < round->events.count; k++) {
        bus_arg(&args, round->events.words[k]);
    }

    return bus_tell(presence->bus, &args) == BUS_OK;
}


void
presence_tick(presence_t *presence)
{
    size_t            at, i;
    bus_args_t        args;
    bus_value_t      *edges;
    presence_round_t  round;

    pool_reset(presence->tell_pool);
    bus_args_call(&args, presence->tell_pool, presence->bus, "sweep");
    bus_arg_str(&args, presence->owner);
    bus_arg_str(&args, PRESENCE_LANE ":0");
    bus_arg_u64(&args, presence->config->presence_grace_ms);

    if (bus_ask(presence->bus, &args, &edges) != BUS_OK) {
        return;
    }

    for (at = 0; at + 1 < bus_count(edges); at += 2 * PRESENCE_AT_ONCE) {
        memset(&round, 0, sizeof(round));
        round.presence = presence;
        round.pool = presence->tell_pool;
        round.edges = pool_alloc(round.pool,
                                 PRESENCE_AT_ONCE * sizeof(presence_edge_t));

        for (i = at; i + 1 < bus_count(edges)
             && round.count < PRESENCE_AT_ONCE; i += 2)
        {
            round.edges[round.count].uid =
                pool_slice(round.pool, bus_text(bus_at(edges, i)));
            round.edges[round.count++].online =
                bus_number(bus_at(edges, i + 1)) == 1;
        }

        if (!presence_tell_some(&round)) {
            break;
        }
    }

    bus_free(&edges);
}
