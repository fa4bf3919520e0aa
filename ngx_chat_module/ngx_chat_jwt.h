
/*
 * Tokens.  Only ngx_chat_jwt.c knows libjwt, whose traps are closed here: the
 * algorithm is the key's, never the token's; exp and nbf are looked at.
 */

#ifndef NGX_CHAT_JWT_H
#define NGX_CHAT_JWT_H


#include "ngx_chat.h"


/* chat_jwt_key alg file [kid=…]; the setter, says what is wrong with it. */
char *ngx_chat_jwt_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * NGX_OK: `who` is filled in.  NGX_DECLINED: bad, expired, wrong signature,
 * wrong algorithm, no usable claim; *why (static text) for the log and the
 * client.
 */
ngx_int_t ngx_chat_jwt_verify(ngx_chat_loc_conf_t *conf, ngx_str_t *token,
    ngx_pool_t *pool, ngx_chat_identity_t *who, const char **why);

/*
 * Finds the token of a request, Authorization first, then the cookie, and
 * verifies it as chat_auth of the location says.  NGX_OK (who->uid.len 0 if
 * nobody, where that is allowed), NGX_HTTP_UNAUTHORIZED, or
 * NGX_HTTP_FORBIDDEN (a write with a cookie from a foreign origin).
 */
ngx_int_t ngx_chat_jwt_request(ngx_http_request_t *r,
    ngx_chat_identity_t *who, const char **why);

/* What is known of a request, made on first use; NULL: no memory. */
ngx_chat_request_t *ngx_chat_request(ngx_http_request_t *r);

/* The bare token that a request carries, not verified; len 0: none. */
ngx_str_t ngx_chat_jwt_find(ngx_http_request_t *r);


#endif /* NGX_CHAT_JWT_H */
