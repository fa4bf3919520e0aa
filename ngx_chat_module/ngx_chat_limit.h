
/*
 * chat_limit and chat_limit_apply: how often requests, handshakes and events
 * may come, counted by all processes together.
 */

#ifndef NGX_CHAT_LIMIT_H
#define NGX_CHAT_LIMIT_H


#include "ngx_chat.h"
#include "chat_buf.h"
#include "chat_rates.h"


#define NGX_CHAT_LIMIT_USES  16      /* of one location */


/* chat_limit */
struct ngx_chat_limit_s {
    ngx_str_t                   name;
    chat_rate_t                 rate;
    ngx_http_complex_value_t   *key;       /* NULL: user, or address */
    ngx_atomic_t               *refused;   /* in the zone; NULL: not counted */
};


/* chat_limit_apply */
typedef struct {
    ngx_str_t                   name;
    ngx_str_t                   event;     /* len 0: requests, handshakes */
    ngx_chat_limit_t           *limit;     /* found by its name */
} ngx_chat_limit_use_t;


ngx_int_t ngx_chat_limit_init_process(ngx_cycle_t *cycle);

/*
 * NGX_OK: it is counted and may go on.  NGX_BUSY: too many; try again in
 * `*wait_s` seconds.  What comes from nobody (uid of len 0), or from whom it is
 * not known (`who` is NULL), counts for its address.
 */
ngx_int_t ngx_chat_limit_request(ngx_http_request_t *r,
    const ngx_chat_identity_t *who, ngx_uint_t *wait_s);
ngx_int_t ngx_chat_limit_event(ngx_chat_loc_conf_t *conf, chat_slice_t event,
    ngx_str_t uid, ngx_str_t address, ngx_uint_t *wait_s);

/* Appends what each limit has refused as Prometheus's text. */
void ngx_chat_limit_metrics(chat_buf_t *b);


#endif /* NGX_CHAT_LIMIT_H */
