
/*
 * A session's row in the shared zone: what is written in it, and what follows
 * from it.  By its row a session is counted, for its address from the
 * handshake on, for its user from CONNECT on, in all processes together.
 */

#include "ngx_chat_session_state.h"
#include "ngx_chat_key.h"
#include "ngx_chat_metrics.h"


static void ngx_chat_session_describe(ngx_chat_session_t *s,
    ngx_chat_row_t *row);
static ngx_int_t ngx_chat_session_describe_again(ngx_chat_session_t *s,
    ngx_uint_t max);


static ngx_str_t  ngx_chat_session_address_kind = ngx_string("address");
static ngx_str_t  ngx_chat_session_user_kind = ngx_string("user");


ngx_int_t
ngx_chat_session_enter(ngx_chat_session_t *s)
{
    ngx_int_t            rc;
    ngx_chat_row_t       row;
    ngx_chat_session_t  *oldest;

    ngx_chat_session_describe(s, &row);
    rc = ngx_chat_shm_row_create(&row, s->conf->max_address, &s->row);

    if (rc == NGX_BUSY) {
        ngx_chat_metric(NGX_CHAT_M_CONNECTIONS_REFUSED);
        return NGX_BUSY;
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "chat: the zone is full, a session is refused");
        return NGX_ERROR;
    }

    if (ngx_chat_shm_crowded()) {
        oldest = ngx_chat_session_oldest_fresh();

        if (oldest == NULL) {              /* others have them all */
            ngx_chat_shm_row_free(&s->row);
            return NGX_ERROR;
        }

        ngx_chat_metric(NGX_CHAT_M_FRESH_CLOSED);
        ngx_chat_session_end(oldest, "too many have not joined",
                             NGX_CHAT_CLOSE_FLUSH);
    }

    ngx_chat_session_list(s);
    ngx_chat_metric_add(NGX_CHAT_M_SESSIONS, 1);

    return NGX_OK;
}


ngx_int_t
ngx_chat_session_admit(ngx_chat_session_t *s, ngx_str_t uid)
{
    ngx_str_t  nobody = ngx_null_string;

    if (s->uid.len) {
        return NGX_OK;                     /* by another namespace */
    }

    s->uid = uid;

    if (ngx_chat_session_describe_again(s, s->conf->max_user) == NGX_OK) {
        return NGX_OK;
    }

    s->uid = nobody;
    ngx_chat_metric(NGX_CHAT_M_CONNECTIONS_REFUSED);

    return NGX_BUSY;
}


/* One that closes stays in the list of those. */
void
ngx_chat_session_identify(ngx_chat_session_t *s, ngx_str_t uid,
    ngx_uint_t joined)
{
    s->uid = uid;

    if (s->joined != joined && ngx_chat_session_is_open(s)) {
        s->joined = joined;
        ngx_queue_remove(&s->link);
        ngx_chat_session_list(s);
    }

    (void) ngx_chat_session_describe_again(s, 0);
}


void
ngx_chat_session_row_again(ngx_chat_session_t *s)
{
    ngx_chat_row_t  row;

    ngx_chat_session_describe(s, &row);
    (void) ngx_chat_shm_row_create(&row, 0, &s->row);
}


static ngx_int_t
ngx_chat_session_describe_again(ngx_chat_session_t *s, ngx_uint_t max)
{
    ngx_chat_row_t  row;

    if (s->row == NGX_CHAT_ROW_NONE) {
        return NGX_OK;
    }

    ngx_chat_session_describe(s, &row);

    return ngx_chat_shm_row_update(s->row, &row, max);
}


static void
ngx_chat_session_describe(ngx_chat_session_t *s, ngx_chat_row_t *row)
{
    ngx_memzero(row, sizeof(ngx_chat_row_t));
    ngx_memcpy(row->sid, s->sid, sizeof(row->sid));

    row->transport = (uint8_t) s->kind;
    row->location = s->conf->location;
    row->since = s->since;
    row->fresh = !s->joined;

    ngx_chat_key_address(&row->address, ngx_chat_session_address_kind,
                         ngx_chat_session_address(s));

    if (s->uid.len) {
        ngx_chat_key(&row->user, ngx_chat_session_user_kind, s->uid);
    }
}
