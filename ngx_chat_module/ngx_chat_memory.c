
/*
 * Counts what is kept for clients.  Who allocates and frees it says so; who is
 * refused or closed when there is too much is up to whoever asks.
 */

#include "ngx_chat_memory.h"


static size_t  ngx_chat_memory_total;


void
ngx_chat_memory_add(ssize_t bytes)
{
    ngx_chat_memory_total += bytes;
}


size_t
ngx_chat_memory_bytes(void)
{
    return ngx_chat_memory_total;
}


ngx_uint_t
ngx_chat_memory_full(void)
{
    ngx_chat_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_chat_module);

    return ngx_chat_memory_total > mcf->memory_bytes;
}
