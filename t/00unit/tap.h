#ifndef TAP_H
#define TAP_H

/*
 * TAP for the unit tests: each check prints one line, tap_done() prints the
 * plan and gives main() its return value.  A failed check prints what it saw
 * as a comment and does not stop the test.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define countof(a)  (sizeof(a) / sizeof((a)[0]))

static int  tap_count;
static int  tap_failed;


/* Returns ok, so that a test can stop where going on makes no sense. */
static inline int
tap_ok(int ok, const char *name)
{
    tap_count++;
    tap_failed += !ok;

    printf("%sok %d - %s\n", ok ? "" : "not ", tap_count, name);

    return ok;
}


static inline int
tap_is_int(int64_t got, int64_t expected, const char *name)
{
    if (!tap_ok(got == expected, name)) {
        printf("#      got: %lld\n# expected: %lld\n", (long long) got,
               (long long) expected);
        return 0;
    }

    return 1;
}


static inline void
tap_dump(const char *label, const void *p, size_t n)
{
    size_t          i;
    const uint8_t  *b = p;

    printf("# %s: (%zu) ", label, n);

    for (i = 0; i < n && i < 256; i++) {
        printf((b[i] >= 0x20 && b[i] < 0x7f) ? "%c" : "\\x%02x", b[i]);
    }

    printf("%s\n", (n > 256) ? "..." : "");
}


static inline int
tap_is_mem(const void *got, size_t got_len, const void *expected,
    size_t expected_len, const char *name)
{
    int  same;

    same = got_len == expected_len
           && (got_len == 0 || memcmp(got, expected, got_len) == 0);

    if (!tap_ok(same, name)) {
        tap_dump("     got", got, got_len);
        tap_dump("expected", expected, expected_len);
    }

    return same;
}


static inline int
tap_is_str(const char *got, const char *expected, const char *name)
{
    return tap_is_mem(got, strlen(got), expected, strlen(expected), name);
}


static inline int
tap_done(void)
{
    printf("1..%d\n", tap_count);

    return tap_failed != 0;
}


#endif /* TAP_H */
