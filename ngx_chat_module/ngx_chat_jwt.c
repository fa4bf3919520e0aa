
/*
 * Checks a token and reads who it speaks of; knows nothing of requests.  The
 * header is looked at before libjwt sees the token, so that only a key whose
 * own algorithm the token names is ever tried; the choice of the key, the
 * times and the algorithm are not left to the library's habits.
 */

#include "ngx_chat_jwt.h"
#include "ngx_chat_jwt_key.h"
#include "chat_json_scan.h"

#include <jwt.h>
#include <openssl/err.h>


#define NGX_CHAT_TOKEN_HEADER_MAX  1024    /* decoded */
#define NGX_CHAT_CLAIM_MAX         128     /* role, sid */
#define NGX_CHAT_ALGORITHM_MAX     16
#define NGX_CHAT_KID_MAX           128


/* What a token's header says, not to be believed. */
typedef struct {
    u_char     algorithm[NGX_CHAT_ALGORITHM_MAX];
    size_t     algorithm_len;
    u_char     kid[NGX_CHAT_KID_MAX];
    size_t     kid_len;          /* 0: none */
} ngx_chat_token_header_t;


static ngx_int_t ngx_chat_jwt_header(ngx_str_t *token,
    ngx_chat_token_header_t *header);
static jwt_t *ngx_chat_jwt_decode(ngx_array_t *keys, ngx_str_t *token,
    ngx_pool_t *pool);
static const char *ngx_chat_jwt_check(ngx_chat_loc_conf_t *conf, jwt_t *jwt,
    ngx_chat_identity_t *who);
static ngx_int_t ngx_chat_jwt_time(jwt_t *jwt, const char *claim,
    time_t *value);
static ngx_uint_t ngx_chat_jwt_audience(jwt_t *jwt, ngx_str_t *audience);
static const char *ngx_chat_jwt_identity(ngx_chat_loc_conf_t *conf, jwt_t *jwt,
    ngx_pool_t *pool, ngx_chat_identity_t *who);
static ngx_int_t ngx_chat_jwt_claim(jwt_t *jwt, const char *claim,
    ngx_pool_t *pool, ngx_str_t *value);


