
/*
 * Mode "closed": senders who each keep a few messages unanswered, which is as
 * fast as the system lets them.  Every ack must say ok; counted is what was
 * acknowledged between warm-up and end.
 */

#include "load_crowd.h"
#include "load_message.h"
#include "load_stats.h"

#include <stdio.h>
#include <stdlib.h>


#define LOAD_WINDOW_MAX         64
#define LOAD_CLOSED_DRAIN_US    30000000
#define LOAD_PAYLOAD_MAX        65536


typedef struct {
    load_crowd_t           crowd;        /* first: the sockets' owner */
    const load_options_t  *options;
    uint64_t               next;         /* number of the next message */
    uint64_t               unanswered;
    uint64_t               failed;
    uint64_t               told;         /* new-message events heard */
    uint64_t               random;
    bool                   sending;
    bool                   measuring;
    load_stats_t           acks;
    uint64_t             (*sent_us)[LOAD_WINDOW_MAX];
    chat_buf_t             payload;
} load_closed_t;


/* The two people of conversation c are users 2c and 2c + 1. */
static uint32_t
load_closed_user(const load_options_t *o, uint32_t i)
{
    uint32_t  c;

    if (o->random) {
        return i;
    }

    c = i % (uint32_t) o->conversations;

    return 2 * c + (i / (uint32_t) o->conversations & 1);
}


/*
 * At random: each sender has his part of the conversations, with people who
 * are behind the senders in the list, and are not there.
 */
static uint32_t
load_closed_recipient(load_closed_t *m, const load_socket_t *s)
{
    uint64_t               share, people;
    const load_options_t  *o;

    o = m->options;

    if (!o->random) {
        return s->user ^ 1;
    }

    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    share = o->conversations / o->senders;
    people = o->users.count - o->senders;

    return (uint32_t) (o->senders
                       + (s->index * share + (m->random >> 33) % share)
                         % people);
}


static void
load_closed_send(load_closed_t *m, load_socket_t *s)
{
    uint64_t      id;
    chat_slice_t  to;

    to = load_user_id(&m->options->users, load_closed_recipient(m, s));

    chat_buf_reset(&m->payload);
    load_message_encode(&m->payload, m->options, m->next++, to, NULL);

    id = s->next_id;
    m->sent_us[s->index][id % LOAD_WINDOW_MAX] = load_now_us();
    m->unanswered++;

    (void) load_socket_emit(s, "send-message", chat_buf_view(&m->payload));
}


static void
load_closed_ack(load_socket_t *s, uint64_t id, chat_slice_t args)
{
    load_closed_t  *m = s->owner;

    m->unanswered--;

    if (!load_ack_ok(args)) {
        if (m->failed++ == 0) {
            fprintf(stderr, "load: not ok: %.*s\n", (int) args.len,
                    (const char *) args.data);
        }

    } else if (m->measuring) {
        load_stats_add(&m->acks, load_now_us()
                                 - m->sent_us[s->index][id % LOAD_WINDOW_MAX]);
    }

    if (m->sending) {
        load_closed_send(m, s);
    }
}


static void
load_closed_event(load_socket_t *s, chat_slice_t name, chat_slice_t args)
{
    load_closed_t  *m = s->owner;

    (void) args;

    if (m->measuring && chat_slice_eq(name, chat_slice("new-message"))) {
        m->told++;
    }
}


static void
load_closed_wait(load_closed_t *m, uint64_t until_us)
{
    while (m->crowd.closed == 0 && load_now_us() < until_us
           && (m->sending || m->unanswered))
    {
        load_loop_wait(until_us);
    }
}


static void
load_closed_run(load_closed_t *m)
{
    uint32_t               i, w;
    uint64_t               start;
    const load_options_t  *o;

    o = m->options;
    start = load_now_us();
    m->sending = true;

    for (i = 0; i < m->crowd.count; i++) {
        for (w = 0; w < o->window && m->crowd.closed == 0; w++) {
            load_closed_send(m, &m->crowd.sockets[i]);
        }
    }

    load_closed_wait(m, start + o->warmup * 1000000);

    m->measuring = true;
    load_closed_wait(m, start + (o->warmup + o->seconds) * 1000000);
    m->measuring = false;

    m->sending = false;
    load_closed_wait(m, load_now_us() + LOAD_CLOSED_DRAIN_US);
}


static bool
load_closed_options(const load_options_t *o)
{
    uint64_t  users;

    users = o->random ? o->senders + 1 : 2 * o->conversations;

    if (o->users.count < users) {
        fprintf(stderr, "load: %zu users, but %llu are needed\n",
                o->users.count, (unsigned long long) users);
        return false;
    }

    if (o->random && o->conversations < o->senders) {
        fprintf(stderr, "load: fewer conversations than senders\n");
        return false;
    }

    return true;
}


int
load_closed(const load_options_t *o)
{
    int                   rc;
    static load_closed_t  mode;
    load_closed_t        *m = &mode;

    if (!load_closed_options(o)) {
        return 2;
    }

    m->options = o;
    m->random = 1;
    chat_buf_init(&m->payload, LOAD_PAYLOAD_MAX);
    m->sent_us = calloc(o->senders, sizeof(*m->sent_us));

    rc = 1;

    if (m->sent_us
        && load_crowd_open(&m->crowd, o, (uint32_t) o->senders,
                           load_closed_user, load_closed_event,
                           load_closed_ack))
    {
        load_begins();
        load_closed_run(m);

        printf("{\"mode\": \"closed\", \"senders\": %llu, \"window\": %llu, "
               "\"conversations\": %llu, \"sent\": %llu, \"failed\": %llu, "
               "\"unanswered\": %llu, \"per_second\": %.1f, "
               "\"told_per_second\": %.1f, ",
               (unsigned long long) o->senders,
               (unsigned long long) o->window,
               (unsigned long long) o->conversations,
               (unsigned long long) m->next, (unsigned long long) m->failed,
               (unsigned long long) m->unanswered,
               (double) m->acks.count / (double) o->seconds,
               (double) m->told / (double) o->seconds);
        load_stats_print("ack_ms", &m->acks);
        printf("}\n");

        rc = load_crowd_broken(&m->crowd) || m->failed || m->unanswered;
    }

    load_crowd_close(&m->crowd);
    chat_buf_free(&m->payload);
    free(m->sent_us);

    return rc;
}
