
/*
 * chat_limit and chat_limit_apply.  A limit may be applied before it is
 * declared, so names are looked up when locations are merged, where also is
 * known what a location answers.
 */

#include "ngx_chat_conf.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_shm_limit.h"
#include "chat_sio_packet.h"


#define NGX_CHAT_LIMIT_COUNT_MAX   1000000
#define NGX_CHAT_LIMIT_PERIOD_MAX  86400000    /* ms */


static char *ngx_chat_conf_limit_rate(ngx_str_t text, chat_rate_t *rate);
static char *ngx_chat_conf_limit_burst(ngx_str_t text, chat_rate_t *rate);
static char *ngx_chat_conf_limit_key(ngx_conf_t *cf, ngx_str_t *text,
    ngx_chat_limit_t *limit);
static char *ngx_chat_conf_limit_use(ngx_conf_t *cf,
    ngx_chat_loc_conf_t *conf, ngx_chat_limit_use_t *use);
static ngx_chat_limit_t *ngx_chat_conf_limit_find(ngx_conf_t *cf,
    ngx_str_t *name);


/* chat_limit name rate=100/15m [burst=n] [key=$variable] */
char *
ngx_chat_conf_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_main_conf_t *mcf = conf;

    char               *rv;
    ngx_str_t          *value, text, burst = ngx_null_string;
    ngx_uint_t          i;
    ngx_chat_limit_t   *limit, **entry;

    value = cf->args->elts;

    if (value[1].len > NGX_CHAT_LIMIT_NAME_MAX
        || !chat_uid_valid(ngx_chat_slice(value[1])))
    {
        return "takes a name of up to 64 letters, digits, \"-\" and \"_\"";
    }

    if (ngx_chat_conf_limit_find(cf, &value[1])) {
        return "is duplicate";
    }

    if (mcf->limits.nelts == NGX_CHAT_LIMITS_MAX) {
        return "is there more than 32 times";
    }

    limit = ngx_pcalloc(cf->pool, sizeof(ngx_chat_limit_t));
    entry = ngx_array_push(&mcf->limits);

    if (limit == NULL || entry == NULL) {
        return NGX_CONF_ERROR;
    }

    *entry = limit;
    limit->name = value[1];

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_chat_conf_word(&value[i], "rate=", &text)) {
            rv = ngx_chat_conf_limit_rate(text, &limit->rate);

        } else if (ngx_chat_conf_word(&value[i], "key=", &text)) {
            rv = ngx_chat_conf_limit_key(cf, &text, limit);

        } else {
            rv = ngx_chat_conf_word(&value[i], "burst=", &burst)
                 ? NGX_CONF_OK : "takes rate=, burst= and key=";
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (limit->rate.interval_us == 0) {
        return "needs a rate, as rate=100/15m";
    }

    return burst.data ? ngx_chat_conf_limit_burst(burst, &limit->rate)
                      : NGX_CONF_OK;
}


/* As many at once as in the whole time, unless burst= says otherwise. */
static char *
ngx_chat_conf_limit_rate(ngx_str_t text, chat_rate_t *rate)
{
    u_char     *slash;
    ngx_int_t   count, period;
    ngx_str_t   time;

    slash = ngx_strlchr(text.data, text.data + text.len, '/');

    if (rate->interval_us || slash == NULL) {
        return "takes one rate, as rate=100/15m";
    }

    time.data = slash + 1;
    time.len = text.data + text.len - time.data;

    count = ngx_atoi(text.data, slash - text.data);
    period = ngx_parse_time(&time, 0);

    if (count == NGX_ERROR || count == 0 || count > NGX_CHAT_LIMIT_COUNT_MAX
        || period == NGX_ERROR || period == 0
        || period > NGX_CHAT_LIMIT_PERIOD_MAX)
    {
        return "takes a rate of 1 to 1000000 in up to 24h, as rate=100/15m";
    }

    rate->interval_us = (uint64_t) period * 1000 / (uint64_t) count;
    rate->burst = (uint32_t) count;

    return rate->interval_us ? NGX_CONF_OK
                             : "takes a rate of up to 1 in a microsecond";
}


