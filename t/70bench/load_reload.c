
/*
 * Mode "reload": everybody is closed once, while messages go from each to
 * another, and comes back as browsers do: after a second, more or less, then
 * ever later, asking to go on where he was.  Counts who is back when, and
 * whether a message that was acknowledged is missing or came twice.
 */

#include "load_crowd.h"
#include "load_message.h"
#include "load_stats.h"

#include <stdio.h>
#include <stdlib.h>


#define LOAD_RELOAD_TICK_US     5000
#define LOAD_RELOAD_DELAY_US    1000000      /* before the first attempt */
#define LOAD_RELOAD_DELAY_MAX   5000000
#define LOAD_RELOAD_DRAIN_US    10000000     /* for the last message to come */
#define LOAD_RELOAD_PAYLOAD_MAX 65536


typedef enum {
    LOAD_MESSAGE_UNSENT = 0,
    LOAD_MESSAGE_SENT,           /* nobody knows what became of it */
    LOAD_MESSAGE_ACKED
} load_message_state_t;


typedef struct {
    load_message_state_t  state;
    uint32_t              told;
} load_reload_message_t;


typedef struct {
    bool                  closed;        /* once or more */
    bool                  asks;          /* for an ack */
    uint32_t              attempts;      /* since it was closed */
    uint64_t              closed_us;
    uint64_t              retry_us;      /* 0: open, or on its way */
    uint64_t              n;             /* of its message */
} load_reload_member_t;


typedef struct {
    load_crowd_t            crowd;       /* first: the sockets' owner */
    load_reload_member_t   *members;
    load_reload_message_t  *messages;
    uint64_t                start_us;
    uint64_t                back_us;     /* when the last one was */
    uint64_t                next;
    uint64_t                total;
    uint32_t                closed;      /* sockets, not closings */
    uint32_t                closings;
    uint32_t                ready;
    uint32_t                recovered;
    uint32_t                fresh;
    uint64_t                failed;
    load_stats_t            away;
    load_hooks_t            hooks;
    chat_buf_t              payload;
} load_reload_t;


static uint32_t
load_reload_user(const load_options_t *o, uint32_t i)
{
    (void) o;

    return i;
}


/* Half as long to half again as long, as socket.io-client draws it. */
static void
load_reload_later(load_reload_member_t *member)
{
    uint64_t  delay_us;

    delay_us = LOAD_RELOAD_DELAY_US << (member->attempts < 3
                                        ? member->attempts : 3);

    if (delay_us > LOAD_RELOAD_DELAY_MAX) {
        delay_us = LOAD_RELOAD_DELAY_MAX;
    }

    member->attempts++;
    member->retry_us = load_now_us() + delay_us / 2
                       + (uint64_t) random() % delay_us;
}


/* --- what happens to a socket ------------------------------------------- */

static void
load_reload_closed(load_socket_t *s, const char *why)
{
    load_reload_t         *m = s->owner;
    load_reload_member_t  *member = &m->members[s->index];

    (void) why;

    m->closed += !member->closed;
    m->closings++;
    m->ready -= s->ready;

    if (member->attempts == 0) {
        member->closed_us = load_now_us();
    }

    member->closed = true;
    member->asks = false;
    s->ready = false;
    load_reload_later(member);
}


static void
load_reload_ready(load_socket_t *s)
{
    load_reload_t         *m = s->owner;
    load_reload_member_t  *member = &m->members[s->index];

    m->ready++;
    m->back_us = load_now_us();
    m->recovered += s->recovered;
    m->fresh += !s->recovered;

    load_stats_add(&m->away, m->back_us - member->closed_us);
    member->attempts = 0;
}


static void
load_reload_event(load_socket_t *s, chat_slice_t name, chat_slice_t args)
{
    uint64_t        n;
    load_reload_t  *m = s->owner;

    if (chat_slice_eq(name, chat_slice("new-message"))
        && load_message_number(args, &n) == CHAT_OK && n < m->next
        && n % m->crowd.count == s->index)
    {
        m->messages[n].told++;
    }
}


static void
load_reload_ack(load_socket_t *s, uint64_t id, chat_slice_t args)
{
    load_reload_t         *m = s->owner;
    load_reload_member_t  *member = &m->members[s->index];

    (void) id;

    member->asks = false;

    if (load_ack_ok(args)) {
        m->messages[member->n].state = LOAD_MESSAGE_ACKED;

    } else {
        m->failed++;
    }
}


/* --- what it does ------------------------------------------------------- */

