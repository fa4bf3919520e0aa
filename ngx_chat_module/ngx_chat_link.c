
/*
 * The link to Redis.  Connects, asks whether this is the right Redis, adds the
 * connection that subscribes, asks again each second, and begins anew when
 * either connection breaks or the answer changes.  Each failure is logged once
 * a change.  ngx_chat_bus is above; what commands mean is not known here.
 */

#include "ngx_chat_link.h"
#include "ngx_chat_metrics.h"

#include <ngx_event.h>


#define NGX_CHAT_LINK_BACKOFF_MIN  100
#define NGX_CHAT_LINK_BACKOFF_MAX  2000
#define NGX_CHAT_LINK_LOOK_MS      1000
#define NGX_CHAT_LINK_SILENT_MAX   5       /* looks without a sign of life */


typedef enum {
    NGX_CHAT_LINK_DOWN = 0,      /* the timer connects */
    NGX_CHAT_LINK_ASKING,        /* commands connected: the right Redis? */
    NGX_CHAT_LINK_JOINING,       /* the same of the subscriber */
    NGX_CHAT_LINK_UP             /* the timer asks again */
} ngx_chat_link_state_t;


static struct {
    ngx_chat_link_state_t    state;
    ngx_chat_main_conf_t    *conf;
    ngx_chat_link_upward_t   upward;
    ngx_log_t               *log;

    ngx_uint_t               address;      /* of the conf's, in turn */
    ngx_chat_redis_t        *commands;
    ngx_chat_redis_t        *subscriber;
    ngx_event_t              timer;
    ngx_event_t              failure;      /* posted */
    ngx_msec_t               backoff_ms;
    ngx_uint_t               silent;       /* looks since the last message */
    ngx_uint_t               settled;      /* since it is up */

    ngx_chat_agreement_t     agreement;    /* under which it is up */
    const char              *why;          /* it is down */
    const char             **told;         /* of each address */
} ngx_chat_link;


static void ngx_chat_link_timer(ngx_event_t *ev);
static void ngx_chat_link_connect(ngx_chat_redis_t **redis);
static void ngx_chat_link_look(void);
static void ngx_chat_link_connected(void *data);
static void ngx_chat_link_judged(const ngx_chat_agreement_t *agreement);
static void ngx_chat_link_up(const ngx_chat_agreement_t *agreement);
static void ngx_chat_link_pushed(void *data, const ngx_chat_resp_t *value);
static void ngx_chat_link_broken(void *data, const char *why, ngx_err_t err);
static void ngx_chat_link_failure_handler(ngx_event_t *ev);
static void ngx_chat_link_down(ngx_msec_t delay_ms);
static void ngx_chat_link_close(void);
static void ngx_chat_link_tell(const char *why, ngx_err_t err,
    const ngx_str_t *detail);
static ngx_addr_t *ngx_chat_link_address(void);


