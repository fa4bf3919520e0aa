
/*
 * bcrypt: our hashes, those of other programs, and what is none.
 *
 * links: worker/auth/password.c -lcrypt
 */

#include "tap.h"
#include "auth/password.h"

#include <time.h>

#define COST  5


static const struct {
    const char  *hash;
    const char  *name;
} others[] = {                   /* of "U*U", from Openwall's tests */
    { "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2a$" },
    { "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2y$" },
    { "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2b$" },
};

static const struct {
    const char  *hash;
    const char  *name;
} none[] = {
    { "", "nothing" },
    { "U*U", "the password itself" },
    { "$2b$05$", "a setting cut short" },
    { "$1$abc$def", "another method" },
    { "*0", "what a failed hash is" },
};


static double
cpu_ms(void)
{
    return (double) clock() * 1000 / CLOCKS_PER_SEC;
}


int
main(void)
{
    char    hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];
    size_t  i;
    double  match, waste;

    tap_ok(password_hash("secret", COST, hash), "a password is hashed");
    tap_is_mem(hash, 7, "$2b$05$", 7, "as bcrypt, of the cost asked for");
    tap_ok(password_matches("secret", hash), "it matches");
    tap_ok(!password_matches("Secret", hash), "another one does not");
    tap_ok(!password_matches("", hash), "none does not");

    tap_ok(password_hash("secret", COST, again), "hashed again");
    tap_ok(strcmp(hash, again) != 0, "with another salt");
    tap_ok(!password_hash("secret", 99, again), "a cost that there is not");

    for (i = 0; i < countof(others); i++) {
        tap_ok(password_matches("U*U", others[i].hash), others[i].name);
        tap_ok(!password_matches("U*V", others[i].hash), others[i].name);
    }

    for (i = 0; i < countof(none); i++) {
        tap_ok(!password_matches("U*U", none[i].hash), none[i].name);
    }

    tap_ok(password_hash("secret", 10, hash), "a hash of cost 10");
    match = cpu_ms();
    tap_ok(password_matches("secret", hash), "a match");
    match = cpu_ms() - match;

    waste = cpu_ms();
    password_waste("secret", 10);
    waste = cpu_ms() - waste;

    tap_ok(waste > match / 3 && waste < match * 3,
           "nobody's password takes as long as somebody's");

    return tap_done();
}
