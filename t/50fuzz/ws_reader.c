
/*
 * A client's bytes as messages: what comes out is the same in one piece and
 * in two, every text is UTF-8, and nothing is longer than its limit.  The
 * first byte says where the cut is.
 */

#include "fuzz.h"
#include "chat_ws_reader.h"

#define MAX  2000


typedef struct {
    chat_ws_reader_t   reader;
    chat_status_t      rc;
    uint64_t           sum;      /* of opcodes, lengths and bytes, in order */
    size_t             items;
} run_t;


static void
run_item(run_t *run, const chat_ws_item_t *item)
{
    size_t  i;

    MUST(item->payload.len <= MAX);
    MUST(item->opcode != CHAT_WS_TEXT || chat_utf8_valid(item->payload));

    run->items++;
    run->sum = run->sum * 31 + item->opcode;
    run->sum = run->sum * 31 + item->payload.len;

    for (i = 0; i < item->payload.len; i++) {
        run->sum = run->sum * 31 + item->payload.data[i];
    }
}


static void
run_feed(run_t *run, const uint8_t *data, size_t size)
{
    uint8_t         *copy, *p;
    chat_ws_item_t   item;

    copy = malloc(size + 1);
    MUST(copy != NULL);
    memcpy(copy, data, size);
    p = copy;

    while (run->rc == CHAT_AGAIN) {
        run->rc = chat_ws_reader_next(&run->reader, &p, copy + size, &item);

        if (run->rc != CHAT_OK) {
            break;
        }

        run_item(run, &item);
        run->rc = CHAT_AGAIN;
    }

    MUST(p <= copy + size);
    MUST(run->rc != CHAT_AGAIN || p == copy + size);
    free(copy);
}


static void
run_begin(run_t *run)
{
    memset(run, 0, sizeof(*run));
    run->rc = CHAT_AGAIN;
    chat_ws_reader_init(&run->reader, MAX);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_t   whole, cut;
    size_t  at;

    if (size == 0) {
        return 0;
    }

    at = data[0];
    data++;
    size--;
    at = (at < size) ? at : size;

    run_begin(&whole);
    run_begin(&cut);

    run_feed(&whole, data, size);
    run_feed(&cut, data, at);
    run_feed(&cut, data + at, size - at);

    MUST(whole.rc == cut.rc);
    MUST(whole.items == cut.items && whole.sum == cut.sum);

    chat_ws_reader_free(&whole.reader);
    chat_ws_reader_free(&cut.reader);

    return 0;
}
