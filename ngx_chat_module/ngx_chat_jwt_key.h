
/*
 * A key that tokens are checked with: what chat_jwt_key was given, made sure
 * of.  For ngx_chat_jwt.c alone.
 */

#ifndef NGX_CHAT_JWT_KEY_H
#define NGX_CHAT_JWT_KEY_H


#include "ngx_chat.h"


struct ngx_chat_jwt_key_s {
    ngx_str_t    algorithm;      /* "HS256"; never another for this key */
    ngx_str_t    kid;            /* len 0: none */
    ngx_str_t    bytes;          /* a secret, or a public key as PEM */
};


#endif /* NGX_CHAT_JWT_KEY_H */
