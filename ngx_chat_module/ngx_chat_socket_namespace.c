
/*
 * The namespaces of a client: which there are, which it has a socket for.  A
 * CONNECT comes here first; how it is decided stands in ngx_chat_socket_open.c.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_metrics.h"


static const ngx_str_t *ngx_chat_client_namespace(ngx_chat_client_t *client,
    chat_slice_t name);
static void ngx_chat_client_no_namespace(ngx_chat_client_t *client,
    chat_slice_t nsp);
static ngx_chat_socket_t *ngx_chat_client_add(ngx_chat_client_t *client,
    const ngx_str_t *nsp);


ngx_chat_socket_t *
ngx_chat_client_find(ngx_chat_client_t *client, chat_slice_t nsp)
{
    ngx_chat_socket_t  *socket;

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        if (chat_slice_eq(ngx_chat_slice(*socket->nsp), nsp)) {
            break;
        }
    }

    return socket;
}


void
ngx_chat_client_connect(ngx_chat_client_t *client,
    const chat_sio_packet_t *packet)
{
    const ngx_str_t    *nsp;
    ngx_chat_socket_t  *socket;

    socket = ngx_chat_client_find(client, packet->nsp);

    if (socket == NULL) {
        nsp = ngx_chat_client_namespace(client, packet->nsp);

        if (nsp == NULL) {
            ngx_chat_client_no_namespace(client, packet->nsp);
            return;
        }

        socket = ngx_chat_client_add(client, nsp);

        if (socket == NULL) {
            ngx_chat_session_close(client->session, "no memory");
            return;
        }
    }

    if (socket->state != NGX_CHAT_SOCKET_IDLE) {
        ngx_chat_session_protocol_error(client->session);
        return;
    }

    ngx_chat_socket_open(socket, packet->json);
}


/* The one of that name in the configuration; NULL. */
static const ngx_str_t *
ngx_chat_client_namespace(ngx_chat_client_t *client, chat_slice_t name)
{
    ngx_str_t            *names;
    ngx_uint_t            i;
    ngx_chat_loc_conf_t  *conf;

    conf = ngx_chat_session_conf(client->session);

    if (conf->namespaces == NULL) {
        return NULL;
    }

    names = conf->namespaces->elts;

    for (i = 0; i < conf->namespaces->nelts; i++) {

        if (chat_slice_eq(ngx_chat_slice(names[i]), name)) {
            return &names[i];
        }
    }

    return NULL;
}


static void
ngx_chat_client_no_namespace(ngx_chat_client_t *client, chat_slice_t nsp)
{
    u_char        text[NGX_CHAT_HEAD_MAX];
    chat_buf_t    b;
    chat_slice_t  pieces[2];

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_sio_head_encode(&b, CHAT_SIO_CONNECT_ERROR, 0, nsp, -1);

    pieces[0] = chat_buf_view(&b);
    pieces[1] = chat_slice("{\"message\":\"Invalid namespace\"}");

    ngx_chat_metric(NGX_CHAT_M_CONNECT_ERRORS);
    ngx_chat_session_send_pieces(client->session, pieces, 2);
}


/* No more than the configuration has names. */
static ngx_chat_socket_t *
ngx_chat_client_add(ngx_chat_client_t *client, const ngx_str_t *nsp)
{
    ngx_chat_socket_t  *socket;

    socket = ngx_calloc(sizeof(ngx_chat_socket_t), ngx_cycle->log);
    if (socket == NULL) {
        return NULL;
    }

    ngx_chat_socket_init(socket, client, nsp);

    socket->next = client->others;
    client->others = socket;

    return socket;
}
