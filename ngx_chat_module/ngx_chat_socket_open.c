
/*
 * From CONNECT to the question whether it is granted.  First the user's
 * channel is on, then the worker is asked (ngx_chat_socket_join.c hears the
 * answer): so nothing falls between.  The session is held meanwhile, and
 * nothing the client sends overtakes its CONNECT.
 *
 * The socket hands over CONNECT; the fan-out says when the channel is on.
 */

#include "ngx_chat_socket_state.h"


#define NGX_CHAT_OPENING_JOBS      200     /* session jobs under way */
#define NGX_CHAT_OPENING_RETRY_MS  2000    /* jitter when it cannot be now */
#define NGX_CHAT_OPENING_FULL_MS   20000   /* … for who has too many sessions */


static ngx_int_t ngx_chat_opening_keep(ngx_chat_opening_t *opening,
    chat_slice_t auth, chat_slice_t token);
static ngx_int_t ngx_chat_opening_subscribe(ngx_chat_socket_t *socket);
static void ngx_chat_opening_ask(ngx_chat_socket_t *socket);
static void ngx_chat_opening_take_back(ngx_chat_socket_t *socket);
static ngx_int_t ngx_chat_opening_push(ngx_chat_socket_t *socket,
    const char *state, ngx_chat_reply_pt done, void *data,
    ngx_chat_ask_t **ask);


static ngx_uint_t   ngx_chat_opening_jobs;
static ngx_queue_t  ngx_chat_opening_queue = {
    &ngx_chat_opening_queue, &ngx_chat_opening_queue
};


ngx_chat_opening_t *
ngx_chat_opening_create(ngx_str_t agent)
{
    size_t               i;
    ngx_chat_opening_t  *opening;

    agent.len = ngx_min(agent.len, NGX_CHAT_AGENT_MAX);

    opening = ngx_calloc(sizeof(ngx_chat_opening_t) + agent.len,
                         ngx_cycle->log);
    if (opening == NULL) {
        return NULL;
    }

    opening->agent_len = agent.len;

    for (i = 0; i < agent.len; i++) {
        opening->agent[i] = (agent.data[i] < 0x20 || agent.data[i] == 0x7f)
                            ? '?' : agent.data[i];
    }

    return opening;
}


void
ngx_chat_opening_destroy(ngx_chat_opening_t **opening)
{
    if (*opening) {
        ngx_free((*opening)->auth.data);
        ngx_free(*opening);
        *opening = NULL;
    }
}


void
ngx_chat_socket_open(ngx_chat_socket_t *socket, chat_slice_t auth)
{
    const char    *why;
    ngx_str_t      nobody = ngx_null_string;
    chat_slice_t   token;

    socket->claims = ngx_chat_socket_identify(socket, auth, &token, &why);

    if (socket->claims == NULL) {
        ngx_chat_opening_refuse(socket, chat_slice_of(why, ngx_strlen(why)),
                                chat_slice("unauthorized"));
        return;
    }

    if (socket->opening == NULL) {         /* not its first CONNECT */
        socket->opening = ngx_chat_opening_create(nobody);
    }

    if (socket->opening == NULL
        || ngx_chat_opening_keep(socket->opening, auth, token) != NGX_OK)
    {
        ngx_chat_session_close(socket->client->session, "no memory");
        return;
    }

    ngx_chat_recover_wish(socket, auth);
    ngx_chat_opening_restart(socket);
    ngx_chat_client_changed(socket->client);
    ngx_chat_client_hold(socket->client);

    if (!ngx_chat_bus_ready()) {
        ngx_chat_opening_later(socket, "no Redis");
        return;
    }

    switch (ngx_chat_opening_subscribe(socket)) {

    case NGX_OK:
        ngx_chat_socket_subscribed(socket);
        return;

    case NGX_AGAIN:
        return;

    default:
        ngx_chat_session_close(socket->client->session, "no memory");
        return;
    }
}


void
ngx_chat_opening_restart(ngx_chat_socket_t *socket)
{
    ngx_chat_opening_take_back(socket);

    socket->generation = 1;
    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_SUBSCRIBING);

    /* known to others: nothing to do with the session's, which is a secret */

    if (ngx_chat_secret(socket->sid) != NGX_OK) {
        ngx_chat_session_close(socket->client->session, "no random bytes");
    }
}


/*
 * For the worker.  A token that was looked at stays here: null stands in its
 * place.
 */
static ngx_int_t
ngx_chat_opening_keep(ngx_chat_opening_t *opening, chat_slice_t auth,
    chat_slice_t token)
{
    u_char  *p;
    size_t   before;

    opening->auth.len = 0;

    if (auth.len == 0) {
        return NGX_OK;
    }

    opening->auth.data = ngx_alloc(auth.len + sizeof("null") - 1,
                                   ngx_cycle->log);
    if (opening->auth.data == NULL) {
        return NGX_ERROR;
    }

    before = token.len ? (size_t) (token.data - auth.data) : auth.len;
    p = ngx_cpymem(opening->auth.data, auth.data, before);

    if (token.len) {
        p = ngx_cpymem(p, "null", sizeof("null") - 1);
        p = ngx_cpymem(p, token.data + token.len,
                       auth.len - before - token.len);
    }

    opening->auth.len = p - opening->auth.data;

    return NGX_OK;
}


/* Nobody's socket has no channel to wait for. */
static ngx_int_t
ngx_chat_opening_subscribe(ngx_chat_socket_t *socket)
{
    ngx_str_t  uid;

    uid = ngx_chat_claims_uid(socket->claims);

    return uid.len ? ngx_chat_rooms_enter(&socket->member, uid) : NGX_OK;
}


