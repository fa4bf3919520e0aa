
/*
 * Connection state recovery: who comes back with the pid and the last offset
 * that it was sent goes on in the same session.  The claim closes the
 * connection that the session had, wherever it is, and brings what was missed,
 * in one step of Redis (worker/chat.lua); the worker is asked after it.  Called
 * by the units of CONNECT; what is in an offset, it must not know.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_presence.h"
#include "chat_json_scan.h"


static ngx_uint_t ngx_chat_recover_string(chat_slice_t auth,
    chat_slice_t name, u_char *text, size_t size, size_t *len);
static void ngx_chat_recover_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static ngx_int_t ngx_chat_recover_take(ngx_chat_socket_t *socket,
    const ngx_chat_resp_t *answer);
static chat_slice_t ngx_chat_recover_log_ms(ngx_chat_socket_t *socket,
    u_char *text);


/* --- the claim ---------------------------------------------------------- */

void
ngx_chat_recover_wish(ngx_chat_socket_t *socket, chat_slice_t auth)
{
    size_t               len;
    ngx_chat_opening_t  *opening;

    opening = socket->opening;
    opening->wish = 0;

    if (ngx_chat_socket_conf(socket)->recovery_ms == 0
        || !ngx_chat_socket_chats(socket) || auth.len == 0)
    {
        return;
    }

    if (ngx_chat_recover_string(auth, chat_slice("pid"), opening->pid,
                                sizeof(opening->pid), &len)
        && len == sizeof(opening->pid)
        && ngx_chat_recover_string(auth, chat_slice("offset"),
                                   opening->offset, sizeof(opening->offset),
                                   &opening->offset_len))
    {
        opening->wish = 1;
    }
}


static ngx_uint_t
ngx_chat_recover_string(chat_slice_t auth, chat_slice_t name, u_char *text,
    size_t size, size_t *len)
{
    chat_json_value_t  value;

    return chat_json_member(auth, name, &value) == CHAT_OK
           && chat_json_string(value, text, size, len) == CHAT_OK;
}


void
ngx_chat_recover_claim(ngx_chat_socket_t *socket)
{
    u_char               max[NGX_INT_T_LEN], log[NGX_INT_T_LEN];
    chat_slice_t         args[6];
    ngx_chat_claim_t    *claim;
    ngx_chat_opening_t  *opening;

    opening = socket->opening;

    claim = ngx_alloc(sizeof(ngx_chat_claim_t), ngx_cycle->log);
    if (claim == NULL) {
        ngx_chat_session_close(socket->client->session, "no memory");
        return;
    }

    /* more would not fit into the queue */

    args[0] = ngx_chat_slice(ngx_chat_claims_uid(socket->claims));
    args[1] = chat_slice_of(opening->pid, sizeof(opening->pid));
    args[2] = chat_slice_of(opening->offset, opening->offset_len);
    args[3] = chat_slice_of(max, ngx_sprintf(max, "%uz",
                     ngx_chat_socket_conf(socket)->send_queue / 2)
                                 - max);
    args[4] = ngx_chat_slice(ngx_chat_claims_session(socket->claims));
    args[5] = ngx_chat_recover_log_ms(socket, log);

    if (ngx_chat_bus_call("claim", args, 6, ngx_chat_recover_answered, claim)
        != NGX_OK)
    {
        ngx_free(claim);
        ngx_chat_opening_later(socket, "no Redis");
        return;
    }

    claim->socket = socket;
    opening->claim = claim;
    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_CLAIMING);
}


void
ngx_chat_recover_cancel(ngx_chat_opening_t *opening)
{
    if (opening->claim) {
        opening->claim->socket = NULL;
        opening->claim = NULL;
    }
}


