
/*
 * The sockets of a mode.  The owner of each is the crowd, and a mode has its
 * crowd as its first member, so that the mode's own functions find the mode.
 */

#include "load_crowd.h"

#include <stdio.h>
#include <stdlib.h>


#define LOAD_CROWD_OPENING      100           /* at a time */
#define LOAD_CROWD_PATIENCE_US  120000000


static void
load_crowd_ready(load_socket_t *s)
{
    load_crowd_t  *crowd = s->owner;

    crowd->ready++;
}


static void
load_crowd_closed(load_socket_t *s, const char *why)
{
    load_crowd_t  *crowd = s->owner;

    crowd->closed++;
    crowd->why = why;
}


bool
load_crowd_open(load_crowd_t *crowd, const load_options_t *o,
    uint32_t count,
    uint32_t (*user_of)(const load_options_t *o, uint32_t i),
    void (*event)(load_socket_t *s, chat_slice_t name, chat_slice_t args),
    void (*ack)(load_socket_t *s, uint64_t id, chat_slice_t args))
{
    uint32_t  i;
    uint64_t  start;

    crowd->sockets = calloc(count, sizeof(load_socket_t));
    crowd->count = crowd->sockets ? count : 0;
    crowd->hooks.ready = load_crowd_ready;
    crowd->hooks.closed = load_crowd_closed;
    crowd->hooks.event = event;
    crowd->hooks.ack = ack;

    start = load_now_us();

    while (crowd->ready < crowd->count && crowd->closed == 0
           && load_now_us() < start + LOAD_CROWD_PATIENCE_US)
    {
        while (crowd->opened < count && crowd->closed == 0
               && crowd->opened - crowd->ready < LOAD_CROWD_OPENING)
        {
            i = crowd->opened++;
            load_socket_open(&crowd->sockets[i], o, user_of(o, i), i,
                             &crowd->hooks, crowd);
        }

        load_loop_wait(load_now_us() + 1000000);
    }

    crowd->open_us = load_now_us() - start;

    if (crowd->ready == count) {
        return !load_crowd_broken(crowd);
    }

    fprintf(stderr, "load: %u of %u sockets became ready: %s\n", crowd->ready,
            count, crowd->why ? crowd->why : "no more came");

    return false;
}


bool
load_crowd_broken(const load_crowd_t *crowd)
{
    if (crowd->closed) {
        fprintf(stderr, "load: %u sockets were closed: %s\n", crowd->closed,
                crowd->why);
    }

    return crowd->closed != 0;
}


void
load_crowd_close(load_crowd_t *crowd)
{
    uint32_t  i;

    for (i = 0; i < crowd->opened; i++) {
        load_socket_close(&crowd->sockets[i]);
    }

    free(crowd->sockets);
    crowd->sockets = NULL;
    crowd->count = 0;
}
