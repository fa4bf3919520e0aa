
/*
 * Lines of packets, read for the fan-out (ngx_chat_event.c) and for replies
 * (ngx_chat_socket_reply.c).  What is in a packet's JSON is not looked at, but
 * for its last bytes.
 */

#include "ngx_chat_packet.h"
#include "chat_sio_packet.h"


static ngx_uint_t ngx_chat_packet_ends_in_string(chat_slice_t json);


ngx_int_t
ngx_chat_packet_parse(chat_slice_t line, ngx_chat_packet_t *packet)
{
    ngx_uint_t  n, digits;

    packet->attachments = 0;
    packet->asks = 0;

    for (n = 0, digits = 0;
         digits < line.len && line.data[digits] >= '0'
         && line.data[digits] <= '9' && n <= CHAT_SIO_ATTACHMENTS_MAX;
         digits++)
    {
        n = n * 10 + (line.data[digits] - '0');
    }

    if (digits) {

        if (n > CHAT_SIO_ATTACHMENTS_MAX || digits == line.len
            || line.data[digits] != '-')
        {
            return NGX_DECLINED;
        }

        packet->attachments = n;
        line = chat_slice_of(line.data + digits + 1, line.len - digits - 1);
    }

    if (line.len && line.data[0] == '?') {
        packet->asks = 1;
        line = chat_slice_of(line.data + 1, line.len - 1);
    }

    packet->json = line;

    return (line.len && line.data[0] == '[' && line.data[line.len - 1] == ']')
           ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_chat_packet_next(chat_slice_t *text, ngx_chat_packet_t *packet)
{
    chat_slice_t    line;
    const uint8_t  *end;

    while (text->len) {

        end = memchr(text->data, '\n', text->len);

        line.data = text->data;
        line.len = end ? (size_t) (end - text->data) : text->len;

        text->data += line.len + (end != NULL);
        text->len -= line.len + (end != NULL);

        if (line.len == 0) {
            continue;
        }

        if (ngx_chat_packet_parse(line, packet) == NGX_OK) {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: a packet of a worker cannot be read");
    }

    return NGX_DONE;
}


ngx_uint_t
ngx_chat_packet_pieces(chat_slice_t head, chat_slice_t json,
    chat_slice_t offset, ngx_uint_t recovers,
    chat_slice_t pieces[NGX_CHAT_PACKET_PIECES])
{
    pieces[0] = head;
    pieces[1] = json;

    if (offset.len == 0 && !(recovers && ngx_chat_packet_ends_in_string(json)))
    {
        return 2;
    }

    pieces[1].len--;

    if (offset.len == 0) {
        pieces[2] = chat_slice(",null]");
        return 3;
    }

    pieces[2] = chat_slice(",\"");
    pieces[3] = offset;
    pieces[4] = chat_slice("\"]");

    return 5;
}


static ngx_uint_t
ngx_chat_packet_ends_in_string(chat_slice_t json)
{
    size_t  n;

    n = json.len - 1;

    while (n && (json.data[n - 1] == ' ' || json.data[n - 1] == '\t'
                 || json.data[n - 1] == '\r'))
    {
        n--;
    }

    return n && json.data[n - 1] == '"';
}
