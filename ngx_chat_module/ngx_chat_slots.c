
/*
 * Looks at the slots each second: who holds them, how long their streams are,
 * which workers have announced themselves.  ngx_chat_bus asks before it sends
 * a job, so that a request for which nobody is there is refused at once and
 * Redis's memory stays bounded.
 */

#include "ngx_chat_slots.h"
#include "ngx_chat_link.h"
#include "chat_envelope.h"

#include <ngx_event.h>


#define NGX_CHAT_SLOTS_LOOK_MS    1000
#define NGX_CHAT_SLOTS_ABSENT     2        /* looks without a holder */
#define NGX_CHAT_SLOTS_FRESH_MS   5000     /* a worker's announcement */
#define NGX_CHAT_SLOTS_KEY_MAX    128


typedef struct {
    ngx_uint_t             absent;         /* looks, in a row */
    uint64_t               length;         /* of the stream */
} ngx_chat_slot_t;


typedef struct {
    ngx_str_t              name;
    ngx_chat_slot_t       *slots;
    ngx_uint_t             next;           /* for jobs that may go anywhere */
    ngx_uint_t             told;           /* that slots have no holder */
    ngx_uint_t             served;         /* all were held, none is missed */
} ngx_chat_lane_t;


static struct {
    ngx_chat_main_conf_t  *conf;
    ngx_chat_lane_t       *lanes;          /* as many as the conf's */
    ngx_uint_t             count;          /* slots of a lane */
    ngx_event_t            timer;
    uint64_t               now_ms;         /* Redis's clock */
    ngx_uint_t             workers;
    ngx_uint_t             with_mongo;
} ngx_chat_slots;


static void ngx_chat_slots_look(ngx_event_t *ev);
static ngx_int_t ngx_chat_slots_look_lane(ngx_chat_redis_t *redis,
    ngx_chat_lane_t *lane);