/* --- asking ------------------------------------------------------------- */

void
ngx_chat_socket_subscribed(ngx_chat_socket_t *socket)
{
    if (socket->state != NGX_CHAT_SOCKET_SUBSCRIBING
        || !ngx_chat_session_is_open(socket->client->session))
    {
        return;
    }

    if (socket->opening->wish) {
        ngx_chat_recover_claim(socket);
        return;
    }

    ngx_chat_opening_ready(socket);
}


/*
 * Who has too many sessions is not refused for ever, as one may end; but he
 * waits for it with a CONNECT that is not answered, rather than by trying.  One
 * that goes on in another connection takes the place of the old one.
 */
void
ngx_chat_opening_ready(ngx_chat_socket_t *socket)
{
    if (!socket->opening->recovered && socket->member.room
        && ngx_chat_session_admit(socket->client->session,
                                  socket->member.room->node.str) != NGX_OK)
    {
        ngx_chat_session_close_within(socket->client->session,
                                      NGX_CHAT_OPENING_FULL_MS,
                                      "the user has too many sessions");
        return;
    }

    if (ngx_chat_opening_jobs < NGX_CHAT_OPENING_JOBS) {
        ngx_chat_opening_ask(socket);
        return;
    }

    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_QUEUED);
    socket->opening->socket = socket;
    ngx_queue_insert_tail(&ngx_chat_opening_queue, &socket->opening->link);
}


static void
ngx_chat_opening_ask(ngx_chat_socket_t *socket)
{
    ngx_chat_opening_t  *opening;

    opening = socket->opening;

    if (ngx_chat_opening_push(socket, opening->recovered ? "resume" : "open",
                              ngx_chat_opening_answered, socket, &opening->ask)
        != NGX_OK)
    {
        opening->ask = NULL;
        ngx_chat_opening_later(socket, "no worker");
        return;
    }

    ngx_chat_opening_jobs++;
    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_ASKING);
}


ngx_int_t
ngx_chat_socket_ask_again(ngx_chat_socket_t *socket, ngx_chat_reply_pt done,
    void *data, ngx_chat_ask_t **ask)
{
    if (socket->state != NGX_CHAT_SOCKET_JOINED
        || !ngx_chat_socket_chats(socket)
        || !ngx_chat_session_is_open(socket->client->session))
    {
        return NGX_DECLINED;
    }

    return ngx_chat_opening_push(socket, "again", done, data, ask);
}


static ngx_int_t
ngx_chat_opening_push(ngx_chat_socket_t *socket, const char *state,
    ngx_chat_reply_pt done, void *data, ngx_chat_ask_t **ask)
{
    u_char                   generation[NGX_INT_T_LEN];
    chat_slice_t            *h;
    ngx_chat_job_t           job;
    ngx_chat_opening_t      *opening;
    ngx_chat_claims_text_t   text;

    opening = socket->opening;

    ngx_chat_socket_job(socket, &job, &text);

    h = job.envelope.headers;
    h[CHAT_H_GENERATION] = chat_slice_of(generation,
                 ngx_sprintf(generation, "%uD", socket->generation)
                 - generation);
    h[CHAT_H_STATE] = chat_slice_of(state, ngx_strlen(state));

    if (opening) {
        h[CHAT_H_AGENT] = chat_slice_of(opening->agent_len ? opening->agent
                                                           : NULL,
                                        opening->agent_len);
        job.envelope.body = ngx_chat_slice(opening->auth);
    }

    ngx_str_set(&job.lane, CHAT_LANE_READ);
    job.kind = "session";
    job.ttl_ms = ngx_chat_socket_conf(socket)->timeout_ms;
    job.done = done;
    job.data = data;

    return ngx_chat_bus_push(&job, ask);
}


/* A session job has ended: the next may begin. */
void
ngx_chat_opening_next(void)
{
    ngx_queue_t         *q;
    ngx_chat_opening_t  *opening;

    ngx_chat_opening_jobs--;

    while (ngx_chat_opening_jobs < NGX_CHAT_OPENING_JOBS
           && !ngx_queue_empty(&ngx_chat_opening_queue)
           && ngx_chat_bus_ready())
    {
        q = ngx_queue_head(&ngx_chat_opening_queue);
        opening = ngx_queue_data(q, ngx_chat_opening_t, link);

        ngx_queue_remove(q);
        ngx_chat_opening_ask(opening->socket);
    }
}


void
ngx_chat_opening_cancel(ngx_chat_socket_t *socket)
{
    if (socket->opening) {
        ngx_chat_opening_take_back(socket);

        ngx_free(socket->opening->auth.data);
        ngx_str_null(&socket->opening->auth);
    }
}


static void
ngx_chat_opening_take_back(ngx_chat_socket_t *socket)
{
    ngx_chat_opening_t  *opening;

    opening = socket->opening;

    if (socket->state == NGX_CHAT_SOCKET_QUEUED) {
        ngx_queue_remove(&opening->link);
    }

    if (opening->ask) {
        ngx_chat_bus_cancel(opening->ask);
        opening->ask = NULL;
        ngx_chat_opening_next();
    }

    ngx_chat_recover_cancel(opening);
    ngx_chat_event_list_forget(&opening->waiting);
    ngx_chat_event_list_forget(&opening->missed);
    opening->recovered = 0;
    opening->behind = 0;
}


/*
 * Neither granted nor refused.  After a CONNECT_ERROR clients do not try
 * again, after the loss of a connection they do.
 */
void
ngx_chat_opening_later(ngx_chat_socket_t *socket, const char *why)
{
    ngx_chat_session_close_within(socket->client->session,
                                  NGX_CHAT_OPENING_RETRY_MS, why);
}
