
/*
 * Redis's protocol as bytes: commands to bytes, bytes to values.  Only
 * ngx_chat_resp.c knows hiredis.
 */

#ifndef NGX_CHAT_RESP_H
#define NGX_CHAT_RESP_H


#include "ngx_chat.h"
#include "chat_buf.h"


#define NGX_CHAT_RESP_ARGS_MAX  1100       /* of a command */


typedef enum {
    NGX_CHAT_RESP_NIL = 0,
    NGX_CHAT_RESP_STATUS,
    NGX_CHAT_RESP_ERROR,
    NGX_CHAT_RESP_INTEGER,
    NGX_CHAT_RESP_STRING,
    NGX_CHAT_RESP_ARRAY
} ngx_chat_resp_type_t;


typedef struct ngx_chat_resp_s  ngx_chat_resp_t;

struct ngx_chat_resp_s {
    ngx_chat_resp_type_t    type;
    int64_t                 integer;
    ngx_str_t               text;          /* status, error, string */
    ngx_uint_t              count;         /* array */
    ngx_chat_resp_t       **items;
};


typedef struct ngx_chat_resp_reader_s  ngx_chat_resp_reader_t;


/* Appends a command; NGX_ERROR: no memory, nothing was appended. */
ngx_int_t ngx_chat_resp_format(chat_buf_t *out, const chat_slice_t *args,
    ngx_uint_t count);

ngx_chat_resp_reader_t *ngx_chat_resp_reader_create(ngx_log_t *log);
void ngx_chat_resp_reader_destroy(ngx_chat_resp_reader_t **reader);

/* Takes bytes; NGX_ERROR: no memory, or a value that is too long. */
ngx_int_t ngx_chat_resp_feed(ngx_chat_resp_reader_t *reader, u_char *p,
    size_t n);

/*
 * The next whole value, which lives until the next call.  NGX_AGAIN: more
 * bytes needed.  NGX_ERROR: not Redis's protocol, no memory, or too long.
 */
ngx_int_t ngx_chat_resp_next(ngx_chat_resp_reader_t *reader,
    ngx_chat_resp_t **value);

/* An array's item as text; len 0 if it is none. */
ngx_str_t ngx_chat_resp_text(const ngx_chat_resp_t *array, ngx_uint_t i);


#endif /* NGX_CHAT_RESP_H */
