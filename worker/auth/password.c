
/*
 * bcrypt by libxcrypt, called by the handlers of lane `auth`: slow on purpose.
 * Knows nothing of users.  A password is wiped from the working memory that
 * libxcrypt was given.
 */


#include "password.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>


#define PASSWORD_SALT_BYTES  16


/* Constant time: neither length nor content of a hash is to be guessed. */
static bool
password_equal(const char *a, const char *b, size_t n)
{
    size_t   i;
    uint8_t  differ;

    differ = 0;

    for (i = 0; i < n; i++) {
        differ |= (uint8_t) (a[i] ^ b[i]);
    }

    return differ == 0;
}


bool
password_hash(const char *password, uint32_t cost,
    char hash[PASSWORD_HASH_MAX])
{
    char               *done, random[PASSWORD_SALT_BYTES];
    char                setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data   data;

    if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
        return false;
    }

    if (crypt_gensalt_rn("$2b$", cost, random, sizeof(random), setting,
                         sizeof(setting))
        == NULL)
    {
        return false;
    }

    memset(&data, 0, sizeof(data));

    done = crypt_rn(password, setting, &data, sizeof(data));

    if (done != NULL && strlen(done) < PASSWORD_HASH_MAX) {
        memcpy(hash, done, strlen(done) + 1);

    } else {
        done = NULL;
    }

    explicit_bzero(&data, sizeof(data));

    return done != NULL;
}


bool
password_matches(const char *password, const char *hash)
{
    bool                same;
    char               *done;
    struct crypt_data   data;

    if (strncmp(hash, "$2a$", 4) != 0 && strncmp(hash, "$2b$", 4) != 0
        && strncmp(hash, "$2y$", 4) != 0)
    {
        return false;
    }

    memset(&data, 0, sizeof(data));

    done = crypt_rn(password, hash, &data, sizeof(data));

    same = done != NULL && strlen(done) == strlen(hash)
           && password_equal(done, hash, strlen(hash));

    explicit_bzero(&data, sizeof(data));

    return same;
}


void
password_waste(const char *password, uint32_t cost)
{
    char  hash[PASSWORD_HASH_MAX];

    /* Any salt and any sum of the right form. */

    snprintf(hash, sizeof(hash), "$2b$%02u$%s%s", cost % 100,
             "abcdefghijklmnopqrstuu", "abcdefghijklmnopqrstuvwxyzABCDE");

    if (password_matches(password, hash)) {
        explicit_bzero(hash, sizeof(hash));
    }
}
