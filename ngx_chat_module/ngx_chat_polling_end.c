
/*
 * The end of a session that polls.  Whom to tell may not be there: packets wait
 * for the GET that takes them, and the close packet `1` for the one behind it,
 * because clients drop messages that come together with it.  So a session that
 * the server closed is known for some time, without a session.
 */

#include "ngx_chat_polling_state.h"
#include "ngx_chat_shm.h"


#define NGX_CHAT_POLLING_DRAIN_MS  30000   /* for a GET to come */
#define NGX_CHAT_POLLING_LEAVE_MS  3000    /* … to a process that leaves */
#define NGX_CHAT_POLLING_GONE_MS   200     /* … that was sent before `1` */


static void ngx_chat_polling_linger(ngx_chat_polling_t *p,
    ngx_chat_polling_state_t state, ngx_msec_t ms);


void
ngx_chat_polling_close(void *transport, ngx_chat_close_t how)
{
    ngx_msec_t           drain_ms;
    ngx_chat_polling_t  *p;

    p = transport;
    p->session = NULL;

    drain_ms = ngx_exiting ? NGX_CHAT_POLLING_LEAVE_MS
                           : NGX_CHAT_POLLING_DRAIN_MS;

    if (how == NGX_CHAT_CLOSE_FLUSH && p->out.head) {

        ngx_chat_polling_linger(p, NGX_CHAT_POLLING_DRAINING, drain_ms);
        ngx_chat_polling_soon(p);
        return;
    }

    if (p->get) {
        ngx_chat_polling_say(p, how == NGX_CHAT_CLOSE_ASKED ? chat_slice("6")
                                                            : chat_slice("1"));
        ngx_chat_polling_destroy(p);
        return;
    }

    switch (how) {

    case NGX_CHAT_CLOSE_FLUSH:
        ngx_chat_polling_linger(p, NGX_CHAT_POLLING_DRAINING, drain_ms);
        return;

    case NGX_CHAT_CLOSE_ASKED:
        ngx_chat_polling_linger(p, NGX_CHAT_POLLING_GONE,
                                NGX_CHAT_POLLING_GONE_MS);
        return;

    case NGX_CHAT_CLOSE_BROKEN:
    case NGX_CHAT_CLOSE_NOW:
        ngx_chat_polling_destroy(p);
        return;
    }
}


/* The session's own row goes with it; other processes still ask for us. */
static void
ngx_chat_polling_linger(ngx_chat_polling_t *p, ngx_chat_polling_state_t state,
    ngx_msec_t ms)
{
    ngx_chat_row_t  row;

    ngx_chat_polling_move(p, state);

    /* an upgrade that the client believes in is still completed */
    if (!p->probed || state == NGX_CHAT_POLLING_GONE) {
        ngx_chat_probe_close(p);
    }

    ngx_memzero(&row, sizeof(ngx_chat_row_t));
    ngx_memcpy(row.sid, p->sid, sizeof(row.sid));
    row.transport = NGX_CHAT_TRANSPORT_POLLING;
    row.location = p->conf->location;

    (void) ngx_chat_shm_row_create(&row, 0, &p->row);

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    ngx_add_timer(&p->timer, ms);
}


/* A GET of one whose session has ended. */
void
ngx_chat_polling_farewell(ngx_chat_polling_t *p)
{
    if (p->out.head) {
        ngx_chat_polling_drain(p);
        return;
    }

    ngx_chat_polling_say(p, p->state == NGX_CHAT_POLLING_GONE
                            ? chat_slice("6") : chat_slice("6\x1e" "1"));
    ngx_chat_polling_destroy(p);
}