static char *
ngx_chat_conf_limit_burst(ngx_str_t text, chat_rate_t *rate)
{
    ngx_int_t  n;

    n = ngx_atoi(text.data, text.len);

    if (n == NGX_ERROR || n == 0 || n > NGX_CHAT_LIMIT_COUNT_MAX) {
        return "takes a burst between 1 and 1000000";
    }

    rate->burst = (uint32_t) n;

    return NGX_CONF_OK;
}


static char *
ngx_chat_conf_limit_key(ngx_conf_t *cf, ngx_str_t *text,
    ngx_chat_limit_t *limit)
{
    ngx_http_compile_complex_value_t  ccv;

    if (limit->key || text->len == 0
        || ngx_http_script_variables_count(text) == 0)
    {
        return "takes one key with a variable, as key=$binary_remote_addr";
    }

    limit->key = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (limit->key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = limit->key;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


/* --- where it counts ---------------------------------------------------- */

/* chat_limit_apply name [event=name] */
char *
ngx_chat_conf_limit_apply(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    ngx_str_t             *value, event = ngx_null_string;
    ngx_uint_t             i;
    ngx_chat_limit_use_t  *use;

    value = cf->args->elts;

    if (cf->args->nelts == 3
        && (!ngx_chat_conf_word(&value[2], "event=", &event)
            || event.len == 0 || event.len > CHAT_SIO_EVENT_MAX))
    {
        return "takes event= with a name of up to 64 bytes, or event=*";
    }

    if (clcf->limits == NULL) {
        clcf->limits = ngx_array_create(cf->pool, 4,
                                        sizeof(ngx_chat_limit_use_t));
        if (clcf->limits == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    use = clcf->limits->elts;

    for (i = 0; i < clcf->limits->nelts; i++) {
        if (chat_slice_eq(ngx_chat_slice(use[i].name), ngx_chat_slice(value[1]))
            && chat_slice_eq(ngx_chat_slice(use[i].event),
                             ngx_chat_slice(event)))
        {
            return "is duplicate";
        }
    }

    if (clcf->limits->nelts == NGX_CHAT_LIMIT_USES) {
        return "is there more than 16 times in a location";
    }

    use = ngx_array_push(clcf->limits);
    if (use == NULL) {
        return NGX_CONF_ERROR;
    }

    use->name = value[1];
    use->event = event;
    use->limit = NULL;

    return NGX_CONF_OK;
}


char *
ngx_chat_conf_merge_limits(ngx_conf_t *cf, ngx_chat_loc_conf_t *prev,
    ngx_chat_loc_conf_t *conf)
{
    char                  *rv;
    ngx_uint_t             i;
    ngx_chat_limit_use_t  *use;

    if (conf->limits == NULL) {
        conf->limits = prev->limits;
        return NGX_CONF_OK;
    }

    use = conf->limits->elts;

    for (i = 0; i < conf->limits->nelts; i++) {
        rv = ngx_chat_conf_limit_use(cf, conf, &use[i]);

        if (rv != NGX_CONF_OK) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"chat_limit_apply %V\" %s", &use[i].name, rv);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_conf_limit_use(ngx_conf_t *cf, ngx_chat_loc_conf_t *conf,
    ngx_chat_limit_use_t *use)
{
    use->limit = ngx_chat_conf_limit_find(cf, &use->name);

    if (use->limit == NULL) {
        return "names no \"chat_limit\"";
    }

    if (!conf->api && !conf->socket) {
        return "needs \"chat_api\" or \"chat_socket\" in its location";
    }

    if (use->event.len && !conf->socket) {
        return "has event=, which is for \"chat_socket\"";
    }

    if (use->event.len && use->limit->key) {
        return "has event=, but events count by user, and the limit has key=";
    }

    return NGX_CONF_OK;
}


static ngx_chat_limit_t *
ngx_chat_conf_limit_find(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t              i;
    ngx_chat_limit_t      **limits;
    ngx_chat_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    limits = mcf->limits.elts;

    for (i = 0; i < mcf->limits.nelts; i++) {
        if (chat_slice_eq(ngx_chat_slice(limits[i]->name),
                          ngx_chat_slice(*name)))
        {
            return limits[i];
        }
    }

    return NULL;
}
