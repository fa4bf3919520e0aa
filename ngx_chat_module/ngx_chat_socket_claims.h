
/*
 * What a verified token says, kept in one small block: a socket's identity.
 */

#ifndef NGX_CHAT_SOCKET_CLAIMS_H
#define NGX_CHAT_SOCKET_CLAIMS_H


#include "ngx_chat.h"
#include "chat_envelope.h"


#define NGX_CHAT_CLAIM_MAX  255      /* bytes of role and token-session */


typedef struct {
    time_t    iat;
    time_t    exp;                   /* 0: never */
    uint8_t   uid_len;
    uint8_t   role_len;
    uint8_t   session_len;
    uint8_t   shared;                /* 1: not one socket's own */
    u_char    data[];                /* uid, role, token-session */
} ngx_chat_claims_t;


/* The decimal numbers that the headers of an envelope point to. */
typedef struct {
    u_char    iat[NGX_TIME_T_LEN];
    u_char    exp[NGX_TIME_T_LEN];
} ngx_chat_claims_text_t;


/* Of who brings no token where none is needed: no uid, never expires. */
extern ngx_chat_claims_t  ngx_chat_claims_nobody;


/* NULL: no memory, or a claim is too long. */
ngx_chat_claims_t *ngx_chat_claims_create(const ngx_chat_identity_t *who);

/* NULL: the token is no good; *why for the client. */
ngx_chat_claims_t *ngx_chat_claims_verify(ngx_chat_loc_conf_t *conf,
    chat_slice_t token, const char **why);

/* Forgets a socket's claims (NULL: none); shared ones stay. */
void ngx_chat_claims_drop(ngx_chat_claims_t **claims);

/* len 0: nobody's. */
ngx_str_t ngx_chat_claims_uid(const ngx_chat_claims_t *claims);

/* The token's session; len 0: none. */
ngx_str_t ngx_chat_claims_session(const ngx_chat_claims_t *claims);

/* True if the token must not be used any more. */
ngx_uint_t ngx_chat_claims_expired(const ngx_chat_claims_t *claims,
    const ngx_chat_loc_conf_t *conf);

/* Milliseconds until then; 0: never. */
ngx_msec_t ngx_chat_claims_life(const ngx_chat_claims_t *claims,
    const ngx_chat_loc_conf_t *conf);

/* Sets uid, role, iat, exp and token-session; of nobody's none. */
void ngx_chat_claims_headers(const ngx_chat_claims_t *claims,
    ngx_chat_claims_text_t *text, chat_envelope_t *envelope);


#endif /* NGX_CHAT_SOCKET_CLAIMS_H */
