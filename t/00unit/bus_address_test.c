
/*
 * Where Redis is, as worker.conf says it.
 *
 * links: worker/bus_address.c
 */

#include "tap.h"
#include "bus_address.h"


static const struct {
    const char     *name;
    const char     *text;
    chat_status_t   rc;
    const char     *said;      /* path|host|port|user|password|db */
} cases[] = {
    { "a socket", "unix:/run/redis.sock", CHAT_OK,
      "/run/redis.sock||6379|||0" },
    { "a host", "redis://db", CHAT_OK, "|db|6379|||0" },
    { "a port", "redis://127.0.0.1:6380", CHAT_OK, "|127.0.0.1|6380|||0" },
    { "a database", "redis://db:1/15", CHAT_OK, "|db|1|||15" },
    { "a slash and no database", "redis://db/", CHAT_OK, "|db|6379|||0" },
    { "a password", "redis://:secret@db", CHAT_OK, "|db|6379||secret|0" },
    { "user and password", "redis://me:secret@db:7/1", CHAT_OK,
      "|db|7|me|secret|1" },
    { "escapes in it", "redis://:a%40b%2F%3a%25@db", CHAT_OK,
      "|db|6379||a@b/:%|0" },
    { "a colon in it", "redis://me:a:b@db", CHAT_OK, "|db|6379|me|a:b|0" },

    { "nothing", "", CHAT_BAD, "" },
    { "another scheme", "http://db", CHAT_BAD, "" },
    { "a relative path", "unix:redis.sock", CHAT_BAD, "" },
    { "no host", "redis://", CHAT_BAD, "" },
    { "a port and no host", "redis://:6379", CHAT_BAD, "" },
    { "a port that is none", "redis://db:http", CHAT_BAD, "" },
    { "a port above all", "redis://db:65536", CHAT_BAD, "" },
    { "an empty port", "redis://db:", CHAT_BAD, "" },
    { "a database that is none", "redis://db/chat", CHAT_BAD, "" },
    { "a user and no password", "redis://me@db", CHAT_BAD, "" },
    { "half an escape", "redis://:a%4@db", CHAT_BAD, "" },
    { "an escaped NUL", "redis://:a%00b@db", CHAT_BAD, "" },
    { "a path longer than a socket's may be",
      "unix:/0123456789012345678901234567890123456789012345678901234567890"
      "123456789012345678901234567890123456789012345678901", CHAT_TOO_BIG, "" },
};


int
main(void)
{
    char            said[1024];
    size_t          i;
    chat_status_t   rc;
    bus_address_t   a;

    for (i = 0; i < countof(cases); i++) {
        rc = bus_address_parse(cases[i].text, &a);
        said[0] = '\0';

        if (rc == CHAT_OK) {
            snprintf(said, sizeof(said), "%s|%s|%d|%s|%s|%u", a.path, a.host,
                     a.port, a.user, a.password, a.db);
        }

        tap_is_int(rc, cases[i].rc, cases[i].name);
        tap_is_str(said, cases[i].said, "  its parts");
    }

    return tap_done();
}