ngx_int_t
ngx_chat_jwt_verify(ngx_chat_loc_conf_t *conf, ngx_str_t *token,
    ngx_pool_t *pool, ngx_chat_identity_t *who, const char **why)
{
    jwt_t  *jwt;

    ngx_memzero(who, sizeof(ngx_chat_identity_t));

    if (conf->jwt_keys == NULL) {
        *why = "no key is configured";
        return NGX_DECLINED;
    }

    jwt = ngx_chat_jwt_decode(conf->jwt_keys, token, pool);
    if (jwt == NULL) {
        *why = "invalid token";
        return NGX_DECLINED;
    }

    *why = ngx_chat_jwt_check(conf, jwt, who);

    if (*why == NULL) {
        *why = ngx_chat_jwt_identity(conf, jwt, pool, who);
    }

    jwt_free(jwt);

    if (*why) {
        ngx_memzero(who, sizeof(ngx_chat_identity_t));
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* NULL: no key of ours made this token's signature. */
static jwt_t *
ngx_chat_jwt_decode(ngx_array_t *keys, ngx_str_t *token, ngx_pool_t *pool)
{
    jwt_t                    *jwt;
    u_char                   *text;
    ngx_uint_t                i;
    ngx_chat_jwt_key_t      **key;
    ngx_chat_token_header_t   header;

    if (ngx_chat_jwt_header(token, &header) != NGX_OK) {
        return NULL;
    }

    text = ngx_pnalloc(pool, token->len + 1);
    if (text == NULL) {
        return NULL;
    }

    *ngx_cpymem(text, token->data, token->len) = '\0';
    key = keys->elts;

    for (i = 0; i < keys->nelts; i++) {

        if (key[i]->algorithm.len != header.algorithm_len
            || ngx_memcmp(key[i]->algorithm.data, header.algorithm,
                          header.algorithm_len) != 0)
        {
            continue;
        }

        if (header.kid_len && key[i]->kid.len
            && (header.kid_len != key[i]->kid.len
                || ngx_memcmp(key[i]->kid.data, header.kid, header.kid_len)
                   != 0))
        {
            continue;
        }

        if (jwt_decode(&jwt, (char *) text, key[i]->bytes.data,
                       (int) key[i]->bytes.len) != 0)
        {
            ERR_clear_error();   /* nginx would log it as a stale one */
            continue;
        }

        /* the library may read a header otherwise than we do */

        if (ngx_strcmp(jwt_alg_str(jwt_get_alg(jwt)), key[i]->algorithm.data)
            == 0)
        {
            return jwt;
        }

        jwt_free(jwt);
    }

    return NULL;
}


static ngx_int_t
ngx_chat_jwt_header(ngx_str_t *token, ngx_chat_token_header_t *header)
{
    u_char             *dot, bytes[NGX_CHAT_TOKEN_HEADER_MAX];
    ngx_str_t           in, out;
    chat_json_value_t   object, value;

    header->kid_len = 0;

    if (token->len > NGX_CHAT_HEADER_MAX) {
        return NGX_DECLINED;
    }

    dot = ngx_strlchr(token->data, token->data + token->len, '.');
    if (dot == NULL) {
        return NGX_DECLINED;
    }

    in.data = token->data;
    in.len = dot - token->data;
    out.data = bytes;

    if (ngx_base64_decoded_length(in.len) > sizeof(bytes)
        || ngx_decode_base64url(&out, &in) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (chat_json_check(ngx_chat_slice(out), &object) != CHAT_OK
        || object.type != CHAT_JSON_OBJECT
        || chat_json_member(object.text, chat_slice("alg"), &value) != CHAT_OK
        || chat_json_string(value, header->algorithm,
                            sizeof(header->algorithm), &header->algorithm_len)
           != CHAT_OK)
    {
        return NGX_DECLINED;
    }

    if (chat_json_member(object.text, chat_slice("kid"), &value) == CHAT_OK
        && chat_json_string(value, header->kid, sizeof(header->kid),
                            &header->kid_len) != CHAT_OK)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* NULL, or why a token with a good signature is not good now or here. */
static const char *
ngx_chat_jwt_check(ngx_chat_loc_conf_t *conf, jwt_t *jwt,
    ngx_chat_identity_t *who)
{
    time_t       now, nbf;
    const char  *issuer;

    now = ngx_time();

    if (ngx_chat_jwt_time(jwt, "exp", &who->exp) != NGX_OK
        || ngx_chat_jwt_time(jwt, "nbf", &nbf) != NGX_OK
        || ngx_chat_jwt_time(jwt, "iat", &who->iat) != NGX_OK)
    {
        return "token with a time that is no number";
    }

    if (who->exp && now >= who->exp + conf->jwt_leeway) {
        return "token expired";
    }

    if (nbf > now + conf->jwt_leeway) {
        return "token not valid yet";
    }

    if (conf->jwt_issuer.len) {
        issuer = jwt_get_grant(jwt, "iss");

        if (issuer == NULL
            || ngx_strcmp(issuer, conf->jwt_issuer.data) != 0)
        {
            return "token of another issuer";
        }
    }

    if (conf->jwt_audience.len
        && !ngx_chat_jwt_audience(jwt, &conf->jwt_audience))
    {
        return "token for another audience";
    }

    return NULL;
}


/* 0 if there is none.  A time that cannot be read must not count as none. */
static ngx_int_t
ngx_chat_jwt_time(jwt_t *jwt, const char *claim, time_t *value)
{
    ngx_set_errno(0);
    *value = jwt_get_grant_int(jwt, claim);

    if (ngx_errno == ENOENT) {
        *value = 0;
        return NGX_OK;
    }

    return (*value > 0) ? NGX_OK : NGX_DECLINED;
}


/* RFC 7519, 4.1.3: one string, or an array of them. */
static ngx_uint_t
ngx_chat_jwt_audience(jwt_t *jwt, ngx_str_t *audience)
{
    char               *text;
    size_t              at;
    ngx_uint_t          found;
    const char         *one;
    chat_json_value_t   array, value;

    one = jwt_get_grant(jwt, "aud");
    if (one) {
        return ngx_strcmp(one, audience->data) == 0;
    }

    text = jwt_get_grants_json(jwt, "aud");
    if (text == NULL) {
        return 0;
    }

    found = 0;
    at = 0;

    if (chat_json_check(chat_slice_of(text, ngx_strlen(text)), &array)
        == CHAT_OK && array.type == CHAT_JSON_ARRAY)
    {
        while (!found
               && chat_json_element(array.text, &at, &value) == CHAT_OK)
        {
            found = value.type == CHAT_JSON_STRING
                    && chat_json_name_is(chat_slice_of(value.text.data + 1,
                                                       value.text.len - 2),
                                         ngx_chat_slice(*audience));
        }
    }

    free(text);

    return found;
}


static const char *
ngx_chat_jwt_identity(ngx_chat_loc_conf_t *conf, jwt_t *jwt, ngx_pool_t *pool,
    ngx_chat_identity_t *who)
{
    const char  *uid;

    uid = jwt_get_grant(jwt, (char *) conf->jwt_claim.data);

    if (uid == NULL && ngx_strcmp(conf->jwt_claim.data, "sub") == 0) {
        uid = jwt_get_grant(jwt, "id");
    }

    if (uid == NULL) {
        return "token without a user's id";
    }

    who->uid.data = ngx_pnalloc(pool, CHAT_UID_MAX);
    if (who->uid.data == NULL) {
        return "no memory";
    }

    if (chat_uid_parse(chat_slice_of(uid, ngx_strlen(uid)),
                       (char *) who->uid.data, &who->uid.len) != CHAT_OK)
    {
        return "token with a strange user's id";
    }

    if (ngx_chat_jwt_claim(jwt, "role", pool, &who->role) != NGX_OK
        || ngx_chat_jwt_claim(jwt, "sid", pool, &who->token_session) != NGX_OK)
    {
        return "token with a strange claim";
    }

    return NULL;
}


/* A plain text that can stand in a job's header; none is none. */
static ngx_int_t
ngx_chat_jwt_claim(jwt_t *jwt, const char *claim, ngx_pool_t *pool,
    ngx_str_t *value)
{
    ngx_uint_t   i;
    ngx_str_t    text;
    const char  *grant;

    grant = jwt_get_grant(jwt, claim);
    if (grant == NULL) {
        return NGX_OK;
    }

    text.data = (u_char *) grant;
    text.len = ngx_strlen(grant);

    if (text.len > NGX_CHAT_CLAIM_MAX) {
        return NGX_DECLINED;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return NGX_DECLINED;
        }
    }

    value->data = ngx_pstrdup(pool, &text);
    value->len = text.len;

    return value->data ? NGX_OK : NGX_DECLINED;
}
