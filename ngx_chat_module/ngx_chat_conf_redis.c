
/*
 * chat_redis: addresses as URLs, who we are there, and our prefix.  Names are
 * resolved here, when nginx reads its configuration, because a process that
 * serves must not wait for a resolver.
 */

#include "ngx_chat_conf.h"
#include "ngx_chat_redis.h"


#define NGX_CHAT_REDIS_PORT        6379
#define NGX_CHAT_REDIS_DB_MAX      1024
#define NGX_CHAT_REDIS_PREFIX_MAX  64


static char *ngx_chat_conf_redis_url(ngx_conf_t *cf,
    ngx_chat_redis_conf_t *redis, ngx_str_t *text);
static char *ngx_chat_conf_redis_tcp(ngx_chat_redis_conf_t *redis,
    ngx_str_t *text);
static char *ngx_chat_conf_redis_prefix(ngx_str_t *prefix);
static ngx_uint_t ngx_chat_conf_redis_word(ngx_str_t *word, const char *name,
    ngx_str_t *value);


char *
ngx_chat_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_main_conf_t *mcf = conf;

    char                   *rv;
    ngx_str_t              *value;
    ngx_uint_t              i;
    ngx_chat_redis_conf_t  *redis;

    if (mcf->redis) {
        return "is duplicate";
    }

    redis = ngx_pcalloc(cf->pool, sizeof(ngx_chat_redis_conf_t));
    if (redis == NULL
        || ngx_array_init(&redis->addresses, cf->pool, 2, sizeof(ngx_addr_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    mcf->redis = redis;
    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_chat_conf_redis_word(&value[i], "user=", &redis->user)
            || ngx_chat_conf_redis_word(&value[i], "password=",
                                        &redis->password))
        {
            continue;
        }

        if (ngx_chat_conf_redis_word(&value[i], "prefix=", &mcf->prefix)) {
            rv = ngx_chat_conf_redis_prefix(&mcf->prefix);

        } else {
            rv = ngx_chat_conf_redis_url(cf, redis, &value[i]);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (redis->user.len && redis->password.len == 0) {
        return "has a user and no password";
    }

    return redis->addresses.nelts ? NGX_CONF_OK : "has no address";
}


char *
ngx_chat_conf_redis_default(ngx_conf_t *cf, ngx_chat_main_conf_t *mcf)
{
    ngx_str_t     *value;
    ngx_conf_t     own;
    ngx_array_t    args;

    own = *cf;
    own.args = &args;

    if (ngx_array_init(&args, cf->pool, 2, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = ngx_array_push_n(&args, 2);
    if (value == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&value[0], "chat_redis");
    ngx_str_set(&value[1], "redis://127.0.0.1:6379/0");

    return ngx_chat_conf_redis(&own, NULL, mcf);
}


static ngx_uint_t
ngx_chat_conf_redis_word(ngx_str_t *word, const char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (word->len < len || ngx_strncmp(word->data, name, len) != 0) {
        return 0;
    }

    value->len = word->len - len;
    value->data = word->data + len;

    return 1;
}


static char *
ngx_chat_conf_redis_prefix(ngx_str_t *prefix)
{
    ngx_uint_t  i;

    if (prefix->len == 0 || prefix->len > NGX_CHAT_REDIS_PREFIX_MAX) {
        return "takes a prefix of 1 to 64 bytes";
    }

    for (i = 0; i < prefix->len; i++) {
        if (prefix->data[i] <= 0x20 || prefix->data[i] >= 0x7f) {
            return "takes a prefix of printable characters";
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_conf_redis_url(ngx_conf_t *cf, ngx_chat_redis_conf_t *redis,
    ngx_str_t *text)
{
    char        *rv;
    ngx_url_t    u;
    ngx_addr_t  *address;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = *text;
    u.default_port = NGX_CHAT_REDIS_PORT;

    if (ngx_strncmp(text->data, "redis://", 8) == 0) {
        u.url.data += 8;
        u.url.len -= 8;

        rv = ngx_chat_conf_redis_tcp(redis, &u.url);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

    } else if (ngx_strncmp(text->data, "unix:", 5) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "chat_redis: unknown parameter \"%V\"", text);
        return "takes addresses as redis://host:port/db or unix:/path, and"
               " user=, password=, prefix=";
    }

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "chat_redis: %s in \"%V\"",
                           u.err ? u.err : "error", text);
        return NGX_CONF_ERROR;
    }

    address = ngx_array_push_n(&redis->addresses, u.naddrs);
    if (address == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(address, u.addrs, u.naddrs * sizeof(ngx_addr_t));

    return NGX_CONF_OK;
}


/* Takes user, password and database out of [user:password@]host:port[/db]. */
static char *
ngx_chat_conf_redis_tcp(ngx_chat_redis_conf_t *redis, ngx_str_t *text)
{
    u_char     *p, *last, *colon;
    ngx_int_t   db;

    last = text->data + text->len;

    for (p = last; p > text->data && *p != '@'; p--) { /* void */ }

    if (p > text->data) {
        colon = ngx_strlchr(text->data, p, ':');

        if (colon == NULL || colon + 1 == p) {
            return "takes user and password as redis://user:password@host";
        }

        redis->user.data = text->data;
        redis->user.len = colon - text->data;
        redis->password.data = colon + 1;
        redis->password.len = p - (colon + 1);

        text->data = p + 1;
        text->len = last - text->data;
    }

    p = ngx_strlchr(text->data, last, '/');

    if (p == NULL) {
        return NGX_CONF_OK;
    }

    text->len = p - text->data;

    if (p + 1 == last) {
        return NGX_CONF_OK;
    }

    db = ngx_atoi(p + 1, last - (p + 1));

    if (db == NGX_ERROR || db > NGX_CHAT_REDIS_DB_MAX) {
        return "takes the database as a number: redis://host:port/0";
    }

    redis->db = db;

    return NGX_CONF_OK;
}
