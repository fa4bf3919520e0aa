
/*
 * A Socket.IO packet: one that passed is within every limit, its payload is
 * JSON, and its parts put together again are the same packet.
 */

#include "fuzz.h"
#include "chat_json_scan.h"
#include "chat_sio_packet.h"
#include "chat_utf8.h"


static void
packet_again(const chat_sio_packet_t *packet)
{
    chat_buf_t         b;
    chat_slice_t       text;
    chat_status_t      rc;
    chat_sio_packet_t  again;

    chat_buf_init(&b, packet->json.len + 1024);
    chat_sio_head_encode(&b, packet->type, packet->attachments, packet->nsp,
                         packet->id);
    chat_buf_slice(&b, packet->json);
    MUST(chat_buf_status(&b) == CHAT_OK);

    text = chat_slice_of(b.data + 1, b.len - 1);
    rc = chat_sio_parse(text, &again);

    MUST(rc == CHAT_OK);
    MUST(again.type == packet->type && again.id == packet->id);
    MUST(again.attachments == packet->attachments);
    MUST(chat_slice_eq(again.nsp, packet->nsp));
    MUST(chat_slice_eq(again.json, packet->json));
    MUST(chat_slice_eq(again.event, packet->event));

    chat_buf_free(&b);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chat_json_value_t  value;
    chat_sio_packet_t  packet;

    if (chat_sio_parse(chat_slice_of(data, size), &packet) != CHAT_OK) {
        return 0;
    }

    MUST(packet.attachments <= CHAT_SIO_ATTACHMENTS_MAX);
    MUST(packet.id >= -1 && packet.id < 1000000000000000);
    MUST(packet.nsp.len >= 1 && packet.nsp.len <= CHAT_SIO_NSP_MAX);
    MUST(packet.nsp.data[0] == '/' && chat_utf8_valid(packet.nsp));
    MUST(packet.event.len <= CHAT_SIO_EVENT_MAX);
    MUST(packet.json.len == 0
         || chat_json_check(packet.json, &value) == CHAT_OK);

    packet_again(&packet);

    return 0;
}
