
/*
 * Identities on the heap.  The handshake makes one of the request's token, a
 * CONNECT one of its own, `authenticate` a fresh one; jobs carry it as
 * headers.  What makes a token good is ngx_chat_jwt.c's business.
 */

#include "ngx_chat_socket_claims.h"
#include "ngx_chat_jwt.h"


#define NGX_CHAT_CLAIMS_POOL     1024
#define NGX_CHAT_CLAIMS_LIFE_S   86400     /* looked at once a day at least */


ngx_chat_claims_t  ngx_chat_claims_nobody = { .shared = 1 };


/* Its length, and only bytes that a header of a job may have. */
static ngx_uint_t
ngx_chat_claim_fits(ngx_str_t claim)
{
    size_t  i;

    for (i = 0; i < claim.len; i++) {

        if (claim.data[i] < 0x20 || claim.data[i] == 0x7f) {
            return 0;
        }
    }

    return claim.len <= NGX_CHAT_CLAIM_MAX;
}


ngx_chat_claims_t *
ngx_chat_claims_create(const ngx_chat_identity_t *who)
{
    u_char             *p;
    ngx_chat_claims_t  *claims;

    if (who->uid.len > CHAT_UID_MAX || !ngx_chat_claim_fits(who->role)
        || !ngx_chat_claim_fits(who->token_session))
    {
        return NULL;
    }

    claims = ngx_alloc(sizeof(ngx_chat_claims_t) + who->uid.len
                       + who->role.len + who->token_session.len,
                       ngx_cycle->log);
    if (claims == NULL) {
        return NULL;
    }

    claims->iat = who->iat;
    claims->exp = who->exp;
    claims->uid_len = (uint8_t) who->uid.len;
    claims->role_len = (uint8_t) who->role.len;
    claims->session_len = (uint8_t) who->token_session.len;
    claims->shared = 0;

    p = ngx_cpymem(claims->data, who->uid.data, who->uid.len);

    if (who->role.len) {
        p = ngx_cpymem(p, who->role.data, who->role.len);
    }

    if (who->token_session.len) {
        ngx_memcpy(p, who->token_session.data, who->token_session.len);
    }

    return claims;
}


ngx_chat_claims_t *
ngx_chat_claims_verify(ngx_chat_loc_conf_t *conf, chat_slice_t token,
    const char **why)
{
    ngx_str_t             text;
    ngx_pool_t           *pool;
    ngx_chat_claims_t    *claims;
    ngx_chat_identity_t   who;

    *why = "The token cannot be used";

    pool = ngx_create_pool(NGX_CHAT_CLAIMS_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    claims = NULL;
    text.len = token.len;
    text.data = ngx_pnalloc(pool, token.len + 1);

    if (text.data) {
        *ngx_cpymem(text.data, token.data, token.len) = '\0';
        ngx_memzero(&who, sizeof(ngx_chat_identity_t));

        if (ngx_chat_jwt_verify(conf, &text, pool, &who, why) == NGX_OK) {
            claims = ngx_chat_claims_create(&who);
        }
    }

    ngx_destroy_pool(pool);

    return claims;
}


void
ngx_chat_claims_drop(ngx_chat_claims_t **claims)
{
    if (*claims && !(*claims)->shared) {
        ngx_free(*claims);
    }

    *claims = NULL;
}


ngx_str_t
ngx_chat_claims_uid(const ngx_chat_claims_t *claims)
{
    ngx_str_t  uid;

    uid.len = claims->uid_len;
    uid.data = (u_char *) claims->data;

    return uid;
}


ngx_str_t
ngx_chat_claims_session(const ngx_chat_claims_t *claims)
{
    ngx_str_t  session;

    session.len = claims->session_len;
    session.data = (u_char *) claims->data + claims->uid_len
                   + claims->role_len;
    return session;
}


ngx_uint_t
ngx_chat_claims_expired(const ngx_chat_claims_t *claims,
    const ngx_chat_loc_conf_t *conf)
{
    return claims->exp && ngx_time() >= claims->exp + conf->jwt_leeway;
}


ngx_msec_t
ngx_chat_claims_life(const ngx_chat_claims_t *claims,
    const ngx_chat_loc_conf_t *conf)
{
    time_t  left;

    if (claims->exp == 0) {
        return 0;
    }

    left = claims->exp + conf->jwt_leeway - ngx_time();
    left = ngx_max(left, 0);

    return (ngx_msec_t) ngx_min(left, NGX_CHAT_CLAIMS_LIFE_S) * 1000 + 1;
}


void
ngx_chat_claims_headers(const ngx_chat_claims_t *claims,
    ngx_chat_claims_text_t *text, chat_envelope_t *envelope)
{
    u_char        *p;
    chat_slice_t  *h;

    h = envelope->headers;

    if (claims->uid_len) {
        h[CHAT_H_UID] = chat_slice_of(claims->data, claims->uid_len);
    }

    if (claims->role_len) {
        h[CHAT_H_ROLE] = chat_slice_of(claims->data + claims->uid_len,
                                       claims->role_len);
    }

    if (claims->session_len) {
        h[CHAT_H_TOKEN_SESSION] = chat_slice_of(claims->data + claims->uid_len
                                                + claims->role_len,
                                                claims->session_len);
    }

    if (claims->iat) {
        p = ngx_sprintf(text->iat, "%T", claims->iat);
        h[CHAT_H_IAT] = chat_slice_of(text->iat, (size_t) (p - text->iat));
    }

    if (claims->exp) {
        p = ngx_sprintf(text->exp, "%T", claims->exp);
        h[CHAT_H_EXP] = chat_slice_of(text->exp, (size_t) (p - text->exp));
    }
}
