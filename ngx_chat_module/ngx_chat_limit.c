
/*
 * Which limits concern a request or an event, and by which keys.  The location
 * names the limits, the shared zone has their buckets; all that concern one
 * thing are asked at once, so what one refuses costs nothing in the others.
 * REST, the handshake and sockets ask before a job is made, and say no in
 * their own words.
 */

#include "ngx_chat_limit.h"
#include "ngx_chat_key.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_shm_limit.h"


#define NGX_CHAT_LIMIT_EACH  "*"     /* whatever the event */


/* The buckets that are asked. */
typedef struct {
    ngx_chat_shm_rate_t   rates[NGX_CHAT_LIMIT_USES];
    ngx_chat_limit_t     *limits[NGX_CHAT_LIMIT_USES];
    ngx_uint_t            n;
} ngx_chat_limit_asked_t;


static ngx_int_t ngx_chat_limit_key(ngx_http_request_t *r,
    ngx_chat_limit_t *limit, const ngx_chat_identity_t *who, chat_key_t *key);
static void ngx_chat_limit_whose(chat_key_t *key,
    const ngx_chat_limit_t *limit, ngx_str_t uid, ngx_str_t address);
static ngx_uint_t ngx_chat_limit_concerns(const ngx_chat_limit_use_t *use,
    chat_slice_t event);
static ngx_int_t ngx_chat_limit_ask(ngx_chat_limit_asked_t *asked,
    ngx_uint_t *wait_s);


ngx_int_t
ngx_chat_limit_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t              i;
    ngx_chat_limit_t      **limits;
    ngx_chat_main_conf_t   *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);
    limits = mcf->limits.elts;

    for (i = 0; i < mcf->limits.nelts; i++) {
        limits[i]->refused = ngx_chat_shm_limit_counter(limits[i]->name);
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_limit_request(ngx_http_request_t *r, const ngx_chat_identity_t *who,
    ngx_uint_t *wait_s)
{
    chat_key_t               *key;
    ngx_uint_t                i;
    ngx_chat_loc_conf_t      *conf;
    ngx_chat_limit_use_t     *use;
    ngx_chat_limit_asked_t    asked;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->limits == NULL) {
        return NGX_OK;
    }

    asked.n = 0;
    use = conf->limits->elts;

    for (i = 0; i < conf->limits->nelts; i++) {

        key = &asked.rates[asked.n].key;

        if (use[i].event.len == 0
            && ngx_chat_limit_key(r, use[i].limit, who, key) == NGX_OK)
        {
            asked.limits[asked.n++] = use[i].limit;
        }
    }

    return ngx_chat_limit_ask(&asked, wait_s);
}


/* NGX_DECLINED: there is nothing to count it by. */
static ngx_int_t
ngx_chat_limit_key(ngx_http_request_t *r, ngx_chat_limit_t *limit,
    const ngx_chat_identity_t *who, chat_key_t *key)
{
    ngx_str_t  text;

    if (limit->key) {

        if (ngx_http_complex_value(r, limit->key, &text) != NGX_OK
            || text.len == 0)
        {
            return NGX_DECLINED;
        }

        ngx_chat_key(key, limit->name, text);

    } else {
        ngx_str_null(&text);
        ngx_chat_limit_whose(key, limit, who ? who->uid : text,
                             r->connection->addr_text);
    }

    return NGX_OK;
}


static void
ngx_chat_limit_whose(chat_key_t *key, const ngx_chat_limit_t *limit,
    ngx_str_t uid, ngx_str_t address)
{
    if (uid.len) {
        ngx_chat_key(key, limit->name, uid);

    } else {
        ngx_chat_key_address(key, limit->name, address);
    }
}


ngx_int_t
ngx_chat_limit_event(ngx_chat_loc_conf_t *conf, chat_slice_t event,
    ngx_str_t uid, ngx_str_t address, ngx_uint_t *wait_s)
{
    ngx_uint_t               i;
    ngx_chat_limit_use_t    *use;
    ngx_chat_limit_asked_t   asked;

    if (conf->limits == NULL) {
        return NGX_OK;
    }

    asked.n = 0;
    use = conf->limits->elts;

    for (i = 0; i < conf->limits->nelts; i++) {

        if (ngx_chat_limit_concerns(&use[i], event)) {
            ngx_chat_limit_whose(&asked.rates[asked.n].key, use[i].limit, uid,
                                 address);
            asked.limits[asked.n++] = use[i].limit;
        }
    }

    return ngx_chat_limit_ask(&asked, wait_s);
}


static ngx_uint_t
ngx_chat_limit_concerns(const ngx_chat_limit_use_t *use, chat_slice_t event)
{
    return use->event.len
           && (chat_slice_eq(ngx_chat_slice(use->event), event)
               || chat_slice_eq(ngx_chat_slice(use->event),
                                chat_slice(NGX_CHAT_LIMIT_EACH)));
}


static ngx_int_t
ngx_chat_limit_ask(ngx_chat_limit_asked_t *asked, ngx_uint_t *wait_s)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_chat_limit_t        *limit;
    ngx_chat_shm_verdict_t   verdict;

    if (asked->n == 0) {
        return NGX_OK;
    }

    for (i = 0; i < asked->n; i++) {
        asked->rates[i].rate = &asked->limits[i]->rate;
    }

    rc = ngx_chat_shm_rates(asked->rates, asked->n, &verdict);

    if (verdict.forgotten) {
        ngx_chat_metric_add(NGX_CHAT_M_LIMITS_FORGOTTEN,
                            (ngx_int_t) verdict.forgotten);
    }

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    limit = asked->limits[verdict.refused];

    if (limit->refused) {
        (void) ngx_atomic_fetch_add(limit->refused, 1);
    }

    *wait_s = (verdict.wait_ms + 999) / 1000;

    return NGX_BUSY;
}


void
ngx_chat_limit_metrics(chat_buf_t *b)
{
    ngx_uint_t              i;
    ngx_chat_limit_t      **limits;
    ngx_chat_main_conf_t   *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_chat_module);
    limits = mcf->limits.elts;

    if (mcf->limits.nelts == 0) {
        return;
    }

    chat_buf_str(b, "# HELP chat_limit_refused_total Requests, handshakes and"
                    " events refused by a chat_limit\n"
                    "# TYPE chat_limit_refused_total counter\n");

    for (i = 0; i < mcf->limits.nelts; i++) {
        chat_buf_str(b, "chat_limit_refused_total{limit=\"");
        chat_buf_put(b, limits[i]->name.data, limits[i]->name.len);
        chat_buf_str(b, "\"} ");
        chat_buf_u64(b, limits[i]->refused ? *limits[i]->refused : 0);
        chat_buf_byte(b, '\n');
    }
}