static void ngx_chat_slots_holders(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_slots_length(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static ngx_int_t ngx_chat_slots_look_workers(ngx_chat_redis_t *redis);
static void ngx_chat_slots_time(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static void ngx_chat_slots_announced(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);


ngx_int_t
ngx_chat_slots_init_process(ngx_cycle_t *cycle, ngx_chat_main_conf_t *conf)
{
    ngx_str_t   *names;
    ngx_uint_t   i;

    ngx_memzero(&ngx_chat_slots, sizeof(ngx_chat_slots));

    ngx_chat_slots.conf = conf;
    ngx_chat_slots.timer.handler = ngx_chat_slots_look;
    ngx_chat_slots.timer.log = cycle->log;
    ngx_chat_slots.timer.cancelable = 1;

    ngx_chat_slots.lanes = ngx_pcalloc(cycle->pool, sizeof(ngx_chat_lane_t)
                                       * (conf->lanes.nelts + 1));
    if (ngx_chat_slots.lanes == NULL) {
        return NGX_ERROR;
    }

    names = conf->lanes.elts;

    for (i = 0; i < conf->lanes.nelts; i++) {
        ngx_chat_slots.lanes[i].name = names[i];
    }

    return NGX_OK;
}


void
ngx_chat_slots_exit_process(void)
{
    ngx_uint_t  i;

    ngx_chat_slots_stop();

    for (i = 0; i < ngx_chat_slots.conf->lanes.nelts; i++) {
        ngx_free(ngx_chat_slots.lanes[i].slots);
    }
}


ngx_int_t
ngx_chat_slots_start(void)
{
    ngx_uint_t        i, count;
    ngx_chat_slot_t  *slots;

    count = ngx_chat_link_agreement()->slots;

    for (i = 0; i < ngx_chat_slots.conf->lanes.nelts; i++) {

        slots = ngx_calloc(count * sizeof(ngx_chat_slot_t), ngx_cycle->log);
        if (slots == NULL) {
            return NGX_ERROR;
        }

        ngx_free(ngx_chat_slots.lanes[i].slots);
        ngx_chat_slots.lanes[i].slots = slots;
        ngx_chat_slots.lanes[i].next = ngx_random();
        ngx_chat_slots.lanes[i].served = 0;
    }

    ngx_chat_slots.count = count;
    ngx_chat_slots_look(&ngx_chat_slots.timer);

    return NGX_OK;
}


void
ngx_chat_slots_stop(void)
{
    ngx_chat_slots.count = 0;
    ngx_chat_slots.workers = ngx_chat_slots.with_mongo = 0;

    if (ngx_chat_slots.timer.timer_set) {
        ngx_del_timer(&ngx_chat_slots.timer);
    }
}


void
ngx_chat_slots_workers(ngx_uint_t *workers, ngx_uint_t *with_mongo)
{
    *workers = ngx_chat_slots.workers;
    *with_mongo = ngx_chat_slots.with_mongo;
}


ngx_uint_t
ngx_chat_slots_served(void)
{
    ngx_uint_t  i, served;

    for (served = 1, i = 0; i < ngx_chat_slots.conf->lanes.nelts; i++) {
        served &= ngx_chat_slots.lanes[i].served;
    }

    return served;
}


static ngx_uint_t
ngx_chat_slots_open(ngx_chat_slot_t *slot)
{
    return slot->absent < NGX_CHAT_SLOTS_ABSENT
           && slot->length <= ngx_chat_slots.conf->max_queue;
}


ngx_int_t
ngx_chat_slots_choose(ngx_str_t lane, chat_slice_t text, ngx_uint_t *slot)
{
    ngx_uint_t        i;
    ngx_chat_lane_t  *l;

    l = ngx_chat_slots.lanes;

    for (i = 0; i < ngx_chat_slots.conf->lanes.nelts; i++, l++) {
        if (l->name.len == lane.len
            && ngx_strncmp(l->name.data, lane.data, lane.len) == 0)
        {
            break;
        }
    }

    if (i == ngx_chat_slots.conf->lanes.nelts || ngx_chat_slots.count == 0) {
        return NGX_BUSY;
    }

    if (text.len) {
        *slot = chat_slot(text, ngx_chat_slots.count);
        return ngx_chat_slots_open(&l->slots[*slot]) ? NGX_OK : NGX_BUSY;
    }

    for (i = 0; i < ngx_chat_slots.count; i++) {
        *slot = l->next++ % ngx_chat_slots.count;

        if (ngx_chat_slots_open(&l->slots[*slot])) {
            return NGX_OK;
        }
    }

    return NGX_BUSY;
}


/* All questions of a look leave in one write. */
static void
ngx_chat_slots_look(ngx_event_t *ev)
{
    ngx_int_t          rc;
    ngx_uint_t         i;
    ngx_chat_redis_t  *redis;

    redis = ngx_chat_link_commands();
    rc = ngx_chat_slots_look_workers(redis);

    for (i = 0; rc == NGX_OK && i < ngx_chat_slots.conf->lanes.nelts; i++) {
        rc = ngx_chat_slots_look_lane(redis, &ngx_chat_slots.lanes[i]);
    }

    if (rc != NGX_OK) {
        ngx_chat_link_fail("no memory");
    }
}


static ngx_int_t
ngx_chat_slots_look_lane(ngx_chat_redis_t *redis, ngx_chat_lane_t *lane)
{
    u_char       *p, keys[CHAT_SLOTS_MAX][NGX_CHAT_SLOTS_KEY_MAX];
    ngx_int_t     rc;
    ngx_str_t    *prefix;
    ngx_uint_t    i;
    chat_slice_t  mget[CHAT_SLOTS_MAX + 1], xlen[2];

    prefix = &ngx_chat_slots.conf->prefix;
    mget[0] = chat_slice("MGET");
    xlen[0] = chat_slice("XLEN");

    for (i = 0; i < ngx_chat_slots.count; i++) {
        p = ngx_snprintf(keys[i], NGX_CHAT_SLOTS_KEY_MAX,
                         "%V" CHAT_BUS_SLOT "%V:%ui", prefix, &lane->name, i);
        mget[i + 1] = chat_slice_of(keys[i], p - keys[i]);
    }

    rc = ngx_chat_redis_command(redis, mget, ngx_chat_slots.count + 1,
                                ngx_chat_slots_holders, lane);

    for (i = 0; rc == NGX_OK && i < ngx_chat_slots.count; i++) {
        p = ngx_snprintf(keys[i], NGX_CHAT_SLOTS_KEY_MAX,
                         "%V" CHAT_BUS_JOBS "%V:%ui", prefix, &lane->name, i);
        xlen[1] = chat_slice_of(keys[i], p - keys[i]);

        rc = ngx_chat_redis_command(redis, xlen, 2, ngx_chat_slots_length,
                                    &lane->slots[i]);
    }

    return rc;
}


static void
ngx_chat_slots_holders(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    ngx_chat_lane_t *lane = data;

    ngx_uint_t  i, held, absent;

    if (rc != NGX_OK || value->count != ngx_chat_slots.count) {
        return;
    }

    held = 0;
    absent = 0;

    for (i = 0; i < value->count; i++) {

        if (value->items[i]->type == NGX_CHAT_RESP_STRING) {
            lane->slots[i].absent = 0;
            held++;
            continue;
        }

        if (lane->slots[i].absent < NGX_CHAT_SLOTS_ABSENT) {
            lane->slots[i].absent++;
        }

        absent += (lane->slots[i].absent == NGX_CHAT_SLOTS_ABSENT);
    }

    if (absent && !lane->told) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "chat: lane %V: no worker holds %ui of %ui slots, jobs"
                      " for them are refused", &lane->name, absent,
                      value->count);

    } else if (absent == 0 && lane->told) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "chat: lane %V: all slots are held again", &lane->name);
    }

    lane->told = absent;

    if (absent || held == value->count) {
        lane->served = (absent == 0);
    }
}


