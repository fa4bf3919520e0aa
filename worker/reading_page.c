
/*
 * Pages of messages: those that a batch's jobs ask for are read by one query,
 * because a query costs MongoDB more than the messages that it finds.  A page
 * is a range of seqs, which have no gaps; where there is one all the same
 * (another program deleted a message), the page is asked for once more, alone.
 */

#include "reading_parts.h"
#include "store/store_message.h"


static uint32_t
reading_size(const reading_ask_t *ask)
{
    return (uint32_t) (ask->upto + 1 - ask->from);
}


void
reading_ask(reading_t *reading, struct job_s *job, const reading_page_t *page,
    reading_done_pt done)
{
    uint64_t        seqs;
    reading_ask_t  *ask;

    ask = pool_alloc(reading->pool, sizeof(reading_ask_t));
    ask->job = job;
    ask->page = *page;
    ask->done = done;

    seqs = (page->before > page->after) ? page->before - page->after - 1 : 0;
    seqs = (seqs < page->limit) ? seqs : page->limit;

    ask->from = page->forward ? page->after + 1 : page->before - seqs;
    ask->upto = ask->from + seqs - 1;
    ask->list = pool_alloc(reading->pool, seqs * sizeof(model_message_t) + 1);

    *reading->ask_end = ask;
    reading->ask_end = &ask->next;
}


/* Into each page that it belongs to. */
static void
reading_place(reading_t *reading, const model_message_t *message)
{
    reading_ask_t  *ask;

    for (ask = reading->asks; ask; ask = ask->next) {
        if (message->seq >= ask->from && message->seq <= ask->upto
            && strcmp(message->conversation, ask->page.conversation->id) == 0)
        {
            ask->list[message->seq - ask->from] = *message;
        }
    }
}


static store_status_t
reading_fetch_pages(reading_t *reading)
{
    uint32_t          i, n, most, found;
    store_range_t    *ranges;
    reading_ask_t    *ask;
    store_status_t    rc;
    model_message_t  *list;

    for (ask = reading->asks, n = 0; ask; ask = ask->next) {
        n++;
    }

    ranges = pool_alloc(reading->pool, n * sizeof(store_range_t));

    for (ask = reading->asks, n = 0, most = 0; ask; ask = ask->next) {
        if (reading_size(ask) > 0) {
            ranges[n].conversation = ask->page.conversation->id;
            ranges[n].after = ask->from - 1;
            ranges[n].upto = ask->upto;
            most += reading_size(ask);
            n++;
        }
    }

    rc = store_message_all(reading->store, reading->pool, ranges, n, most,
                           &list, &found);

    for (i = 0; i < found && rc == STORE_OK; i++) {
        reading_place(reading, &list[i]);
    }

    return rc;
}


static bool
reading_has_gap(const reading_ask_t *ask)
{
    uint32_t  i;

    for (i = 0; i < reading_size(ask); i++) {
        if (ask->list[i].seq == 0) {
            return true;
        }
    }

    return false;
}


static store_status_t
reading_tell(reading_t *reading, reading_ask_t *ask, store_status_t status)
{
    uint32_t               count;
    model_message_t       *list;
    const reading_page_t  *page = &ask->page;

    list = ask->list;
    count = reading_size(ask);

    if (status == STORE_OK && reading_has_gap(ask)) {
        status = store_message_page(reading->store, reading->pool,
                                    page->conversation->id, page->after,
                                    page->before, page->forward, page->limit,
                                    &list, &count);
    }

    ask->done(ask->job, status, page->conversation, list, count);

    return status;
}


bool
reading_answer(reading_t *reading)
{
    bool             ok;
    reading_ask_t   *ask;
    store_status_t   rc;

    if (reading->asks == NULL) {
        return true;
    }

    rc = reading_fetch_pages(reading);

    for (ask = reading->asks, ok = true; ask; ask = ask->next) {
        ok &= reading_tell(reading, ask, rc) == STORE_OK;
    }

    reading->asks = NULL;
    reading->ask_end = &reading->asks;

    return ok;
}
