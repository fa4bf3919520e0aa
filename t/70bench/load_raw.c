
/*
 * Mode "raw": the fan-out of any server that sends what one WebSocket publishes
 * to all that are open on --path, such as nchan; measured as mode "fanout"
 * measures ours.
 */

#include "load_stats.h"
#include "load_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define LOAD_RAW_OPENING      100            /* at a time */
#define LOAD_RAW_PATIENCE_US  30000000
#define LOAD_RAW_DIGITS       20            /* a message begins with its n */


typedef struct load_raw_s  load_raw_t;

typedef struct {
    load_transport_t   transport;
    load_raw_t        *mode;
} load_raw_socket_t;

struct load_raw_s {
    const load_options_t  *options;
    load_raw_socket_t     *sockets;          /* the last one publishes */
    uint32_t               opened;
    uint32_t               closed;
    const char            *why;
    char                   number[LOAD_RAW_DIGITS + 1];
    uint64_t               sent_us;
    uint64_t               heard;
    uint64_t               incomplete;
    load_stats_t           each;
    load_stats_t           all;
};


static void
load_raw_message(load_transport_t *t, chat_slice_t text)
{
    load_raw_t  *m = ((load_raw_socket_t *) t)->mode;

    if (t == &m->sockets[m->options->sockets].transport
        || text.len < LOAD_RAW_DIGITS
        || memcmp(text.data, m->number, LOAD_RAW_DIGITS) != 0)
    {
        return;
    }

    m->heard++;
    load_stats_add(&m->each, load_now_us() - m->sent_us);
}


static void
load_raw_closed(load_transport_t *t, const char *why)
{
    load_raw_t  *m = ((load_raw_socket_t *) t)->mode;

    m->closed++;
    m->why = why;
}


static bool
load_raw_open(load_raw_t *m, uint32_t count)
{
    uint32_t            ready;
    uint64_t            end;
    load_raw_socket_t  *s;

    end = load_now_us() + LOAD_RAW_PATIENCE_US;
    ready = 0;

    while (ready < count && m->closed == 0 && load_now_us() < end) {

        while (m->opened < count && m->opened - ready < LOAD_RAW_OPENING) {
            s = &m->sockets[m->opened];
            s->mode = m;
            s->transport.message = load_raw_message;
            s->transport.closed = load_raw_closed;
            load_transport_open(&s->transport, m->options, m->opened++);
        }

        load_loop_wait(end);

        while (ready < m->opened && m->sockets[ready].transport.upgraded) {
            ready++;
        }
    }

    return ready == count && m->closed == 0;
}


static void
load_raw_publish(load_raw_t *m, uint64_t n, char *text)
{
    uint64_t               end;
    const load_options_t  *o = m->options;

    (void) snprintf(m->number, sizeof(m->number), "%0*llu", LOAD_RAW_DIGITS,
                    (unsigned long long) n);
    memcpy(text, m->number, LOAD_RAW_DIGITS);

    m->heard = 0;
    m->sent_us = load_now_us();
    end = m->sent_us + LOAD_RAW_PATIENCE_US;

    load_transport_send(&m->sockets[o->sockets].transport,
                        chat_slice_of(text, o->text_bytes));

    while (m->heard < o->sockets && m->closed == 0 && load_now_us() < end) {
        load_loop_wait(end);
    }

    if (m->heard == o->sockets) {
        load_stats_add(&m->all, load_now_us() - m->sent_us);

    } else {
        m->incomplete++;
    }
}


int
load_raw(const load_options_t *o)
{
    char               *text;
    uint32_t            i;
    uint64_t            n;
    static load_raw_t   mode;
    load_raw_t         *m = &mode;

    if (o->text_bytes < LOAD_RAW_DIGITS) {
        fprintf(stderr, "load: raw needs --text-bytes of 20 or more\n");
        return 2;
    }

    m->options = o;
    m->sockets = calloc(o->sockets + 1, sizeof(load_raw_socket_t));
    text = malloc(o->text_bytes);

    if (m->sockets == NULL || text == NULL) {
        abort();
    }

    memset(text, 'x', o->text_bytes);

    if (load_raw_open(m, (uint32_t) o->sockets + 1)) {
        load_begins();

        for (n = 0; n < o->messages && m->closed == 0; n++) {
            load_raw_publish(m, n, text);
        }

        printf("{\"mode\": \"raw\", \"sockets\": %llu, \"messages\": %llu, "
               "\"incomplete\": %llu, ", (unsigned long long) o->sockets,
               (unsigned long long) o->messages,
               (unsigned long long) m->incomplete);
        load_stats_print("each_ms", &m->each);
        printf(", ");
        load_stats_print("all_ms", &m->all);
        printf("}\n");

    } else {
        m->incomplete = 1;
    }

    if (m->closed) {
        fprintf(stderr, "load: %u sockets were closed: %s\n", m->closed,
                m->why);
    }

    for (i = 0; i < m->opened; i++) {
        load_transport_close(&m->sockets[i].transport);
    }

    free(m->sockets);
    free(text);

    return m->closed || m->incomplete;
}
