
/*
 * Takes the setting `redis` apart.  Pure; bus.c connects to what comes out.
 * User and password may hold any byte, written as %XX where the address
 * itself needs it.
 */

#include "bus_address.h"
#include "chat_envelope.h"

#include <stdbool.h>
#include <string.h>


#define BUS_ADDRESS_DB_MAX  1023


static bool
bus_address_starts(const char **text, const char *with)
{
    size_t  n;

    n = strlen(with);

    if (strncmp(*text, with, n) != 0) {
        return false;
    }

    *text += n;

    return true;
}


static chat_status_t
bus_address_copy(char *out, size_t cap, const char *p, size_t n)
{
    if (n >= cap) {
        return CHAT_TOO_BIG;
    }

    memcpy(out, p, n);
    out[n] = '\0';

    return CHAT_OK;
}


static int
bus_address_hex(char c)
{
    const char         *at;
    static const char   digits[] = "0123456789abcdef0123456789ABCDEF";

    at = c ? strchr(digits, c) : NULL;

    return at ? (int) ((at - digits) & 15) : -1;
}


/* Undoes %XX; a NUL would cut the text. */
static chat_status_t
bus_address_decode(char *out, size_t cap, const char *p, size_t n)
{
    int     high, low;
    size_t  i, len;

    for (i = 0, len = 0; i < n; i++) {

        if (len + 1 >= cap) {
            return CHAT_TOO_BIG;
        }

        out[len] = p[i];

        if (p[i] == '%') {
            high = (n - i > 2) ? bus_address_hex(p[i + 1]) : -1;
            low = (n - i > 2) ? bus_address_hex(p[i + 2]) : -1;

            if (high < 0 || low < 0 || (high | low) == 0) {
                return CHAT_BAD;
            }

            out[len] = (char) (high << 4 | low);
            i += 2;
        }

        len++;
    }

    out[len] = '\0';

    return CHAT_OK;
}


static chat_status_t
bus_address_login(const char *p, size_t n, bus_address_t *address)
{
    size_t         user;
    const char    *colon;
    chat_status_t  rc;

    colon = memchr(p, ':', n);

    if (colon == NULL) {
        return CHAT_BAD;
    }

    user = (size_t) (colon - p);
    rc = bus_address_decode(address->user, sizeof(address->user), p, user);

    if (rc != CHAT_OK) {
        return rc;
    }

    return bus_address_decode(address->password, sizeof(address->password),
                              colon + 1, n - user - 1);
}


static chat_status_t
bus_address_number(const char *p, size_t n, uint64_t max, uint64_t *value)
{
    if (chat_envelope_number(chat_slice_of(p, n), value) != CHAT_OK) {
        return CHAT_BAD;
    }

    return (*value > max) ? CHAT_BAD : CHAT_OK;
}


/* host[:port][/db] */
static chat_status_t
bus_address_host(const char *text, bus_address_t *address)
{
    size_t       n;
    uint64_t     value;
    const char  *slash, *colon;

    slash = strchrnul(text, '/');
    colon = memchr(text, ':', (size_t) (slash - text));
    n = (size_t) ((colon ? colon : slash) - text);

    if (n == 0) {
        return CHAT_BAD;
    }

    if (colon) {
        if (bus_address_number(colon + 1, (size_t) (slash - colon - 1), 65535,
                               &value) != CHAT_OK)
        {
            return CHAT_BAD;
        }

        address->port = (int) value;
    }

    if (slash[0] && slash[1]) {
        if (bus_address_number(slash + 1, strlen(slash + 1),
                               BUS_ADDRESS_DB_MAX, &value) != CHAT_OK)
        {
            return CHAT_BAD;
        }

        address->db = (uint32_t) value;
    }

    return bus_address_copy(address->host, sizeof(address->host), text, n);
}


chat_status_t
bus_address_parse(const char *text, bus_address_t *address)
{
    const char     *at;
    chat_status_t   rc;

    memset(address, 0, sizeof(bus_address_t));
    address->port = BUS_ADDRESS_PORT;

    if (bus_address_starts(&text, "unix:")) {
        return (text[0] != '/') ? CHAT_BAD
               : bus_address_copy(address->path, sizeof(address->path), text,
                                  strlen(text));
    }

    if (!bus_address_starts(&text, "redis://")) {
        return CHAT_BAD;
    }

    at = strrchr(text, '@');

    if (at) {
        rc = bus_address_login(text, (size_t) (at - text), address);

        if (rc != CHAT_OK) {
            return rc;
        }

        text = at + 1;
    }

    return bus_address_host(text, address);
}
