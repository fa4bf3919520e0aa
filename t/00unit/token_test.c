
/*
 * Tokens as the module will see them, checked with OpenSSL alone; refresh
 * tokens and their hashes.
 *
 * links: worker/auth/token.c worker/pool.c worker/log.c -ljwt
 */

#include "tap.h"
#include "auth/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>


#define KEY  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const token_claims_t  claims = {
    "507f1f77bcf86cd799439011", "member", "507f191e810c19729de860ea", 1700000000
};


/* base64url of n bytes to `out`, NUL behind it; the length. */
static size_t
decode(const char *p, size_t n, char *out)
{
    int     len;
    char    padded[4096];
    size_t  i;

    for (i = 0; i < n; i++) {
        padded[i] = (p[i] == '-') ? '+' : (p[i] == '_') ? '/' : p[i];
    }

    for ( /* void */ ; i % 4 != 0; i++) {
        padded[i] = '=';
    }

    len = EVP_DecodeBlock((unsigned char *) out, (unsigned char *) padded,
                          (int) i);
    len -= (int) (i - n);
    out[len] = '\0';

    return (size_t) len;
}


static void
check_claims(const char *token)
{
    char         text[4096];
    size_t       i;
    const char  *dot, *last;
    static const char  *const expected[] = {
        "\"sub\":\"507f1f77bcf86cd799439011\"",
        "\"id\":\"507f1f77bcf86cd799439011\"",
        "\"role\":\"member\"",
        "\"sid\":\"507f191e810c19729de860ea\"",
        "\"iat\":1700000000",
        "\"exp\":1700000900",
        "\"iss\":\"chat\"",
    };

    dot = strchr(token, '.');
    last = strrchr(token, '.');
    decode(dot + 1, (size_t) (last - dot - 1), text);

    for (i = 0; i < countof(expected); i++) {
        tap_ok(strstr(text, expected[i]) != NULL, expected[i]);
    }

    decode(token, (size_t) (dot - token), text);
    tap_ok(strstr(text, "\"kid\":\"k1\"") != NULL, "the key's id");
}


static void
check_hmac(config_t *config, pool_t *pool, const char *name,
    const EVP_MD *digest)
{
    char            sum[4096];
    size_t          len;
    unsigned        n;
    const char     *token, *last;
    unsigned char   expected[EVP_MAX_MD_SIZE];

    config->jwt_algorithm = (char *) name;
    token = token_sign(config, pool, &claims);

    if (!tap_ok(token != NULL, name)) {
        return;
    }

    check_claims(token);

    last = strrchr(token, '.');
    len = decode(last + 1, strlen(last + 1), sum);
    HMAC(digest, KEY, sizeof(KEY) - 1, (const unsigned char *) token,
         (size_t) (last - token), expected, &n);
    tap_is_mem(sum, len, expected, n, "signed with the key");
}


static char *
private_pem(EVP_PKEY *key)
{
    BIO   *bio;
    char  *data, *text;
    long   n;

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    n = BIO_get_mem_data(bio, &data);
    text = calloc(1, (size_t) n + 1);
    memcpy(text, data, (size_t) n);
    BIO_free(bio);

    return text;
}


static void
check_rsa(config_t *config, pool_t *pool)
{
    char         sum[4096];
    size_t       len;
    EVP_PKEY    *key;
    EVP_MD_CTX  *md;
    const char  *token, *last;

    key = EVP_RSA_gen(2048);
    config->jwt_algorithm = (char *) "RS256";
    config->jwt_key = private_pem(key);
    token = token_sign(config, pool, &claims);

    if (tap_ok(token != NULL, "RS256")) {
        last = strrchr(token, '.');
        len = decode(last + 1, strlen(last + 1), sum);
        md = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key);
        tap_is_int(EVP_DigestVerify(md, (unsigned char *) sum, len,
                                    (const unsigned char *) token,
                                    (size_t) (last - token)),
                   1, "signed with the private key");
        EVP_MD_CTX_free(md);
    }

    free(config->jwt_key);
    EVP_PKEY_free(key);
}


static void
check_ec(config_t *config, pool_t *pool)
{
    char         sum[4096];
    EVP_PKEY    *key;
    const char  *token, *last;

    key = EVP_EC_gen("P-256");
    config->jwt_algorithm = (char *) "ES256";
    config->jwt_key = private_pem(key);
    token = token_sign(config, pool, &claims);

    if (tap_ok(token != NULL, "ES256")) {
        last = strrchr(token, '.');
        tap_is_int((int64_t) decode(last + 1, strlen(last + 1), sum), 64,
                   "a signature of two numbers (RFC 7518, 3.4)");
    }

    free(config->jwt_key);
    EVP_PKEY_free(key);
}


static void
check_refusals(config_t *config, pool_t *pool)
{
    config->jwt_key = (char *) KEY;
    config->jwt_algorithm = (char *) "none";
    tap_ok(token_sign(config, pool, &claims) == NULL,
           "never without signature");

    config->jwt_algorithm = (char *) "RS256";
    tap_ok(token_sign(config, pool, &claims) == NULL,
           "a key that does not fit the algorithm");
}


static void
check_refresh(void)
{
    char  a[TOKEN_SECRET_LEN + 1], b[TOKEN_SECRET_LEN + 1];
    char  ha[TOKEN_HASH_LEN + 1], hb[TOKEN_HASH_LEN + 1];

    tap_ok(token_secret(a, ha) && token_secret(b, hb), "two refresh tokens");
    tap_ok(strcmp(a, b) != 0 && strcmp(ha, hb) != 0, "differ");
    tap_is_int((int64_t) strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                   "pqrstuvwxyz0123456789-_"),
               TOKEN_SECRET_LEN, "written in base64url");

    token_hash(chat_slice_of(a, TOKEN_SECRET_LEN), hb);
    tap_is_str(hb, ha, "what a client presents has the hash that was kept");

    token_hash(chat_slice("abc"), hb);
    tap_is_str(hb, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
                   "f20015ad", "SHA-256");
}


int
main(void)
{
    pool_t    *pool;
    config_t   config;

    pool = pool_create();
    memset(&config, 0, sizeof(config));
    config.jwt_key = (char *) KEY;
    config.jwt_issuer = (char *) "chat";
    config.jwt_kid = (char *) "k1";
    config.token_ttl_s = 900;

    check_hmac(&config, pool, "HS256", EVP_sha256());
    check_hmac(&config, pool, "HS384", EVP_sha384());
    check_hmac(&config, pool, "HS512", EVP_sha512());
    check_rsa(&config, pool);
    check_ec(&config, pool);
    check_refusals(&config, pool);
    check_refresh();

    pool_destroy(&pool);

    return tap_done();
}
