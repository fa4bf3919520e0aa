
/*
 * Acks of clients: a packet that a reply carries may ask for one.  It is given
 * an id, and the answer becomes a job that names the event.  Nobody waits for
 * it: what is not answered is forgotten with the socket, or when others take
 * its place; an answer to nothing is ignored.
 */

#include "ngx_chat_socket_state.h"


#define NGX_CHAT_ASKED_MAX  16           /* of a socket */


static void ngx_chat_asked_forget(ngx_chat_asked_t *asked);
static ngx_chat_asked_t *ngx_chat_asked_find(ngx_chat_socket_t *socket,
    int64_t id);


/* No two packets of this process have the same. */
static int64_t  ngx_chat_asked_id;


int64_t
ngx_chat_socket_ask(ngx_chat_socket_t *socket, const ngx_chat_packet_t *packet)
{
    size_t             rest;
    ngx_uint_t         n;
    ngx_queue_t       *q;
    chat_slice_t       name;
    ngx_chat_asked_t  *asked;

    name = ngx_chat_socket_first(packet->json, &rest);

    asked = ngx_alloc(sizeof(ngx_chat_asked_t) + name.len, ngx_cycle->log);

    if (asked == NULL || name.len < 2) {
        ngx_free(asked);
        return -1;
    }

    asked->id = ngx_chat_asked_id++;
    asked->name_len = name.len - 2;
    ngx_memcpy(asked->name, name.data + 1, asked->name_len);

    n = 1;

    for (q = ngx_queue_head(&socket->asked);
         q != ngx_queue_sentinel(&socket->asked);
         q = ngx_queue_next(q))
    {
        n++;
    }

    if (n > NGX_CHAT_ASKED_MAX) {
        q = ngx_queue_head(&socket->asked);
        ngx_chat_asked_forget(ngx_queue_data(q, ngx_chat_asked_t, link));
    }

    ngx_queue_insert_tail(&socket->asked, &asked->link);

    return asked->id;
}


static void
ngx_chat_asked_forget(ngx_chat_asked_t *asked)
{
    ngx_queue_remove(&asked->link);
    ngx_free(asked);
}


void
ngx_chat_socket_ack(ngx_chat_socket_t *socket, const chat_sio_packet_t *packet,
    const chat_attach_t *attach)
{
    ngx_chat_asked_t     *asked;
    ngx_chat_emission_t   emission;

    if (packet->id < 0 || packet->json.len == 0) {
        return;
    }

    asked = ngx_chat_asked_find(socket, packet->id);

    if (asked == NULL) {
        return;
    }

    emission.kind = "ack";
    emission.name = chat_slice_of(asked->name, asked->name_len);
    emission.id = -1;
    emission.array = packet->json;
    emission.from = 1;                     /* behind the bracket */
    emission.attach = attach;

    ngx_chat_socket_emit(socket, &emission);
    ngx_chat_asked_forget(asked);
}


static ngx_chat_asked_t *
ngx_chat_asked_find(ngx_chat_socket_t *socket, int64_t id)
{
    ngx_queue_t       *q;
    ngx_chat_asked_t  *asked;

    for (q = ngx_queue_head(&socket->asked);
         q != ngx_queue_sentinel(&socket->asked);
         q = ngx_queue_next(q))
    {
        asked = ngx_queue_data(q, ngx_chat_asked_t, link);

        if (asked->id == id) {
            return asked;
        }
    }

    return NULL;
}


void
ngx_chat_socket_ack_cancel(ngx_chat_socket_t *socket)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&socket->asked)) {
        q = ngx_queue_head(&socket->asked);
        ngx_chat_asked_forget(ngx_queue_data(q, ngx_chat_asked_t, link));
    }
}
