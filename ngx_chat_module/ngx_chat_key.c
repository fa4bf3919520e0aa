
/*
 * Keys of the counts and buckets in the shared zone: digests, so that they are
 * of one size whatever they stand for, and nobody can choose two names that
 * are counted as one.
 */

#include "ngx_chat_key.h"

#include <ngx_inet.h>
#include <ngx_sha1.h>


#define NGX_CHAT_KEY_NETWORK_LEN  8      /* bytes of an IPv6 address */


void
ngx_chat_key(chat_key_t *key, ngx_str_t kind, ngx_str_t name)
{
    u_char      digest[20];
    ngx_sha1_t  sha1;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, kind.data, kind.len);
    ngx_sha1_update(&sha1, "", 1);
    ngx_sha1_update(&sha1, name.data, name.len);
    ngx_sha1_final(digest, &sha1);

    ngx_memcpy(key->bytes, digest, CHAT_KEY_LEN);
}


void
ngx_chat_key_address(chat_key_t *key, ngx_str_t kind, ngx_str_t address)
{
#if (NGX_HAVE_INET6)

    ngx_str_t        network;
    struct in6_addr  in6;

    if (ngx_inet6_addr(address.data, address.len, in6.s6_addr) == NGX_OK) {
        network.data = in6.s6_addr;
        network.len = IN6_IS_ADDR_V4MAPPED(&in6) ? sizeof(in6)
                                                 : NGX_CHAT_KEY_NETWORK_LEN;
        ngx_chat_key(key, kind, network);
        return;
    }

#endif

    ngx_chat_key(key, kind, address);
}
