
/*
 * What the parts of the bus share; for ngx_chat_bus*.c alone.
 */

#ifndef NGX_CHAT_BUS_STATE_H
#define NGX_CHAT_BUS_STATE_H


#include "ngx_chat_bus.h"
#include "ngx_chat_redis.h"


typedef struct {
    ngx_chat_main_conf_t   *conf;
    ngx_chat_bus_upward_t   upward;
    ngx_log_t              *log;
    chat_id_source_t        ids;
    ngx_str_t               incarnation;
    ngx_uint_t              ready;
    uint64_t                epoch;         /* when last ready; 0: never */
    ngx_uint_t              refused;       /* by Redis; told of once */
    ngx_uint_t              unnoticed;     /* `node` failed; told of once */
    chat_buf_t              scratch;
} ngx_chat_bus_t;


extern ngx_chat_bus_t  ngx_chat_bus;


/* A message on this process's reply channel. */
void ngx_chat_bus_reply(ngx_str_t payload);

#endif /* NGX_CHAT_BUS_STATE_H */
