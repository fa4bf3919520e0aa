
/*
 * Module and worker both send and receive attachments, and look into none.
 * What the list says is held against the body once, when it is cut off; taking
 * them one by one rests on that.
 */

#include "chat_attach.h"
#include "chat_envelope.h"


/* The next number of a list, cut off with the comma behind it. */
static chat_status_t
chat_attach_length(chat_slice_t *lengths, uint64_t *n)
{
    size_t          len, cut;
    chat_slice_t    text;
    const uint8_t  *comma;

    comma = memchr(lengths->data, ',', lengths->len);
    len = comma ? (size_t) (comma - lengths->data) : lengths->len;
    cut = len + (comma != NULL);

    if (comma && cut == lengths->len) {
        return CHAT_BAD;
    }

    text = chat_slice_of(lengths->data, len);
    *lengths = chat_slice_of(lengths->data + cut, lengths->len - cut);

    return chat_envelope_number(text, n);
}


chat_status_t
chat_attach_cut(chat_slice_t lengths, chat_slice_t *body,
    chat_attach_t *attach)
{
    size_t    sum;
    uint64_t  n;

    attach->lengths = lengths;

    for (sum = 0; lengths.len; sum += n) {

        if (chat_attach_length(&lengths, &n) != CHAT_OK
            || n > body->len - sum)
        {
            return CHAT_BAD;
        }
    }

    body->len -= sum;
    attach->bytes = chat_slice_of(body->data + body->len, sum);

    return CHAT_OK;
}


chat_status_t
chat_attach_next(chat_attach_t *attach, chat_slice_t *bytes)
{
    uint64_t  n;

    if (attach->lengths.len == 0) {
        return CHAT_NOT_FOUND;
    }

    if (chat_attach_length(&attach->lengths, &n) != CHAT_OK
        || n > attach->bytes.len)
    {
        return CHAT_BAD;
    }

    *bytes = chat_slice_of(attach->bytes.data, n);
    attach->bytes = chat_slice_of(attach->bytes.data + n,
                                  attach->bytes.len - n);

    return CHAT_OK;
}


void
chat_attach_add(chat_buf_t *lengths, size_t length)
{
    if (lengths->len) {
        chat_buf_byte(lengths, ',');
    }

    chat_buf_u64(lengths, length);
}
