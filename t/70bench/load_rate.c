
/*
 * Mode "rate": messages at fixed times, whatever the system does with them.
 * A message's time runs from when it should have been sent, not from when it
 * was: a system that stalls is slow for all who wanted to write meanwhile.
 */

#include "load_crowd.h"
#include "load_message.h"
#include "load_stats.h"

#include <stdio.h>
#include <stdlib.h>


#define LOAD_RATE_DRAIN_US    15000000
#define LOAD_RATE_TOTAL_MAX   50000000
#define LOAD_PAYLOAD_MAX      65536


typedef struct {
    load_crowd_t           crowd;        /* first: the sockets' owner */
    const load_options_t  *options;
    uint64_t               start_us;
    uint64_t               total;
    uint64_t               first;        /* behind the warm-up */
    uint64_t               next;
    uint64_t               acked;
    uint64_t               failed;
    uint64_t               told;
    uint64_t               twice;
    uint8_t               *seen;         /* by number */
    load_stats_t           acks;
    load_stats_t           tellings;
    chat_buf_t             payload;
} load_rate_t;


/* Sockets 2n and 2n + 1 write to each other. */
static uint32_t
load_rate_user(const load_options_t *o, uint32_t i)
{
    (void) o;

    return i;
}


static uint64_t
load_rate_intended_us(const load_rate_t *m, uint64_t n)
{
    return m->start_us + n * 1000000 / m->options->rate;
}


static void
load_rate_count(const load_rate_t *m, load_stats_t *stats, uint64_t n)
{
    if (n >= m->first) {
        load_stats_add(stats, load_now_us() - load_rate_intended_us(m, n));
    }
}


static void
load_rate_ack(load_socket_t *s, uint64_t id, chat_slice_t args)
{
    load_rate_t  *m = s->owner;

    m->acked++;

    if (!load_ack_ok(args)) {
        if (m->failed++ == 0) {
            fprintf(stderr, "load: not ok: %.*s\n", (int) args.len,
                    (const char *) args.data);
        }

        return;
    }

    /* the senders take turns, so a socket's ids are every so-manieth number */
    load_rate_count(m, &m->acks, id * m->options->senders + s->index);
}


static void
load_rate_event(load_socket_t *s, chat_slice_t name, chat_slice_t args)
{
    uint64_t      n;
    load_rate_t  *m = s->owner;

    if (!chat_slice_eq(name, chat_slice("new-message"))
        || load_message_number(args, &n) != CHAT_OK || n >= m->next
        || (n % m->options->senders ^ 1) != s->index)
    {
        return;
    }

    if (m->seen[n]) {
        m->twice++;
        return;
    }

    m->seen[n] = 1;
    m->told++;
    load_rate_count(m, &m->tellings, n);
}


static void
load_rate_run(load_rate_t *m)
{
    uint64_t        end;
    load_socket_t  *s;

    m->start_us = load_now_us();

    while (m->next < m->total && m->crowd.closed == 0) {

        if (load_rate_intended_us(m, m->next) > load_now_us()) {
            load_loop_wait(load_rate_intended_us(m, m->next));
            continue;
        }

        s = &m->crowd.sockets[m->next % m->options->senders];

        chat_buf_reset(&m->payload);
        load_message_encode(&m->payload, m->options, m->next,
                            load_user_id(&m->options->users, s->user ^ 1),
                            NULL);
        m->next++;
        (void) load_socket_emit(s, "send-message", chat_buf_view(&m->payload));
    }

    end = load_now_us() + LOAD_RATE_DRAIN_US;

    while ((m->told < m->total || m->acked < m->total) && m->crowd.closed == 0
           && load_now_us() < end)
    {
        load_loop_wait(end);
    }
}


static void
load_rate_print(const load_rate_t *m)
{
    printf("{\"mode\": \"rate\", \"rate\": %llu, \"senders\": %llu, "
           "\"sent\": %llu, \"failed\": %llu, \"unanswered\": %llu, "
           "\"not_told\": %llu, \"told_twice\": %llu, ",
           (unsigned long long) m->options->rate,
           (unsigned long long) m->options->senders,
           (unsigned long long) m->next,
           (unsigned long long) m->failed,
           (unsigned long long) (m->next - m->acked),
           (unsigned long long) (m->next - m->told),
           (unsigned long long) m->twice);
    load_stats_print("ack_ms", &m->acks);
    printf(", ");
    load_stats_print("told_ms", &m->tellings);
    printf("}\n");
}


int
load_rate(const load_options_t *o)
{
    int                 rc;
    static load_rate_t  mode;
    load_rate_t        *m = &mode;

    m->options = o;
    m->total = o->rate * (o->warmup + o->seconds);
    m->first = o->rate * o->warmup;

    if (o->senders % 2 || o->users.count < o->senders
        || m->total > LOAD_RATE_TOTAL_MAX)
    {
        fprintf(stderr, "load: an even number of senders, a user for each, "
                "and %d messages at most\n", LOAD_RATE_TOTAL_MAX);
        return 2;
    }

    chat_buf_init(&m->payload, LOAD_PAYLOAD_MAX);
    m->seen = calloc(m->total, 1);
    rc = 1;

    if (m->seen
        && load_crowd_open(&m->crowd, o, (uint32_t) o->senders, load_rate_user,
                           load_rate_event, load_rate_ack))
    {
        load_begins();
        load_rate_run(m);
        load_rate_print(m);

        rc = load_crowd_broken(&m->crowd) || m->failed || m->twice
             || m->told < m->total || m->acked < m->total;
    }

    load_crowd_close(&m->crowd);
    chat_buf_free(&m->payload);
    free(m->seen);

    return rc;
}
