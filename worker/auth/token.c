
/*
 * Signing with libjwt and drawing refresh tokens; called by handlers/grant.c.
 * Nothing is verified here: the module has checked a token before its job was
 * made.  Time is an input.
 */


#include "token.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>


static const struct {
    const char  *name;
    jwt_alg_t    alg;
} token_algorithms[] = {
    { "HS256", JWT_ALG_HS256 },
    { "HS384", JWT_ALG_HS384 },
    { "HS512", JWT_ALG_HS512 },
    { "RS256", JWT_ALG_RS256 },
    { "RS384", JWT_ALG_RS384 },
    { "RS512", JWT_ALG_RS512 },
    { "ES256", JWT_ALG_ES256 },
    { "ES384", JWT_ALG_ES384 },
    { "ES512", JWT_ALG_ES512 },
};


/* Never JWT_ALG_NONE. */
static bool
token_algorithm(const char *name, jwt_alg_t *alg)
{
    size_t  i;

    for (i = 0; i < sizeof(token_algorithms) / sizeof(token_algorithms[0]); i++)
    {
        if (strcmp(name, token_algorithms[i].name) == 0) {
            *alg = token_algorithms[i].alg;
            return true;
        }
    }

    return false;
}


static bool
token_fill(jwt_t *jwt, const config_t *config, const token_claims_t *claims)
{
    int        failed;
    jwt_alg_t  alg;

    if (!token_algorithm(config->jwt_algorithm, &alg)) {
        return false;
    }

    failed = jwt_add_grant(jwt, "sub", claims->uid);
    failed |= jwt_add_grant(jwt, "id", claims->uid);
    failed |= jwt_add_grant(jwt, "role", claims->role);
    failed |= jwt_add_grant(jwt, "sid", claims->session);
    failed |= jwt_add_grant_int(jwt, "iat", claims->issued_at_s);
    failed |= jwt_add_grant_int(jwt, "exp",
                                claims->issued_at_s + config->token_ttl_s);

    if (config->jwt_issuer != NULL) {
        failed |= jwt_add_grant(jwt, "iss", config->jwt_issuer);
    }

    if (config->jwt_kid != NULL) {
        failed |= jwt_add_header(jwt, "kid", config->jwt_kid);
    }

    failed |= jwt_set_alg(jwt, alg, (const unsigned char *) config->jwt_key,
                          (int) strlen(config->jwt_key));

    return failed == 0;
}


const char *
token_sign(const config_t *config, pool_t *pool, const token_claims_t *claims)
{
    char   *text, *copy;
    jwt_t  *jwt;

    if (jwt_new(&jwt) != 0) {
        return NULL;
    }

    copy = NULL;
    text = token_fill(jwt, config, claims) ? jwt_encode_str(jwt) : NULL;

    if (text != NULL) {
        copy = pool_strndup(pool, text, strlen(text));
        free(text);

    } else {
        log_error("token: cannot sign with %s: does jwt_key fit it?",
                  config->jwt_algorithm);
    }

    jwt_free(jwt);

    return copy;
}


/* RFC 4648, 5, without padding: 32 bytes are 43 characters. */
static void
token_base64url(const uint8_t bytes[32], char out[TOKEN_SECRET_LEN + 1])
{
    size_t          i;
    unsigned char   padded[TOKEN_SECRET_LEN + 2];

    EVP_EncodeBlock(padded, bytes, 32);

    for (i = 0; i < TOKEN_SECRET_LEN; i++) {
        out[i] = (padded[i] == '+') ? '-'
                 : (padded[i] == '/') ? '_' : (char) padded[i];
    }

    out[TOKEN_SECRET_LEN] = '\0';
}


bool
token_secret(char secret[TOKEN_SECRET_LEN + 1], char hash[TOKEN_HASH_LEN + 1])
{
    uint8_t  random[32];

    if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
        return false;
    }

    token_base64url(random, secret);
    token_hash(chat_slice_of(secret, TOKEN_SECRET_LEN), hash);

    return true;
}


void
token_hash(chat_slice_t secret, char hash[TOKEN_HASH_LEN + 1])
{
    size_t             i;
    uint8_t            sum[SHA256_DIGEST_LENGTH];
    static const char  hex[] = "0123456789abcdef";

    if (SHA256(secret.data, secret.len, sum) == NULL) {
        abort();
    }

    for (i = 0; i < sizeof(sum); i++) {
        hash[2 * i] = hex[sum[i] >> 4];
        hash[2 * i + 1] = hex[sum[i] & 0x0f];
    }

    hash[TOKEN_HASH_LEN] = '\0';
}
