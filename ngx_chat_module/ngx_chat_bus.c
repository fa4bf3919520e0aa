
/*
 * The bus: ties link, slots, channels and asks together, and hands events up.
 * REST and the sockets are above; jobs stand in ngx_chat_bus_job.c.  Knows
 * nothing of what jobs and events are about.
 */

#include "ngx_chat_bus_state.h"
#include "ngx_chat_link.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_slots.h"


#define NGX_CHAT_BUS_NODE_LEASE_MS  10000
#define NGX_CHAT_BUS_NODE_UIDS      1000      /* in one call */
#define NGX_CHAT_BUS_FUNCTION_MAX   32


ngx_chat_bus_t  ngx_chat_bus;


static ngx_int_t ngx_chat_bus_name(ngx_cycle_t *cycle);
static void ngx_chat_bus_up(void);
static void ngx_chat_bus_down(void);
static void ngx_chat_bus_resumed(void);
static void ngx_chat_bus_refresh(const chat_slice_t *head, ngx_uint_t heads,
    ngx_str_t *names, ngx_uint_t count);
static void ngx_chat_bus_message(ngx_chat_channel_t kind, ngx_str_t id,
    ngx_str_t payload);
static void ngx_chat_bus_node_answer(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);


ngx_int_t
ngx_chat_bus_init_process(ngx_cycle_t *cycle,
    const ngx_chat_bus_upward_t *upward)
{
    ngx_chat_link_upward_t     link;
    ngx_chat_channel_upward_t  channel;

    ngx_memzero(&ngx_chat_bus, sizeof(ngx_chat_bus));

    ngx_chat_bus.conf = ngx_http_cycle_get_module_main_conf(cycle,
                                                        ngx_http_chat_module);
    ngx_chat_bus.upward = *upward;
    ngx_chat_bus.log = cycle->log;
    chat_buf_init(&ngx_chat_bus.scratch, CHAT_BUS_JOB_MAX);

    channel.message = ngx_chat_bus_message;
    channel.subscribed = upward->subscribed;
    channel.resumed = ngx_chat_bus_resumed;

    link.up = ngx_chat_bus_up;
    link.down = ngx_chat_bus_down;
    link.pushed = ngx_chat_channel_pushed;

    ngx_chat_ask_init_process();
    ngx_chat_channel_init_process(cycle, ngx_chat_bus.conf->prefix, &channel);

    if (ngx_chat_bus_name(cycle) != NGX_OK
        || ngx_chat_slots_init_process(cycle, ngx_chat_bus.conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_link_init_process(cycle, ngx_chat_bus.conf, &link);
}


void
ngx_chat_bus_exit_process(ngx_cycle_t *cycle)
{
    ngx_chat_bus.ready = 0;

    ngx_chat_ask_exit_process();
    ngx_chat_link_exit_process();
    ngx_chat_channel_exit_process();
    ngx_chat_slots_exit_process();
    chat_buf_free(&ngx_chat_bus.scratch);
}


/* "<node>.<pid>.<8 hex>": another one each time that a process starts. */
static ngx_int_t
ngx_chat_bus_name(ngx_cycle_t *cycle)
{
    u_char    *p, random[8];
    ngx_str_t  all;

    if (ngx_chat_random(random, sizeof(random)) != NGX_OK) {
        return NGX_ERROR;
    }

    chat_id_source_init(&ngx_chat_bus.ids, random);

    p = ngx_pnalloc(cycle->pool, CHAT_BUS_INCARNATION_MAX);
    if (p == NULL || ngx_chat_random(random, 4) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_chat_bus.incarnation.data = p;

    p = ngx_snprintf(p, CHAT_BUS_INCARNATION_MAX, "%V.%P.%02xd%02xd%02xd%02xd",
                     &ngx_chat_bus.conf->node, ngx_pid, random[0], random[1],
                     random[2], random[3]);

    ngx_chat_bus.incarnation.len = p - ngx_chat_bus.incarnation.data;

    ngx_str_null(&all);

    /* they wait for the link, and come back with it */

    if (ngx_chat_channel_subscribe(NGX_CHAT_CHANNEL_REPLY,
                                   ngx_chat_bus.incarnation) == NGX_ERROR
        || ngx_chat_channel_subscribe(NGX_CHAT_CHANNEL_ALL, all) == NGX_ERROR)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_chat_bus_message(ngx_chat_channel_t kind, ngx_str_t id, ngx_str_t payload)
{
    chat_envelope_t  event;

    if (kind == NGX_CHAT_CHANNEL_REPLY) {
        ngx_chat_bus_reply(payload);
        return;
    }

    if (chat_envelope_decode(CHAT_ENVELOPE_EVENT, ngx_chat_slice(payload),
                             &event) != CHAT_OK)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_bus.log, 0,
                      "chat: an event for %V cannot be read", &id);
        return;
    }

    if (kind == NGX_CHAT_CHANNEL_ALL) {
        ngx_chat_bus.upward.event_all(&event);
        return;
    }

    ngx_chat_bus.upward.event(kind, id, &event);
}


ngx_int_t
ngx_chat_bus_subscribe(ngx_chat_channel_t kind, ngx_str_t id)
{
    return ngx_chat_channel_subscribe(kind, id);
}


void
ngx_chat_bus_unsubscribe(ngx_chat_channel_t kind, ngx_str_t id)
{
    ngx_chat_channel_unsubscribe(kind, id);
}


static void
ngx_chat_bus_up(void)
{
    if (ngx_chat_slots_start() != NGX_OK) {
        ngx_chat_link_fail("no memory");
        return;
    }

    ngx_chat_channel_resume();
}


static void
ngx_chat_bus_resumed(void)
{
    uint64_t    epoch;
    ngx_uint_t  changed, lost;

    epoch = ngx_chat_link_agreement()->epoch;
    changed = ngx_chat_bus.epoch && ngx_chat_bus.epoch != epoch;
    lost = ngx_chat_bus.epoch && ngx_chat_bus.epoch == epoch;

    ngx_chat_link_settled();

    ngx_chat_bus.ready = 1;
    ngx_chat_bus.epoch = epoch;
    ngx_chat_bus.upward.ready(changed, lost);
}


static void
ngx_chat_bus_down(void)
{
    ngx_uint_t  was_ready;

    was_ready = ngx_chat_bus.ready;
    ngx_chat_bus.ready = 0;

    ngx_chat_slots_stop();
    ngx_chat_channel_suspend();

    if (was_ready) {
        ngx_chat_bus.upward.lost();
    }
}


ngx_uint_t
ngx_chat_bus_ready(void)
{
    return ngx_chat_bus.ready;
}


ngx_str_t
ngx_chat_bus_incarnation(void)
{
    return ngx_chat_bus.incarnation;
}


void
ngx_chat_bus_id(char id[CHAT_ID_LEN])
{
    chat_id_next(&ngx_chat_bus.ids, (uint32_t) ngx_time(), id);
}


void
ngx_chat_bus_node(ngx_str_t *uids, ngx_uint_t count, ngx_msec_t log_ms)
{
    u_char        lease[NGX_INT_T_LEN], log[NGX_INT_T_LEN];
    chat_slice_t  args[7];

    args[1] = chat_slice("chat_v1_node");
    args[4] = ngx_chat_slice(ngx_chat_bus.incarnation);
    args[5] = chat_slice_of(lease, ngx_sprintf(lease, "%d",
                                               NGX_CHAT_BUS_NODE_LEASE_MS)
                                   - lease);
    args[6] = chat_slice_of(log, ngx_sprintf(log, "%M", log_ms) - log);

    ngx_chat_bus_refresh(args, 7, uids, count);
}


void
ngx_chat_bus_keep(const char *what, ngx_str_t *ids, ngx_uint_t count,
    ngx_msec_t log_ms)
{
    u_char        log[NGX_INT_T_LEN];
    chat_slice_t  args[6];

    if (count == 0) {
        return;
    }

    args[1] = chat_slice("chat_v1_keep");
    args[4] = chat_slice_of(what, ngx_strlen(what));
    args[5] = chat_slice_of(log, ngx_sprintf(log, "%M", log_ms) - log);

    ngx_chat_bus_refresh(args, 6, ids, count);
}


/* A function for a list of any length: called at least once. */
static void
ngx_chat_bus_refresh(const chat_slice_t *head, ngx_uint_t heads,
    ngx_str_t *names, ngx_uint_t count)
{
    ngx_uint_t    i, n;
    chat_slice_t  args[NGX_CHAT_BUS_NODE_UIDS + 7];

    if (!ngx_chat_bus.ready) {
        return;
    }

    ngx_memcpy(args, head, heads * sizeof(chat_slice_t));

    args[0] = chat_slice("FCALL");
    args[2] = chat_slice("0");
    args[3] = ngx_chat_slice(ngx_chat_bus.conf->prefix);

    i = 0;

    do {
        for (n = heads; i < count && n < ngx_chat_countof(args); i++, n++) {
            args[n] = ngx_chat_slice(names[i]);
        }

        if (ngx_chat_redis_command(ngx_chat_link_commands(), args, n,
                                   ngx_chat_bus_node_answer, NULL) != NGX_OK)
        {
            ngx_chat_link_fail("no memory");
            return;
        }

    } while (i < count);
}


ngx_int_t
ngx_chat_bus_call(const char *name, const chat_slice_t *args,
    ngx_uint_t count, ngx_chat_redis_answer_pt answer, void *data)
{
    u_char        function[NGX_CHAT_BUS_FUNCTION_MAX], *p;
    chat_slice_t  command[NGX_CHAT_BUS_CALL_ARGS + 4];

    if (!ngx_chat_bus.ready) {
        return NGX_ERROR;
    }

    p = ngx_snprintf(function, sizeof(function), "chat_v1_%s", name);

    command[0] = chat_slice("FCALL");
    command[1] = chat_slice_of(function, p - function);
    command[2] = chat_slice("0");
    command[3] = ngx_chat_slice(ngx_chat_bus.conf->prefix);
    ngx_memcpy(&command[4], args, count * sizeof(chat_slice_t));

    return ngx_chat_redis_command(ngx_chat_link_commands(), command, count + 4,
                                  answer, data);
}


static void
ngx_chat_bus_node_answer(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    ngx_uint_t  failed;

    if (rc != NGX_OK) {
        return;
    }

    failed = (value->type == NGX_CHAT_RESP_ERROR);

    if (failed && !ngx_chat_bus.unnoticed) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_bus.log, 0,
                      "chat: redis: this process cannot say that it lives,"
                      " its users look offline: %V; start chat-worker anew,"
                      " it loads the functions", &value->text);
    }

    ngx_chat_bus.unnoticed = failed;
}


void
ngx_chat_bus_state(ngx_chat_bus_state_t *state)
{
    state->ready = ngx_chat_bus.ready;
    state->why = ngx_chat_bus.ready ? NULL : ngx_chat_link_why();
    state->pending = ngx_chat_ask_count();
    state->epoch = ngx_chat_link_agreement()->epoch;
    state->slots = (uint32_t) ngx_chat_link_agreement()->slots;

    state->served = ngx_chat_slots_served();

    ngx_chat_slots_workers(&state->workers, &state->workers_mongo);
}
