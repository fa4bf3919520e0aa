
/*
 * Looking up a parameter as Node's Engine.IO does: names and values are
 * percent-decoded and case-sensitive, of duplicates the last counts.
 */

#include "ngx_chat_handshake_args.h"


static void ngx_chat_arg_unescape(u_char *p, u_char *last,
    ngx_chat_arg_t *arg);


void
ngx_chat_arg_find(ngx_str_t args, const char *name, ngx_chat_arg_t *arg)
{
    size_t           name_len;
    u_char          *p, *last, *end, *value;
    ngx_chat_arg_t   decoded;

    arg->len = 0;
    name_len = ngx_strlen(name);
    last = args.data + args.len;

    for (p = args.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;

        value = ngx_strlchr(p, end, '=');

        ngx_chat_arg_unescape(p, value ? value : end, &decoded);

        if (decoded.len == name_len
            && ngx_memcmp(decoded.data, name, name_len) == 0)
        {
            ngx_chat_arg_unescape(value ? value + 1 : end, end, arg);
        }
    }
}


static void
ngx_chat_arg_unescape(u_char *p, u_char *last, ngx_chat_arg_t *arg)
{
    u_char   raw[NGX_CHAT_ARG_MAX * 3];
    u_char  *dst, *src;
    size_t   n;

    n = (size_t) (last - p);

    if (n > sizeof(raw)) {
        arg->len = NGX_CHAT_ARG_MAX;
        ngx_memzero(arg->data, sizeof(arg->data));
        return;
    }

    dst = raw;
    src = p;
    ngx_unescape_uri(&dst, &src, n, 0);

    arg->len = ngx_min((size_t) (dst - raw), sizeof(arg->data));
    ngx_memcpy(arg->data, raw, arg->len);
}