/* Message n goes to the n-th, from the one beside him, if he is there. */
static void
load_reload_send(load_reload_t *m, const load_options_t *o, uint64_t now)
{
    uint32_t               to;
    load_socket_t         *s;
    load_reload_member_t  *member;

    while (m->next < m->total
           && m->start_us + m->next * 1000000 / o->rate <= now)
    {
        to = (uint32_t) (m->next % m->crowd.count);
        s = &m->crowd.sockets[to ^ 1];
        member = &m->members[to ^ 1];

        if (s->ready && !member->asks) {
            m->payload.len = 0;
            load_message_encode(&m->payload, o, m->next,
                                load_user_id(&o->users, to), NULL);

            member->asks = true;
            member->n = m->next;
            m->messages[m->next].state = LOAD_MESSAGE_SENT;
            (void) load_socket_emit(s, "send-message",
                                    chat_buf_view(&m->payload));
        }

        m->next++;
    }
}


static void
load_reload_reopen(load_reload_t *m, uint64_t now)
{
    uint32_t               i;
    load_reload_member_t  *member;

    for (i = 0; i < m->crowd.count; i++) {
        member = &m->members[i];

        if (member->retry_us && member->retry_us <= now) {
            member->retry_us = 0;
            load_socket_reopen(&m->crowd.sockets[i]);
        }
    }
}


/* All were closed and are back, or the time is over. */
static void
load_reload_run(load_reload_t *m, const load_options_t *o)
{
    uint64_t  now, end;

    end = m->start_us + o->seconds * 1000000;

    do {
        load_loop_wait(load_now_us() + LOAD_RELOAD_TICK_US);
        now = load_now_us();

        load_reload_send(m, o, now);
        load_reload_reopen(m, now);

    } while (now < end && (m->closed < m->crowd.count
                           || m->ready < m->crowd.count));

    m->total = m->next;
    end = now + LOAD_RELOAD_DRAIN_US;

    while (load_now_us() < end) {
        load_loop_wait(load_now_us() + LOAD_RELOAD_TICK_US);
        load_reload_reopen(m, load_now_us());
    }
}


static int
load_reload_report(const load_reload_t *m)
{
    bool      back;
    uint64_t  n, sent, acked, lost, twice;

    sent = 0;
    acked = 0;
    lost = 0;
    twice = 0;

    for (n = 0; n < m->next; n++) {
        sent += (m->messages[n].state != LOAD_MESSAGE_UNSENT);
        acked += (m->messages[n].state == LOAD_MESSAGE_ACKED);
        lost += (m->messages[n].state == LOAD_MESSAGE_ACKED
                 && m->messages[n].told == 0);
        twice += (m->messages[n].told > 1);
    }

    back = (m->closed == m->crowd.count && m->ready == m->crowd.count);

    printf("{\"mode\": \"reload\", \"sockets\": %u, \"closed\": %u, "
           "\"closings\": %u, \"ready\": %u, \"back_s\": %.3f, "
           "\"recovered\": %u, \"fresh\": %u, \"sent\": %llu, "
           "\"acked\": %llu, \"failed\": %llu, \"lost\": %llu, "
           "\"twice\": %llu, ",
           m->crowd.count, m->closed, m->closings, m->ready,
           (double) (m->back_us - m->start_us) / 1e6, m->recovered, m->fresh,
           (unsigned long long) sent, (unsigned long long) acked,
           (unsigned long long) m->failed, (unsigned long long) lost,
           (unsigned long long) twice);
    load_stats_print("away_ms", &m->away);
    printf("}\n");

    return !(back && lost == 0 && twice == 0);
}


int
load_reload(const load_options_t *o)
{
    int             rc;
    uint32_t        i;
    load_reload_t  *m;

    if (o->sockets % 2 || o->sockets > o->users.count) {
        fputs("load: reload needs --sockets in pairs, and a user for each\n",
              stderr);
        return 2;
    }

    m = calloc(1, sizeof(load_reload_t));
    rc = 1;

    if (m == NULL
        || !load_crowd_open(&m->crowd, o, (uint32_t) o->sockets,
                            load_reload_user, load_reload_event,
                            load_reload_ack))
    {
        goto done;
    }

    m->total = o->seconds * o->rate;
    m->members = calloc(o->sockets, sizeof(load_reload_member_t));
    m->messages = calloc(m->total, sizeof(load_reload_message_t));
    chat_buf_init(&m->payload, LOAD_RELOAD_PAYLOAD_MAX);

    if (m->members == NULL || m->messages == NULL) {
        goto done;
    }

    m->ready = m->crowd.count;
    m->hooks.ready = load_reload_ready;
    m->hooks.closed = load_reload_closed;
    m->hooks.event = load_reload_event;
    m->hooks.ack = load_reload_ack;

    for (i = 0; i < m->crowd.count; i++) {
        m->crowd.sockets[i].hooks = &m->hooks;
    }

    load_begins();
    m->start_us = load_now_us();
    load_reload_run(m, o);
    rc = load_reload_report(m);

done:

    if (m) {
        load_crowd_close(&m->crowd);
        chat_buf_free(&m->payload);
        free(m->members);
        free(m->messages);
        free(m);
    }

    return rc;
}
