
/*
 * Attachments behind a body: once the list of lengths was held against the
 * body, all of them can be taken, one behind the other to the body's end, and
 * a list made of their lengths cuts off the same.
 */

#include "fuzz.h"
#include "chat_attach.h"


static void
take_all(chat_attach_t *attach, chat_slice_t whole)
{
    chat_buf_t      list;
    chat_slice_t    bytes;
    chat_status_t   rc;
    const uint8_t  *first, *p;

    chat_buf_init(&list, 1024 * 1024);
    first = attach->bytes.data;
    p = first;

    while ((rc = chat_attach_next(attach, &bytes)) == CHAT_OK) {
        MUST(bytes.data == p);
        p += bytes.len;
        chat_attach_add(&list, bytes.len);
    }

    MUST(rc == CHAT_NOT_FOUND && p == whole.data + whole.len);
    MUST(chat_buf_status(&list) == CHAT_OK);

    rc = chat_attach_cut(chat_buf_view(&list), &whole, attach);
    MUST(rc == CHAT_OK && attach->bytes.data == first);

    chat_buf_free(&list);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         n;
    chat_slice_t   lengths, body;
    chat_attach_t  attach;

    if (size == 0) {
        return 0;
    }

    n = data[0];
    n = (n < size) ? n : size - 1;
    lengths = chat_slice_of(data + 1, n);
    body = chat_slice_of(data + 1 + n, size - 1 - n);

    if (chat_attach_cut(lengths, &body, &attach) == CHAT_OK) {
        MUST(body.len <= size - 1 - n);
        MUST(body.data + body.len == attach.bytes.data);
        take_all(&attach, chat_slice_of(data + 1 + n, size - 1 - n));
    }

    return 0;
}
