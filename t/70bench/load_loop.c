
/*
 * The one loop of the load generator.  The modes drive it themselves, because
 * each knows best what it waits for and until when; microseconds count, since a
 * message sent late would be measured as slow.
 */

#define _GNU_SOURCE

#include "load_loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>


#define LOAD_LOOP_EVENTS  256


static int  load_epoll = -1;


void
load_loop_init(void)
{
    load_epoll = epoll_create1(EPOLL_CLOEXEC);

    if (load_epoll == -1) {
        perror("load: epoll_create1");
        exit(1);
    }
}


static int
load_loop_control(int operation, load_source_t *source, uint32_t events)
{
    struct epoll_event  event;

    event.events = events;
    event.data.ptr = source;

    return epoll_ctl(load_epoll, operation, source->fd, &event);
}


bool
load_loop_add(load_source_t *source, uint32_t events)
{
    return load_loop_control(EPOLL_CTL_ADD, source, events) == 0;
}


void
load_loop_change(load_source_t *source, uint32_t events)
{
    if (load_loop_control(EPOLL_CTL_MOD, source, events) == -1) {
        perror("load: epoll_ctl");
        exit(1);
    }
}


void
load_loop_wait(uint64_t until_us)
{
    int                  i, n;
    uint64_t             now, left;
    load_source_t       *source;
    struct timespec      timeout;
    struct epoll_event   events[LOAD_LOOP_EVENTS];

    now = load_now_us();
    left = (until_us > now) ? until_us - now : 0;

    timeout.tv_sec = (time_t) (left / 1000000);
    timeout.tv_nsec = (long) (left % 1000000 * 1000);

    n = epoll_pwait2(load_epoll, events, LOAD_LOOP_EVENTS, &timeout, NULL);

    if (n == -1 && errno != EINTR) {
        perror("load: epoll_pwait2");
        exit(1);
    }

    for (i = 0; i < n; i++) {
        source = events[i].data.ptr;
        source->ready(source, events[i].events);
    }
}


uint64_t
load_now_us(void)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}
