
/*
 * chat_zone: the directive, and the shared memory made of it in the master.
 */

#include "ngx_chat_shm_state.h"


#define NGX_CHAT_SHM_SIZE_MIN    (256 * 1024)
#define NGX_CHAT_SHM_RATES       8      /* 1 of so many bytes is for limits */


static ngx_int_t ngx_chat_shm_init_zone(ngx_shm_zone_t *zone, void *data);


char *
ngx_chat_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_main_conf_t *mcf = conf;

    u_char     *colon;
    ssize_t     size;
    ngx_str_t  *value, name, text;

    if (mcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    colon = ngx_strlchr(value[1].data, value[1].data + value[1].len, ':');

    if (colon == NULL || colon == value[1].data) {
        return "takes a name and a size, as chat:32m";
    }

    name.data = value[1].data;
    name.len = colon - name.data;
    text.data = colon + 1;
    text.len = value[1].data + value[1].len - text.data;

    size = ngx_parse_size(&text);

    if (size == NGX_ERROR) {
        return "takes a name and a size, as chat:32m";
    }

    if (size < NGX_CHAT_SHM_SIZE_MIN) {
        return "needs 256k or more";
    }

    mcf->zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_chat_module);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->zone->init = ngx_chat_shm_init_zone;

    return NGX_CONF_OK;
}


/* In the master.  A zone that lives through a reload is left as it is. */
static ngx_int_t
ngx_chat_shm_init_zone(ngx_shm_zone_t *zone, void *data)
{
    u_char           *memory;
    size_t            size, rates;
    ngx_chat_shm_t   *sh;
    ngx_slab_pool_t  *pool;

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data || zone->shm.exists) {
        zone->data = data ? data : pool->data;
        return NGX_OK;
    }

    sh = ngx_slab_calloc(pool, sizeof(ngx_chat_shm_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    /* what is left is one run of pages, for rates and rows as a whole */

    size = pool->pfree * ngx_pagesize;

    memory = ngx_slab_alloc(pool, size);
    if (memory == NULL) {
        return NGX_ERROR;
    }

    rates = ngx_align(size / NGX_CHAT_SHM_RATES, NGX_ALIGNMENT);

    chat_rates_init(&sh->rates, memory, rates);
    ngx_chat_rows_init(&sh->rows, memory + rates, size - rates);
    sh->started = ngx_time();

    pool->data = sh;
    zone->data = sh;

    return NGX_OK;
}
