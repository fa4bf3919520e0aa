
/*
 * Mode "idle": people who are there and say nothing.  Says on stdout when all
 * are, so that memory can be measured, then answers pings until stdin ends or
 * the time is over.
 */

#include "load_crowd.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>


typedef struct {
    load_source_t  source;
    bool           ended;
} load_stdin_t;


static void
load_stdin_ready(load_source_t *source, uint32_t events)
{
    char           bytes[256];
    load_stdin_t  *input = (load_stdin_t *) source;

    (void) events;

    if (read(source->fd, bytes, sizeof(bytes)) <= 0) {
        input->ended = true;
    }
}


static uint32_t
load_idle_user(const load_options_t *o, uint32_t i)
{
    return i % (uint32_t) o->users.count;
}


static void
load_idle_event(load_socket_t *s, chat_slice_t name, chat_slice_t args)
{
    (void) s;
    (void) name;
    (void) args;
}


static void
load_idle_ack(load_socket_t *s, uint64_t id, chat_slice_t args)
{
    (void) s;
    (void) id;
    (void) args;
}


int
load_idle(const load_options_t *o)
{
    uint64_t      end;
    load_crowd_t  crowd = { 0 };
    load_stdin_t  input = { { STDIN_FILENO, load_stdin_ready }, false };

    if (!load_crowd_open(&crowd, o, (uint32_t) o->sockets, load_idle_user,
                         load_idle_event, load_idle_ack))
    {
        load_crowd_close(&crowd);
        return 1;
    }

    printf("{\"mode\": \"idle\", \"ready\": %u, \"open_s\": %.3f}\n",
           crowd.ready, (double) crowd.open_us / 1e6);
    fflush(stdout);

    (void) load_loop_add(&input.source, EPOLLIN);
    end = load_now_us() + o->seconds * 1000000;

    while (!input.ended && load_now_us() < end && crowd.closed == 0) {
        load_loop_wait(end);
    }

    printf("{\"mode\": \"idle\", \"sockets\": %u, \"closed\": %u}\n",
           crowd.count, crowd.closed);

    end = load_crowd_broken(&crowd);
    load_crowd_close(&crowd);

    return (int) end;
}