ngx_int_t
ngx_chat_link_init_process(ngx_cycle_t *cycle, ngx_chat_main_conf_t *conf,
    const ngx_chat_link_upward_t *upward)
{
    ngx_memzero(&ngx_chat_link, sizeof(ngx_chat_link));

    ngx_chat_link.conf = conf;
    ngx_chat_link.upward = *upward;
    ngx_chat_link.log = cycle->log;
    ngx_chat_link.backoff_ms = NGX_CHAT_LINK_BACKOFF_MIN;
    ngx_chat_link.why = "not connected yet";

    ngx_chat_link.told = ngx_pcalloc(cycle->pool, sizeof(const char *)
                                     * conf->redis->addresses.nelts);
    if (ngx_chat_link.told == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_link.timer.handler = ngx_chat_link_timer;
    ngx_chat_link.timer.log = cycle->log;
    ngx_chat_link.timer.cancelable = 1;

    ngx_chat_link.failure.handler = ngx_chat_link_failure_handler;
    ngx_chat_link.failure.log = cycle->log;

    ngx_add_timer(&ngx_chat_link.timer, 1);

    return NGX_OK;
}


void
ngx_chat_link_exit_process(void)
{
    ngx_chat_link.state = NGX_CHAT_LINK_DOWN;
    ngx_chat_link_close();
}


ngx_chat_redis_t *
ngx_chat_link_commands(void)
{
    return (ngx_chat_link.state == NGX_CHAT_LINK_UP) ? ngx_chat_link.commands
                                                     : NULL;
}


ngx_chat_redis_t *
ngx_chat_link_subscriber(void)
{
    return (ngx_chat_link.state == NGX_CHAT_LINK_UP) ? ngx_chat_link.subscriber
                                                     : NULL;
}


const ngx_chat_agreement_t *
ngx_chat_link_agreement(void)
{
    return &ngx_chat_link.agreement;
}


const char *
ngx_chat_link_why(void)
{
    return ngx_chat_link.why;
}


static void
ngx_chat_link_timer(ngx_event_t *ev)
{
    if (ngx_chat_link.state == NGX_CHAT_LINK_UP) {
        ngx_chat_link_look();
        return;
    }

    ngx_chat_link.state = NGX_CHAT_LINK_ASKING;
    ngx_chat_link_connect(&ngx_chat_link.commands);
}


static void
ngx_chat_link_connect(ngx_chat_redis_t **redis)
{
    ngx_err_t                 err;
    ngx_chat_redis_upward_t   upward;

    upward.connected = ngx_chat_link_connected;
    upward.pushed = ngx_chat_link_pushed;
    upward.broken = ngx_chat_link_broken;
    upward.data = redis;

    *redis = ngx_chat_redis_connect(ngx_chat_link_address(), &upward,
                                    ngx_chat_link.log, &err);

    if (*redis == NULL) {
        ngx_chat_link_broken(redis, err ? "cannot connect"
                             : "no memory, or worker_connections used up",
                             err);
    }
}


static void
ngx_chat_link_connected(void *data)
{
    ngx_chat_redis_t **redis = data;

    if (ngx_chat_agreement_ask(*redis, ngx_chat_link.conf, 1,
                               ngx_chat_link_judged) != NGX_OK)
    {
        ngx_chat_link_fail("no memory");
    }
}


/* The same question on either connection, and each second after. */
static void
ngx_chat_link_judged(const ngx_chat_agreement_t *agreement)
{
    ngx_str_t  detail;

    if (agreement->why) {
        detail.data = (u_char *) agreement->detail;
        detail.len = agreement->detail_len;

        ngx_chat_link_tell(agreement->why, 0, &detail);
        ngx_chat_link_down(NGX_CHAT_LINK_LOOK_MS);
        return;
    }

    switch (ngx_chat_link.state) {

    case NGX_CHAT_LINK_ASKING:
        ngx_chat_link.state = NGX_CHAT_LINK_JOINING;
        ngx_chat_link_connect(&ngx_chat_link.subscriber);
        return;

    case NGX_CHAT_LINK_JOINING:
        ngx_chat_link_up(agreement);
        return;

    default: /* NGX_CHAT_LINK_UP */

        if (agreement->epoch != ngx_chat_link.agreement.epoch
            || agreement->slots != ngx_chat_link.agreement.slots)
        {
            ngx_chat_link_fail("a new epoch has begun");
            return;
        }

        ngx_add_timer(&ngx_chat_link.timer, NGX_CHAT_LINK_LOOK_MS);
    }
}


static void
ngx_chat_link_up(const ngx_chat_agreement_t *agreement)
{
    ngx_chat_link.state = NGX_CHAT_LINK_UP;
    ngx_chat_link.agreement = *agreement;
    ngx_chat_link.silent = 0;

    ngx_add_timer(&ngx_chat_link.timer, NGX_CHAT_LINK_LOOK_MS);

    ngx_chat_link.upward.up();
}


void
ngx_chat_link_settled(void)
{
    ngx_chat_link.settled = 1;
    ngx_chat_link.backoff_ms = NGX_CHAT_LINK_BACKOFF_MIN;

    ngx_memzero(ngx_chat_link.told, sizeof(const char *)
                * ngx_chat_link.conf->redis->addresses.nelts);

    ngx_log_error(NGX_LOG_NOTICE, ngx_chat_link.log, 0,
                  "chat: redis %V: ready, epoch %uL, %ui slots",
                  &ngx_chat_link_address()->name, ngx_chat_link.agreement.epoch,
                  ngx_chat_link.agreement.slots);
}


/* Commands that are not answered in time break their connection themselves. */
static void
ngx_chat_link_look(void)
{
    chat_slice_t  ping;

    if (ngx_chat_link.silent++ > NGX_CHAT_LINK_SILENT_MAX) {
        ngx_chat_link_fail("the subscription is silent");
        return;
    }

    ping = chat_slice("PING");

    if (ngx_chat_redis_send(ngx_chat_link.subscriber, &ping, 1) != NGX_OK
        || ngx_chat_agreement_ask(ngx_chat_link.commands, ngx_chat_link.conf,
                                  0, ngx_chat_link_judged) != NGX_OK)
    {
        ngx_chat_link_fail("no memory");
    }
}


static void
ngx_chat_link_pushed(void *data, const ngx_chat_resp_t *value)
{
    ngx_chat_link.silent = 0;

    if (ngx_chat_link.state == NGX_CHAT_LINK_UP) {
        ngx_chat_link.upward.pushed(value);
    }
}


static void
ngx_chat_link_broken(void *data, const char *why, ngx_err_t err)
{
    ngx_msec_t  delay_ms;

    *(ngx_chat_redis_t **) data = NULL;

    /* half of it by chance: a hundred processes must not come at once */

    delay_ms = ngx_chat_link.backoff_ms / 2
               + ngx_random() % (ngx_chat_link.backoff_ms / 2 + 1);

    ngx_chat_link.backoff_ms = ngx_min(ngx_chat_link.backoff_ms * 2,
                                       NGX_CHAT_LINK_BACKOFF_MAX);

    ngx_chat_link_tell(why, err, NULL);
    ngx_chat_link_down(delay_ms);
}


/* What follows a failure must not happen inside the call that failed. */
void
ngx_chat_link_fail(const char *why)
{
    ngx_chat_link.failure.data = (void *) why;
    ngx_post_event(&ngx_chat_link.failure, &ngx_posted_events);
}


static void
ngx_chat_link_failure_handler(ngx_event_t *ev)
{
    ngx_chat_link_tell(ev->data, 0, NULL);
    ngx_chat_link_down(ngx_chat_link.settled ? NGX_CHAT_LINK_BACKOFF_MIN
                                             : NGX_CHAT_LINK_LOOK_MS);
}


static void
ngx_chat_link_down(ngx_msec_t delay_ms)
{
    ngx_uint_t  was_up;

    was_up = (ngx_chat_link.state == NGX_CHAT_LINK_UP);

    ngx_chat_link.state = NGX_CHAT_LINK_DOWN;
    ngx_chat_link.settled = 0;

    if (was_up) {
        ngx_chat_metric(NGX_CHAT_M_REDIS_LOST);
        ngx_chat_link.upward.down();

    } else {
        /* another may be master */
        ngx_chat_link.address++;
        ngx_chat_link.address %= ngx_chat_link.conf->redis->addresses.nelts;
    }

    ngx_chat_link_close();
    ngx_add_timer(&ngx_chat_link.timer, delay_ms);
}


static void
ngx_chat_link_close(void)
{
    ngx_chat_redis_close(&ngx_chat_link.subscriber);
    ngx_chat_redis_close(&ngx_chat_link.commands);

    if (ngx_chat_link.failure.posted) {
        ngx_delete_posted_event(&ngx_chat_link.failure);
    }

    if (ngx_chat_link.timer.timer_set) {
        ngx_del_timer(&ngx_chat_link.timer);
    }
}


/* Once a change, of each address. */
static void
ngx_chat_link_tell(const char *why, ngx_err_t err, const ngx_str_t *detail)
{
    const char  **told;

    static const ngx_str_t  none = ngx_null_string;

    ngx_chat_link.why = why;
    told = &ngx_chat_link.told[ngx_chat_link.address];

    if (*told == why) {
        return;
    }

    *told = why;
    detail = detail ? detail : &none;

    ngx_log_error(NGX_LOG_ERR, ngx_chat_link.log, err, "chat: redis %V: %s%s%V",
                  &ngx_chat_link_address()->name, why, detail->len ? ": " : "",
                  detail);
}


static ngx_addr_t *
ngx_chat_link_address(void)
{
    ngx_addr_t  *addresses;

    addresses = ngx_chat_link.conf->redis->addresses.elts;

    return &addresses[ngx_chat_link.address];
}
