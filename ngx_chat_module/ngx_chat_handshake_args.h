
/*
 * The parameters of an Engine.IO request's query.
 */

#ifndef NGX_CHAT_HANDSHAKE_ARGS_H
#define NGX_CHAT_HANDSHAKE_ARGS_H


#include "ngx_chat.h"


#define NGX_CHAT_ARG_MAX   64        /* bytes of a parameter we know */


/* A parameter's decoded value; len 0: absent or empty. */
typedef struct {
    size_t   len;
    u_char   data[NGX_CHAT_ARG_MAX];
} ngx_chat_arg_t;


/*
 * The last of that name, percent-decoded.  A value that is too long is cut,
 * and equal to none that we know.
 */
void ngx_chat_arg_find(ngx_str_t args, const char *name, ngx_chat_arg_t *arg);

static ngx_inline ngx_uint_t
ngx_chat_arg_is(const ngx_chat_arg_t *arg, const char *value)
{
    return arg->len == ngx_strlen(value)
           && ngx_memcmp(arg->data, value, arg->len) == 0;
}


#endif /* NGX_CHAT_HANDSHAKE_ARGS_H */
