
/*
 * The envelope, from both sides.  Text that decodes is the same after it was
 * encoded again; and whatever bytes somebody puts into words and values, either
 * the encoder refuses them or the decoder gives exactly them back.
 */

#include "fuzz.h"
#include "chat_envelope.h"

#define ROOM  (1024 * 1024)


static const uint8_t  word_counts[] = { 4, 3, 4 };


static void
same(const chat_envelope_t *a, const chat_envelope_t *b,
    chat_envelope_kind_t kind)
{
    size_t         i;
    chat_header_t  h;

    for (i = 0; i < word_counts[kind]; i++) {
        MUST(chat_slice_eq(a->words[i], b->words[i]));
    }

    for (h = 0; h < CHAT_H_N; h++) {
        MUST(chat_slice_eq(a->headers[h], b->headers[h]));
        MUST((a->headers[h].data == NULL) == (b->headers[h].data == NULL));
    }

    MUST(chat_slice_eq(a->body, b->body));
}


static void
decode_again(chat_envelope_kind_t kind, chat_slice_t text)
{
    chat_buf_t       b;
    chat_status_t    rc;
    chat_envelope_t  e, again;

    if (chat_envelope_decode(kind, text, &e) != CHAT_OK) {
        return;
    }

    chat_buf_init(&b, ROOM);
    chat_envelope_encode(&b, kind, &e);
    MUST(chat_buf_status(&b) == CHAT_OK);

    rc = chat_envelope_decode(kind, chat_buf_view(&b), &again);
    MUST(rc == CHAT_OK);
    same(&e, &again, kind);

    chat_buf_free(&b);
}


/* A length byte and as many bytes of the input. */
static chat_slice_t
take(chat_slice_t *input)
{
    size_t        n;
    chat_slice_t  part;

    if (input->len == 0) {
        return chat_slice_of("", 0);
    }

    n = input->data[0];
    n = (n < input->len) ? n : input->len - 1;
    part = chat_slice_of(input->data + 1, n);
    *input = chat_slice_of(input->data + 1 + n, input->len - 1 - n);

    return part;
}


static void
encode_anything(chat_envelope_kind_t kind, chat_slice_t input)
{
    size_t           i;
    chat_buf_t       b;
    chat_status_t    rc;
    chat_header_t    h;
    chat_envelope_t  e, again;

    memset(&e, 0, sizeof(e));

    for (i = 0; i < word_counts[kind]; i++) {
        e.words[i] = take(&input);
    }

    for (i = 0; i < 4 && input.len; i++) {
        h = input.data[0] % CHAT_H_N;
        input = chat_slice_of(input.data + 1, input.len - 1);
        e.headers[h] = take(&input);
    }

    e.body = input;

    chat_buf_init(&b, ROOM);
    chat_envelope_encode(&b, kind, &e);
    rc = chat_buf_status(&b);
    MUST(rc == CHAT_OK || rc == CHAT_BAD);

    if (rc == CHAT_OK) {
        MUST(chat_envelope_decode(kind, chat_buf_view(&b), &again) == CHAT_OK);
        same(&e, &again, kind);
    }

    chat_buf_free(&b);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t              n;
    chat_slice_t          input;
    chat_envelope_kind_t  kind;

    if (size == 0) {
        return 0;
    }

    kind = data[0] % 3;
    input = chat_slice_of(data + 1, size - 1);

    decode_again(kind, input);
    encode_anything(kind, input);

    MUST(chat_envelope_number(input, &n) != CHAT_OK || n < 1000000000000000);

    return 0;
}
