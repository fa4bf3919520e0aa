
/*
 * A polling payload: the walk ends, and the packets it gave are the payload
 * again once joined; base64 that was taken says the same when encoded anew.
 */

#include "fuzz.h"
#include "chat_eio_packet.h"


static void
base64_again(chat_slice_t text)
{
    size_t      len, again;
    uint8_t    *bytes, *copy;
    chat_buf_t  b;

    bytes = malloc(text.len + 1);
    copy = malloc(text.len + 1);
    MUST(bytes != NULL && copy != NULL);

    if (chat_eio_base64_decode(text, bytes, text.len, &len) == CHAT_OK) {
        chat_buf_init(&b, text.len + 4);
        chat_eio_base64_encode(&b, chat_slice_of(bytes, len));

        MUST(chat_buf_status(&b) == CHAT_OK);
        MUST(chat_eio_base64_decode(chat_buf_view(&b), copy, len, &again)
             == CHAT_OK);
        MUST(again == len && memcmp(bytes, copy, len) == 0);

        chat_buf_free(&b);
    }

    free(bytes);
    free(copy);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             at;
    chat_buf_t         b;
    chat_slice_t       payload;
    chat_status_t      rc;
    chat_eio_packet_t  packet;

    payload = chat_slice_of(data, size);
    chat_buf_init(&b, size + 1);
    at = 0;

    while ((rc = chat_eio_next(payload, &at, &packet)) == CHAT_OK) {

        if (b.len) {
            chat_buf_byte(&b, CHAT_EIO_SEPARATOR);
        }

        chat_buf_byte(&b, packet.binary ? 'b' : (uint8_t) ('0' + packet.type));
        chat_buf_slice(&b, packet.data);

        if (packet.binary) {
            base64_again(packet.data);
        }
    }

    MUST(chat_buf_status(&b) == CHAT_OK);
    MUST(rc == CHAT_BAD || rc == CHAT_NOT_FOUND);
    MUST(rc == CHAT_BAD || chat_slice_eq(chat_buf_view(&b), payload));

    chat_buf_free(&b);

    return 0;
}
