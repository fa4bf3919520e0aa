
/*
 * Counted output.  The fan-out and the sessions create messages and queue
 * them on sockets; the transport writes them.  The bytes of all that are alive
 * in this process are counted, because chat_memory bounds them.
 */

#include "ngx_chat_msg.h"
#include "ngx_chat_memory.h"
#include "chat_eio_packet.h"


static ngx_chat_msg_t *ngx_chat_msg_frame(chat_ws_opcode_t opcode,
    const chat_slice_t *pieces, ngx_uint_t count);


ngx_chat_msg_t *
ngx_chat_msg_create(const chat_slice_t *pieces, ngx_uint_t count,
    ngx_uint_t binary)
{
    return ngx_chat_msg_frame(binary ? CHAT_WS_BINARY : CHAT_WS_TEXT, pieces,
                              count);
}


ngx_chat_msg_t *
ngx_chat_msg_base64(ngx_chat_msg_t *msg)
{
    chat_buf_t    b;
    chat_slice_t  text;

    if (msg->base64) {
        return msg->base64;
    }

    chat_buf_init(&b, msg->size * 2 + 16);
    chat_buf_byte(&b, 'b');
    chat_eio_base64_encode(&b, ngx_chat_msg_payload(msg));

    if (chat_buf_status(&b) == CHAT_OK) {
        text = chat_buf_view(&b);
        msg->base64 = ngx_chat_msg_create(&text, 1, 0);
    }

    chat_buf_free(&b);

    return msg->base64;
}


ngx_chat_msg_t *
ngx_chat_msg_control(chat_ws_opcode_t opcode, chat_slice_t payload)
{
    return ngx_chat_msg_frame(opcode, &payload, 1);
}


static ngx_chat_msg_t *
ngx_chat_msg_frame(chat_ws_opcode_t opcode, const chat_slice_t *pieces,
    ngx_uint_t count)
{
    size_t           length, head;
    u_char          *p;
    uint8_t          header[CHAT_WS_OUT_HEADER_MAX];
    ngx_uint_t       i;
    ngx_chat_msg_t  *msg;

    length = 0;

    for (i = 0; i < count; i++) {
        length += pieces[i].len;
    }

    head = chat_ws_header_encode(header, opcode, length);

    msg = ngx_alloc(sizeof(ngx_chat_msg_t) + head + length, ngx_cycle->log);
    if (msg == NULL) {
        return NULL;
    }

    msg->refs = 1;
    msg->head = head;
    msg->size = head + length;
    msg->binary = (opcode == CHAT_WS_BINARY);
    msg->base64 = NULL;

    p = ngx_cpymem(msg->data, header, head);

    for (i = 0; i < count; i++) {
        p = ngx_cpymem(p, pieces[i].data, pieces[i].len);
    }

    ngx_chat_memory_add((ssize_t) msg->size);

    return msg;
}


void
ngx_chat_msg_unref(ngx_chat_msg_t **msg)
{
    ngx_chat_msg_t  *m;

    m = *msg;
    *msg = NULL;

    if (m == NULL || --m->refs) {
        return;
    }

    if (m->base64) {
        ngx_chat_msg_unref(&m->base64);
    }

    ngx_chat_memory_add(-(ssize_t) m->size);
    ngx_free(m);
}
