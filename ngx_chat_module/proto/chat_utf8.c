
/*
 * UTF-8 by the table of RFC 3629, 4: the first byte of a character says how
 * many follow and, where overlong forms, surrogates or code points above
 * U+10FFFF would begin, which values the very next one may have.  Called for
 * every text frame and payload, and by the JSON scanner.
 */

#include "chat_utf8.h"


/*
 * The state between bytes: how many are still to come, and the range of the
 * next.  No state inside a character is 0, so 0 can mean "between".
 */
#define CHAT_UTF8_WANT(count, low, high)                                      \
    ((uint32_t) (count) << 16 | (low) << 8 | (high))

#define CHAT_UTF8_LOST       CHAT_UTF8_WANT(1, 0xff, 0x00)
#define CHAT_UTF8_HIGH_BITS  UINT64_C(0x8080808080808080)


/* By the first byte, from 0xC0; zero: no character begins so. */
static const uint32_t  firsts[64] = {
    [0x02 ... 0x1f] = CHAT_UTF8_WANT(1, 0x80, 0xbf),
    [0x20]          = CHAT_UTF8_WANT(2, 0xa0, 0xbf),
    [0x21 ... 0x2c] = CHAT_UTF8_WANT(2, 0x80, 0xbf),
    [0x2d]          = CHAT_UTF8_WANT(2, 0x80, 0x9f),
    [0x2e ... 0x2f] = CHAT_UTF8_WANT(2, 0x80, 0xbf),
    [0x30]          = CHAT_UTF8_WANT(3, 0x90, 0xbf),
    [0x31 ... 0x33] = CHAT_UTF8_WANT(3, 0x80, 0xbf),
    [0x34]          = CHAT_UTF8_WANT(3, 0x80, 0x8f)
};


static const uint8_t *
chat_utf8_skip_ascii(const uint8_t *p, const uint8_t *end)
{
    uint64_t  word;

    while (end - p >= 8) {
        memcpy(&word, p, 8);

        if (word & CHAT_UTF8_HIGH_BITS) {
            break;
        }

        p += 8;
    }

    while (p < end && *p < 0x80) {
        p++;
    }

    return p;
}


bool
chat_utf8_feed(chat_utf8_state_t *state, const uint8_t *p, size_t n)
{
    uint32_t        want, count;
    const uint8_t  *end;

    want = *state;
    end = p + n;

    while (p < end) {

        if (want == 0) {
            p = chat_utf8_skip_ascii(p, end);

            if (p == end) {
                break;
            }

            want = (*p >= 0xc0) ? firsts[*p - 0xc0] : 0;
            p++;

            if (want == 0) {
                *state = CHAT_UTF8_LOST;
                return false;
            }

            continue;
        }

        if (*p < (want >> 8 & 0xff) || *p > (want & 0xff)) {
            *state = CHAT_UTF8_LOST;
            return false;
        }

        p++;
        count = (want >> 16) - 1;
        want = count ? CHAT_UTF8_WANT(count, 0x80, 0xbf) : 0;
    }

    *state = want;

    return true;
}


bool
chat_utf8_valid(chat_slice_t text)
{
    chat_utf8_state_t  state;

    if (text.len == 0) {
        return true;
    }

    state = 0;

    return chat_utf8_feed(&state, text.data, text.len) && state == 0;
}
