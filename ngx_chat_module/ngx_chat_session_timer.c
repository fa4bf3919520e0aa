
/*
 * A session's moments: ping, the pong's deadline, the deadline of what is
 * above it, a close that was put off.  One nginx timer a session stands at the
 * nearest.
 */

#include "ngx_chat_session_state.h"


#define NGX_CHAT_EARLY_MS  3     /* a client's clock may be ahead by that */


static void ngx_chat_session_timer_handler(ngx_event_t *ev);
static void ngx_chat_session_heartbeat(ngx_chat_session_t *s);


static ngx_inline ngx_uint_t
ngx_chat_session_passed(ngx_msec_t at)
{
    return (ngx_msec_int_t) (at - ngx_current_msec) <= 0;
}


void
ngx_chat_session_timer_init(ngx_chat_session_t *s)
{
    s->timer.handler = ngx_chat_session_timer_handler;
    s->timer.data = s;
    s->timer.log = ngx_cycle->log;
}


static ngx_inline void
ngx_chat_session_nearer(ngx_msec_t *at, ngx_msec_t other)
{
    if ((ngx_msec_int_t) (other - *at) < 0) {
        *at = other;
    }
}


void
ngx_chat_session_arm(ngx_chat_session_t *s)
{
    ngx_msec_t      at;
    ngx_msec_int_t  in;

    if (s->state != NGX_CHAT_SESSION_OPEN
        && s->state != NGX_CHAT_SESSION_PINGED)
    {
        return;
    }

    /* a held session needs a timer as well: the process may not leave it */
    at = s->heartbeat_at;

    if (s->state == NGX_CHAT_SESSION_PINGED && s->held_at) {
        at = ngx_current_msec + s->conf->ping_timeout_ms;
    }

    if (s->deadline_at) {
        ngx_chat_session_nearer(&at, s->deadline_at);
    }

    if (s->close_at) {
        ngx_chat_session_nearer(&at, s->close_at);
    }

    /* nginx ignores changes of a running timer that are under 300 ms */
    if (s->timer.timer_set) {
        if (s->timer.timer.key == at) {
            return;
        }

        ngx_del_timer(&s->timer);
    }

    in = (ngx_msec_int_t) (at - ngx_current_msec);
    ngx_add_timer(&s->timer, in > 0 ? (ngx_msec_t) in : 1);
}


static void
ngx_chat_session_timer_handler(ngx_event_t *ev)
{
    ngx_chat_session_t  *s;

    s = ev->data;

    if (s->close_at && ngx_chat_session_passed(s->close_at)) {
        ngx_chat_session_end(s, s->why, NGX_CHAT_CLOSE_FLUSH);
        return;
    }

    if (s->deadline_at && ngx_chat_session_passed(s->deadline_at)) {
        s->deadline_at = 0;
        s->upward->deadline(s->socket);
    }

    if (ngx_chat_session_passed(s->heartbeat_at)) {
        ngx_chat_session_heartbeat(s);
    }

    ngx_chat_session_arm(s);
}


static void
ngx_chat_session_heartbeat(ngx_chat_session_t *s)
{
    ngx_msec_t    late;
    chat_slice_t  ping = chat_slice("2");

    if (s->state == NGX_CHAT_SESSION_OPEN) {
        ngx_chat_session_move(s, NGX_CHAT_SESSION_PINGED);
        s->extended = 0;

        /* as a client that counts by itself, unless little time were left */
        late = s->conf->ping_timeout_ms / 4;

        if (ngx_chat_session_passed(s->heartbeat_at + late)) {
            s->heartbeat_at = ngx_current_msec;
        }

        s->heartbeat_at += s->conf->ping_timeout_ms;

        if (s->held_at) {
            s->held_at = ngx_chat_session_in(0);
        }

        ngx_chat_session_send_pieces(s, &ping, 1);
        return;
    }

    if (s->state == NGX_CHAT_SESSION_PINGED && !s->held_at) {
        ngx_chat_session_end(s, "ping timeout", NGX_CHAT_CLOSE_BROKEN);
    }
}


/* A request may come at the very moment the client's clock says it is over. */
ngx_uint_t
ngx_chat_session_check(ngx_chat_session_t *s)
{
    if (s->state == NGX_CHAT_SESSION_PINGED
        && ngx_chat_session_passed(s->heartbeat_at - NGX_CHAT_EARLY_MS))
    {
        ngx_chat_session_heartbeat(s);
    }

    return ngx_chat_session_is_open(s);
}


void
ngx_chat_session_hold(ngx_chat_session_t *s, ngx_uint_t on)
{
    if (s->state == NGX_CHAT_SESSION_CLOSING || s->transport_data == NULL
        || on == (s->held_at != 0))
    {
        return;
    }

    if (on) {
        s->held_at = ngx_chat_session_in(0);

    } else {

        if (s->state == NGX_CHAT_SESSION_PINGED) {
            s->heartbeat_at += ngx_current_msec - s->held_at;
        }

        s->held_at = 0;
    }

    s->transport->hold(s->transport_data, on);
    ngx_chat_session_arm(s);
}


void
ngx_chat_session_deadline(ngx_chat_session_t *s, ngx_msec_t in_ms)
{
    s->deadline_at = in_ms ? ngx_chat_session_in(in_ms) : 0;
    ngx_chat_session_arm(s);
}


void
ngx_chat_session_close_within(ngx_chat_session_t *s, ngx_msec_t spread_ms,
    const char *why)
{
    ngx_msec_t  at;

    at = ngx_chat_session_in((ngx_msec_t) ngx_random() % (spread_ms + 1));

    if (s->close_at && (ngx_msec_int_t) (s->close_at - at) <= 0) {
        return;
    }

    s->close_at = at;
    s->why = why;
    ngx_chat_session_arm(s);
}