static void
ngx_chat_slots_length(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    ngx_chat_slot_t *slot = data;

    if (rc == NGX_OK && value->type == NGX_CHAT_RESP_INTEGER) {
        slot->length = value->integer;
    }
}


static ngx_int_t
ngx_chat_slots_look_workers(ngx_chat_redis_t *redis)
{
    u_char       *p, key[NGX_CHAT_SLOTS_KEY_MAX];
    chat_slice_t  time, workers[2];

    p = ngx_snprintf(key, sizeof(key), "%V" CHAT_BUS_WORKERS,
                     &ngx_chat_slots.conf->prefix);

    time = chat_slice("TIME");
    workers[0] = chat_slice("HGETALL");
    workers[1] = chat_slice_of(key, p - key);

    if (ngx_chat_redis_command(redis, &time, 1, ngx_chat_slots_time, NULL)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_redis_command(redis, workers, 2, ngx_chat_slots_announced,
                                  NULL);
}


static void
ngx_chat_slots_time(void *data, ngx_int_t rc, const ngx_chat_resp_t *value)
{
    uint64_t  seconds;

    if (rc == NGX_OK
        && chat_envelope_number(ngx_chat_slice(ngx_chat_resp_text(value, 0)),
                                &seconds) == CHAT_OK)
    {
        ngx_chat_slots.now_ms = seconds * 1000;
    }
}


/* "<ms> lanes=<a,b> mongo=<up|down> version=<v>" of each. */
static void
ngx_chat_slots_announced(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    u_char      *p;
    uint64_t     said_ms;
    ngx_str_t    text;
    ngx_uint_t   i;

    if (rc != NGX_OK) {
        return;
    }

    ngx_add_timer(&ngx_chat_slots.timer, NGX_CHAT_SLOTS_LOOK_MS);

    ngx_chat_slots.workers = ngx_chat_slots.with_mongo = 0;

    for (i = 1; i < value->count; i += 2) {

        text = ngx_chat_resp_text(value, i);
        p = ngx_strlchr(text.data, text.data + text.len, ' ');

        if (p == NULL
            || chat_envelope_number(chat_slice_of(text.data, p - text.data),
                                    &said_ms) != CHAT_OK
            || said_ms + NGX_CHAT_SLOTS_FRESH_MS < ngx_chat_slots.now_ms)
        {
            continue;
        }

        ngx_chat_slots.workers++;

        if (ngx_strnstr(p, " mongo=up", text.data + text.len - p)) {
            ngx_chat_slots.with_mongo++;
        }
    }
}