static void
ngx_chat_recover_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    ngx_chat_claim_t *claim = data;

    ngx_chat_socket_t  *socket;

    socket = claim->socket;
    ngx_free(claim);

    if (socket == NULL) {
        return;
    }

    socket->opening->claim = NULL;

    if (!ngx_chat_session_is_open(socket->client->session)) {
        return;
    }

    if (rc != NGX_OK || value->type != NGX_CHAT_RESP_ARRAY
        || (value->count && ngx_chat_recover_take(socket, value) != NGX_OK))
    {
        ngx_chat_opening_later(socket, "a claim was not answered");
        return;
    }

    ngx_chat_opening_ready(socket);
}


/* [ sid, generation, offset, [ event... ] ] */
static ngx_int_t
ngx_chat_recover_take(ngx_chat_socket_t *socket, const ngx_chat_resp_t *answer)
{
    ngx_str_t            sid, offset;
    ngx_uint_t           i;
    ngx_chat_event_t    *event;
    ngx_chat_opening_t  *opening;

    opening = socket->opening;

    sid = ngx_chat_resp_text(answer, 0);
    offset = ngx_chat_resp_text(answer, 2);

    if (answer->count != 4 || sid.len != sizeof(socket->sid)
        || ngx_chat_offset_parse(ngx_chat_slice(offset), &opening->claimed)
           != NGX_OK
        || answer->items[3]->type != NGX_CHAT_RESP_ARRAY)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < answer->items[3]->count; i++) {

        event = ngx_chat_event_read(ngx_chat_resp_text(answer->items[3], i));

        if (event == NULL
            || ngx_chat_event_list_add(&opening->missed, event) != NGX_OK)
        {
            ngx_chat_event_unref(&event);
            return NGX_ERROR;
        }

        ngx_chat_event_unref(&event);
    }

    ngx_memcpy(socket->sid, sid.data, sid.len);
    socket->generation = (uint32_t) answer->items[1]->integer;
    opening->recovered = 1;

    return NGX_OK;
}


/* --- what can be claimed ------------------------------------------------ */

void
ngx_chat_recover_begin(ngx_chat_socket_t *socket)
{
    u_char        log[NGX_INT_T_LEN];
    ngx_str_t     pid;
    chat_slice_t  args[5];

    pid.len = sizeof(socket->pid);
    pid.data = socket->pid;

    if (socket->opening->recovered) {
        ngx_memcpy(socket->pid, socket->opening->pid, sizeof(socket->pid));
        socket->member.pid = pid;
        return;
    }

    if (ngx_chat_socket_conf(socket)->recovery_ms == 0
        || ngx_chat_secret(socket->pid) != NGX_OK)
    {
        return;
    }

    args[0] = ngx_chat_slice(ngx_chat_claims_uid(socket->claims));
    args[1] = ngx_chat_slice(pid);
    args[2] = chat_slice_of(socket->sid, sizeof(socket->sid));
    args[3] = ngx_chat_slice(ngx_chat_claims_session(socket->claims));
    args[4] = ngx_chat_recover_log_ms(socket, log);

    if (ngx_chat_bus_call("begin", args, 5, NULL, NULL) == NGX_OK) {
        socket->member.pid = pid;
    }
}


/* If it cannot be said, the log's end does. */
void
ngx_chat_recover_forget(ngx_chat_socket_t *socket)
{
    chat_slice_t  args[2];

    if (socket->member.pid.len == 0) {
        return;
    }

    args[0] = ngx_chat_slice(ngx_chat_claims_uid(socket->claims));
    args[1] = ngx_chat_slice(socket->member.pid);
    socket->member.pid.len = 0;

    if (ngx_chat_bus_call("forget", args, 2, NULL, NULL) != NGX_OK) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "chat: the end of a session could not be told");
    }
}


static chat_slice_t
ngx_chat_recover_log_ms(ngx_chat_socket_t *socket, u_char *text)
{
    ngx_msec_t  ms;

    ms = ngx_chat_presence_log_life(ngx_chat_socket_conf(socket));

    return chat_slice_of(text, ngx_sprintf(text, "%M", ms) - text);
}
