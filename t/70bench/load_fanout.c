
/*
 * Mode "fanout": one message, many sockets, all of one user or of a group's
 * members.  Counted is from the emit until the last of them has it; then comes
 * the next message.
 */

#include "load_crowd.h"
#include "load_message.h"
#include "load_stats.h"

#include <stdio.h>


#define LOAD_FANOUT_PATIENCE_US  30000000
#define LOAD_PAYLOAD_MAX         65536


typedef struct {
    load_crowd_t           crowd;        /* first: the sockets' owner */
    const load_options_t  *options;
    uint64_t               current;      /* number of the message */
    uint64_t               sent_us;
    uint64_t               heard;
    uint64_t               failed;
    uint64_t               incomplete;
    load_stats_t           each;
    load_stats_t           all;
    chat_buf_t             payload;
} load_fanout_t;


/* The sender is behind the others and user 0. */
static uint32_t
load_fanout_user(const load_options_t *o, uint32_t i)
{
    if (i == o->sockets) {
        return 0;
    }

    return o->conversation ? 1 + i % (uint32_t) (o->users.count - 1) : 1;
}


static void
load_fanout_event(load_socket_t *s, chat_slice_t name, chat_slice_t args)
{
    uint64_t        n;
    load_fanout_t  *m = s->owner;

    if (s->index == m->options->sockets
        || !chat_slice_eq(name, chat_slice("new-message"))
        || load_message_number(args, &n) != CHAT_OK || n != m->current)
    {
        return;
    }

    m->heard++;
    load_stats_add(&m->each, load_now_us() - m->sent_us);
}


static void
load_fanout_ack(load_socket_t *s, uint64_t id, chat_slice_t args)
{
    load_fanout_t  *m = s->owner;

    (void) id;

    if (!load_ack_ok(args)) {
        m->failed++;
        fprintf(stderr, "load: not ok: %.*s\n", (int) args.len,
                (const char *) args.data);
    }
}


static void
load_fanout_send(load_fanout_t *m)
{
    uint64_t               end;
    load_socket_t         *s;
    const load_options_t  *o;

    o = m->options;
    s = &m->crowd.sockets[o->sockets];

    chat_buf_reset(&m->payload);
    load_message_encode(&m->payload, o, m->current,
                        load_user_id(&o->users, 1), o->conversation);

    m->heard = 0;
    m->sent_us = load_now_us();
    end = m->sent_us + LOAD_FANOUT_PATIENCE_US;

    (void) load_socket_emit(s, "send-message", chat_buf_view(&m->payload));

    while (m->heard < o->sockets && m->crowd.closed == 0
           && load_now_us() < end)
    {
        load_loop_wait(end);
    }

    if (m->heard == o->sockets) {
        load_stats_add(&m->all, load_now_us() - m->sent_us);

    } else {
        m->incomplete++;
    }
}


int
load_fanout(const load_options_t *o)
{
    int                   rc;
    static load_fanout_t  mode;
    load_fanout_t        *m = &mode;

    if (o->users.count < 2) {
        fprintf(stderr, "load: at least two users are needed\n");
        return 2;
    }

    m->options = o;
    chat_buf_init(&m->payload, LOAD_PAYLOAD_MAX);
    rc = 1;

    if (load_crowd_open(&m->crowd, o, (uint32_t) o->sockets + 1,
                        load_fanout_user, load_fanout_event, load_fanout_ack))
    {
        load_begins();

        while (m->current < o->messages && m->crowd.closed == 0) {
            load_fanout_send(m);
            m->current++;
        }

        printf("{\"mode\": \"fanout\", \"sockets\": %llu, "
               "\"messages\": %llu, \"failed\": %llu, \"incomplete\": %llu, ",
               (unsigned long long) o->sockets,
               (unsigned long long) m->current,
               (unsigned long long) m->failed,
               (unsigned long long) m->incomplete);
        load_stats_print("each_ms", &m->each);
        printf(", ");
        load_stats_print("all_ms", &m->all);
        printf("}\n");

        rc = load_crowd_broken(&m->crowd) || m->failed || m->incomplete;
    }

    load_crowd_close(&m->crowd);
    chat_buf_free(&m->payload);

    return rc;
}
