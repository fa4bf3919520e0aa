
/*
 * Mode "history": pages of 50 messages of a conversation, the newest or some
 * at random, over kept connections, each asking for the next page when it has
 * one.  Only 200 counts.
 */

#include "load_http.h"
#include "load_stats.h"

#include <stdio.h>
#include <stdlib.h>


#define LOAD_HISTORY_DRAIN_US  15000000
#define LOAD_PATH_MAX          256
#define LOAD_PAGE              50


typedef struct {
    load_http_t           *connections;
    const load_options_t  *options;
    uint64_t               random;
    uint8_t                path[LOAD_PATH_MAX];
    uint64_t               sent;
    uint64_t               waiting;
    uint64_t               refused;      /* other than 200 */
    uint64_t               failed;       /* connections */
    uint64_t               bytes;
    bool                   asking;
    bool                   measuring;
    load_stats_t           pages;
} load_history_t;


static uint32_t
load_history_user(const load_history_t *m, const load_http_t *h)
{
    return 2 * (h->index % (uint32_t) m->options->conversations);
}


/* The conversations are those of mode "closed": users 2c and 2c + 1. */
static chat_slice_t
load_history_path(load_history_t *m, const load_http_t *h)
{
    chat_buf_t  b;

    chat_buf_init_fixed(&b, m->path, sizeof(m->path));
    chat_buf_str(&b, "/api/messages/");
    chat_buf_slice(&b, load_user_id(&m->options->users,
                                    load_history_user(m, h) + 1));
    chat_buf_str(&b, "?limit=50");

    if (m->options->depth > LOAD_PAGE) {
        m->random = m->random * 6364136223846793005u + 1442695040888963407u;
        chat_buf_str(&b, "&before=");
        chat_buf_u64(&b, LOAD_PAGE + 1 + (m->random >> 33)
                                         % (m->options->depth - LOAD_PAGE));
    }

    return chat_buf_view(&b);
}


static void
load_history_answered(load_http_t *h, uint32_t status, chat_slice_t body)
{
    load_history_t  *m = h->owner;

    m->waiting--;

    if (status != 200) {
        if (m->refused++ == 0) {
            fprintf(stderr, "load: status %u: %.*s\n", status, (int) body.len,
                    (const char *) body.data);
        }

    } else if (m->measuring) {
        load_stats_add(&m->pages, load_now_us() - h->sent_us);
        m->bytes += body.len;
    }

    if (m->asking) {
        m->sent++;
        m->waiting++;
        load_http_get(h, load_history_path(m, h));
    }
}


static void
load_history_failed(load_http_t *h, const char *why)
{
    load_history_t  *m = h->owner;

    m->waiting--;

    if (m->failed++ == 0) {
        fprintf(stderr, "load: connection: %s\n", why);
    }
}


static void
load_history_open(load_history_t *m, const load_options_t *o, uint32_t i)
{
    load_http_t  *h;

    h = &m->connections[i];
    h->index = i;
    h->owner = m;
    h->answered = load_history_answered;
    h->failed = load_history_failed;

    m->sent++;
    m->waiting++;
    load_http_open(h, o, load_history_path(m, h), load_history_user(m, h));
}


static void
load_history_wait(load_history_t *m, uint64_t until_us)
{
    while (m->waiting && load_now_us() < until_us) {
        load_loop_wait(until_us);
    }
}


static void
load_history_run(load_history_t *m, const load_options_t *o)
{
    uint32_t  i;
    uint64_t  start;

    start = load_now_us();
    m->asking = true;

    for (i = 0; i < o->concurrency; i++) {
        load_history_open(m, o, i);
    }

    load_history_wait(m, start + o->warmup * 1000000);

    m->measuring = true;
    load_history_wait(m, start + (o->warmup + o->seconds) * 1000000);
    m->measuring = false;

    m->asking = false;
    load_history_wait(m, load_now_us() + LOAD_HISTORY_DRAIN_US);

    for (i = 0; i < o->concurrency; i++) {
        load_http_close(&m->connections[i]);
    }
}


int
load_history(const load_options_t *o)
{
    static load_history_t  mode;
    load_history_t        *m = &mode;

    m->options = o;

    if (o->users.count < 2 * o->conversations) {
        fprintf(stderr, "load: two users for each conversation are needed\n");
        return 2;
    }

    m->connections = calloc(o->concurrency, sizeof(load_http_t));
    if (m->connections == NULL) {
        return 1;
    }

    load_begins();
    load_history_run(m, o);

    printf("{\"mode\": \"history\", \"concurrency\": %llu, \"sent\": %llu, "
           "\"refused\": %llu, \"failed\": %llu, \"unanswered\": %llu, "
           "\"per_second\": %.1f, \"bytes_each\": %.0f, ",
           (unsigned long long) o->concurrency,
           (unsigned long long) m->sent, (unsigned long long) m->refused,
           (unsigned long long) m->failed, (unsigned long long) m->waiting,
           (double) m->pages.count / (double) o->seconds,
           m->pages.count ? (double) m->bytes / (double) m->pages.count : 0);
    load_stats_print("page_ms", &m->pages);
    printf("}\n");

    free(m->connections);

    return m->refused || m->failed || m->waiting || m->pages.count == 0;
}
