
/*
 * chat_jwt_key: reads a key and makes sure at configuration time that it fits
 * its algorithm, because a mismatch found later is found by a stranger: an RSA
 * public key taken for an HS secret lets everybody sign.
 */

#include "ngx_chat_jwt_key.h"
#include "ngx_chat_jwt.h"

#include <openssl/err.h>
#include <openssl/pem.h>


#define NGX_CHAT_JWT_KEY_MAX      16384    /* bytes of a key's file */
#define NGX_CHAT_JWT_SECRET_MIN   32       /* RFC 7518, 3.2, for HS256 */
#define NGX_CHAT_JWT_RSA_BITS     2048     /* RFC 7518, 3.3 */


/* `bits`: the curve's, or the least of RSA; type 0: a secret. */
typedef struct {
    ngx_str_t    name;
    int          type;
    int          bits;
} ngx_chat_jwt_algorithm_t;


static const ngx_chat_jwt_algorithm_t  ngx_chat_jwt_algorithms[] = {
    { ngx_string("HS256"), 0, 0 },
    { ngx_string("HS384"), 0, 0 },
    { ngx_string("HS512"), 0, 0 },
    { ngx_string("RS256"), EVP_PKEY_RSA, NGX_CHAT_JWT_RSA_BITS },
    { ngx_string("RS384"), EVP_PKEY_RSA, NGX_CHAT_JWT_RSA_BITS },
    { ngx_string("RS512"), EVP_PKEY_RSA, NGX_CHAT_JWT_RSA_BITS },
    { ngx_string("ES256"), EVP_PKEY_EC, 256 },
    { ngx_string("ES384"), EVP_PKEY_EC, 384 },
    { ngx_string("ES512"), EVP_PKEY_EC, 521 }
};


static char *ngx_chat_jwt_key_read(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *bytes);
static const ngx_chat_jwt_algorithm_t *ngx_chat_jwt_algorithm(
    ngx_str_t *name);
static char *ngx_chat_jwt_key_check(ngx_str_t *bytes,
    const ngx_chat_jwt_algorithm_t *algorithm);
static char *ngx_chat_jwt_key_check_public(EVP_PKEY *key,
    const ngx_chat_jwt_algorithm_t *algorithm);


char *
ngx_chat_jwt_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_loc_conf_t *clcf = conf;

    char                            *rv;
    ngx_str_t                       *value;
    ngx_chat_jwt_key_t             **pkey, *key;
    const ngx_chat_jwt_algorithm_t  *algorithm;

    value = cf->args->elts;

    algorithm = ngx_chat_jwt_algorithm(&value[1]);

    if (algorithm == NULL) {
        return "knows the algorithms HS256, HS384, HS512, RS256, RS384, RS512,"
               " ES256, ES384 and ES512";
    }

    key = ngx_pcalloc(cf->pool, sizeof(ngx_chat_jwt_key_t));
    if (key == NULL) {
        return NGX_CONF_ERROR;
    }

    key->algorithm = algorithm->name;

    if (cf->args->nelts == 4) {
        if (ngx_strncmp(value[3].data, "kid=", 4) != 0 || value[3].len == 4) {
            return "takes an algorithm, a file, and kid=<id>";
        }

        key->kid.len = value[3].len - 4;
        key->kid.data = value[3].data + 4;
    }

    rv = ngx_chat_jwt_key_read(cf, &value[2], &key->bytes);

    if (rv == NGX_CONF_OK) {
        rv = ngx_chat_jwt_key_check(&key->bytes, algorithm);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (clcf->jwt_keys == NULL) {
        clcf->jwt_keys = ngx_array_create(cf->pool, 2,
                                          sizeof(ngx_chat_jwt_key_t *));
        if (clcf->jwt_keys == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    pkey = ngx_array_push(clcf->jwt_keys);
    if (pkey == NULL) {
        return NGX_CONF_ERROR;
    }

    *pkey = key;

    return NGX_CONF_OK;
}


static const ngx_chat_jwt_algorithm_t *
ngx_chat_jwt_algorithm(ngx_str_t *name)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_countof(ngx_chat_jwt_algorithms); i++) {
        if (ngx_strcmp(name->data, ngx_chat_jwt_algorithms[i].name.data) == 0)
        {
            return &ngx_chat_jwt_algorithms[i];
        }
    }

    return NULL;
}


/* The file without white space at its end: editors put it there. */
static char *
ngx_chat_jwt_key_read(ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *bytes)
{
    ssize_t     n;
    u_char     *p;
    ngx_file_t  file;

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *name;
    file.log = cf->log;

    file.fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "chat_jwt_key: " ngx_open_file_n " \"%V\" failed",
                           name);
        return NGX_CONF_ERROR;
    }

    p = ngx_pcalloc(cf->pool, NGX_CHAT_JWT_KEY_MAX + 1);
    if (p == NULL) {
        n = NGX_ERROR;

    } else {
        n = ngx_read_file(&file, p, NGX_CHAT_JWT_KEY_MAX, 0);
    }

    if (ngx_close_file(file.fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", name);
    }

    if (n == NGX_ERROR) {
        return "could not read the key";
    }

    if (n == NGX_CHAT_JWT_KEY_MAX) {
        return "was given a file that is too long for a key";
    }

    while (n && (p[n - 1] == '\n' || p[n - 1] == '\r' || p[n - 1] == ' ')) {
        p[--n] = '\0';
    }

    bytes->len = n;
    bytes->data = p;

    return NGX_CONF_OK;
}


static char *
ngx_chat_jwt_key_check(ngx_str_t *bytes,
    const ngx_chat_jwt_algorithm_t *algorithm)
{
    BIO       *bio;
    char      *rv;
    EVP_PKEY  *key;

    if (algorithm->type == 0) {

        if (ngx_strnstr(bytes->data, "-----BEGIN ", bytes->len)) {
            return "was given a PEM file for an HS algorithm, which takes"
                   " a secret";
        }

        return (bytes->len < NGX_CHAT_JWT_SECRET_MIN)
               ? "was given a secret of less than 32 bytes" : NGX_CONF_OK;
    }

    bio = BIO_new_mem_buf(bytes->data, (int) bytes->len);
    if (bio == NULL) {
        return NGX_CONF_ERROR;
    }

    key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);

    rv = ngx_chat_jwt_key_check_public(key, algorithm);

    EVP_PKEY_free(key);
    ERR_clear_error();           /* nginx would log it as a stale one */

    return rv;
}


static char *
ngx_chat_jwt_key_check_public(EVP_PKEY *key,
    const ngx_chat_jwt_algorithm_t *algorithm)
{
    if (key == NULL) {
        return "needs a public key in PEM (\"BEGIN PUBLIC KEY\") for this"
               " algorithm";
    }

    if (EVP_PKEY_base_id(key) != algorithm->type) {
        return "was given a key of another kind than its algorithm's";
    }

    if (algorithm->type == EVP_PKEY_RSA
        && EVP_PKEY_bits(key) < algorithm->bits)
    {
        return "was given an RSA key of less than 2048 bits";
    }

    if (algorithm->type == EVP_PKEY_EC
        && EVP_PKEY_bits(key) != algorithm->bits)
    {
        return "was given a key on another curve than its algorithm's";
    }

    return NGX_CONF_OK;
}
