
/*
 * A binary packet of the client on its way: a text, then its attachments, each
 * a message of its own; over polling they may come in different requests.  When
 * the last is there the packet goes the way of all others.  What stands in the
 * text for an attachment was checked when it was parsed (chat_sio_packet.c),
 * and is not looked at again.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_memory.h"


/* All attachments of a packet together, in chat_max_payload. */
#define NGX_CHAT_ASSEMBLY_PAYLOADS  4
#define NGX_CHAT_ASSEMBLY_MAX       (CHAT_BUS_JOB_MAX / 2)

#define NGX_CHAT_ASSEMBLY_LENGTHS                                             \
    (CHAT_SIO_ATTACHMENTS_MAX * (NGX_SIZE_T_LEN + 1))


struct ngx_chat_assembly_s {
    chat_sio_packet_t   packet;        /* slices of `text` */
    ngx_uint_t          count;         /* of the attachments that are here */
    chat_buf_t          bytes;         /* … one behind the other */
    chat_buf_t          lengths;       /* … in `list` */
    size_t              text_len;
    u_char              list[NGX_CHAT_ASSEMBLY_LENGTHS];
    u_char              text[];
};


ngx_int_t
ngx_chat_assembly_begin(ngx_chat_client_t *client, chat_slice_t text)
{
    size_t                max;
    ngx_chat_assembly_t  *assembly;

    assembly = ngx_alloc(sizeof(ngx_chat_assembly_t) + text.len,
                         ngx_cycle->log);
    if (assembly == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(assembly->text, text.data, text.len);
    assembly->text_len = text.len;
    assembly->count = 0;

    max = ngx_chat_session_conf(client->session)->max_payload
          * NGX_CHAT_ASSEMBLY_PAYLOADS;

    chat_buf_init(&assembly->bytes, ngx_min(max, NGX_CHAT_ASSEMBLY_MAX));
    chat_buf_init_fixed(&assembly->lengths, assembly->list,
                        sizeof(assembly->list));

    client->assembly = assembly;
    ngx_chat_memory_add((ssize_t) text.len);

    /* it was parsed before, in memory that goes away */

    return (chat_sio_parse(chat_slice_of(assembly->text, text.len),
                           &assembly->packet)
            == CHAT_OK) ? NGX_OK : NGX_ERROR;
}


void
ngx_chat_assembly_add(ngx_chat_client_t *client, chat_slice_t bytes)
{
    chat_attach_t         attach;
    ngx_chat_assembly_t  *assembly;

    assembly = client->assembly;

    chat_attach_add(&assembly->lengths, bytes.len);
    chat_buf_slice(&assembly->bytes, bytes);

    if (chat_buf_status(&assembly->bytes) != CHAT_OK) {
        ngx_chat_session_protocol_error(client->session);
        return;
    }

    ngx_chat_memory_add((ssize_t) bytes.len);

    if (ngx_chat_memory_full()) {
        ngx_chat_session_close(client->session, "no memory");
        return;
    }

    if (++assembly->count < assembly->packet.attachments) {
        return;
    }

    attach.lengths = chat_buf_view(&assembly->lengths);
    attach.bytes = chat_buf_view(&assembly->bytes);

    ngx_chat_client_take(client, &assembly->packet, &attach);
    ngx_chat_assembly_end(client);
}


void
ngx_chat_assembly_end(ngx_chat_client_t *client)
{
    ngx_chat_assembly_t  *assembly;

    assembly = client->assembly;

    if (assembly == NULL) {
        return;
    }

    ngx_chat_memory_add(-(ssize_t) (assembly->text_len + assembly->bytes.len));

    chat_buf_free(&assembly->bytes);
    ngx_free(assembly);
    client->assembly = NULL;
}
