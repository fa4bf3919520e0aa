
/*
 * A client's frame header: the answer does not depend on what stands behind
 * it, a length never passes its limit, and what was read can be written again.
 * The rest of the input is unmasked, and read as a Close frame's payload.
 */

#include "fuzz.h"
#include "chat_ws_frame.h"

#define MAX  1000000


static void
header_again(const uint8_t *data, const chat_ws_header_t *h)
{
    size_t   n;
    uint8_t  out[CHAT_WS_OUT_HEADER_MAX];

    n = chat_ws_header_encode(out, h->opcode, h->length);
    out[0] = (uint8_t) ((out[0] & 0x7f) | h->fin << 7);
    out[1] |= 0x80;

    MUST(n + 4 == h->size);
    MUST(memcmp(out, data, n) == 0);
    MUST(memcmp(h->mask, data + n, 4) == 0);
}


static void
unmask_twice(const uint8_t *data, size_t size, const uint8_t mask[4])
{
    size_t    cut;
    uint8_t  *copy;

    copy = malloc(size + 1);
    MUST(copy != NULL);
    memcpy(copy, data, size);

    cut = size / 3;
    chat_ws_unmask(copy, size, mask, 0);
    chat_ws_unmask(copy, cut, mask, 0);
    chat_ws_unmask(copy + cut, size - cut, mask, cut);

    MUST(memcmp(copy, data, size) == 0);
    free(copy);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t            n;
    uint16_t          code;
    chat_status_t     whole, rc;
    chat_ws_header_t  h, part;

    whole = chat_ws_header_parse(data, size, MAX, &h);

    for (n = 0; n < size && n < CHAT_WS_HEADER_MAX; n++) {
        rc = chat_ws_header_parse(data, n, MAX, &part);
        MUST(rc == CHAT_AGAIN || rc == whole);
    }

    if (whole == CHAT_OK) {
        MUST(h.length <= MAX);
        MUST(h.opcode < CHAT_WS_CLOSE || h.length <= CHAT_WS_CONTROL_MAX);

        header_again(data, &h);
        unmask_twice(data + h.size, size - h.size, h.mask);
    }

    rc = chat_ws_close_parse(chat_slice_of(data, size), &code);
    MUST(rc != CHAT_OK || code == 0 || (code >= 1000 && code <= 4999));

    return 0;
}
