
/*
 * One-call answers to HTTP requests, and a look at a request's headers.
 * Called by the REST, status and handshake handlers; knows nothing of jobs or
 * sessions.  What differs between versions of nginx is hidden here.
 */

#include "ngx_chat_reply.h"
#include "chat_buf.h"

#include <openssl/rand.h>


#define NGX_CHAT_ERROR_BODY_MAX   1024
#define NGX_CHAT_RETRY_AFTER_S    2


static ngx_int_t ngx_chat_reply_head(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t content_type, size_t length);
static void ngx_chat_reply_type(ngx_http_request_t *r, ngx_str_t content_type);
static ngx_int_t ngx_chat_cookie_find(ngx_str_t line, ngx_str_t name,
    ngx_str_t *value);


ngx_int_t
ngx_chat_reply(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t content_type, chat_slice_t body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    rc = ngx_chat_reply_head(r, status, content_type, body.len);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_create_temp_buf(r->pool, body.len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, body.data, body.len);
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_chat_reply_head(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t content_type, size_t length)
{
    ngx_int_t  rc;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = length;

    if (length == 0) {
        r->header_only = 1;
    }

    if (status == NGX_HTTP_NO_CONTENT) {
        ngx_http_clear_content_length(r);
    }

    ngx_chat_reply_type(r, content_type);

    /* RFC 9110, 15.5.2 */
    if (status == NGX_HTTP_UNAUTHORIZED
        && ngx_chat_reply_header(r, "WWW-Authenticate", chat_slice("Bearer"))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_send_header(r);
}


/* The length without parameters is what gzip_types and the like compare. */
static void
ngx_chat_reply_type(ngx_http_request_t *r, ngx_str_t content_type)
{
    u_char  *p;

    if (content_type.len == 0) {
        return;
    }

    p = ngx_strlchr(content_type.data, content_type.data + content_type.len,
                    ';');

    r->headers_out.content_type = content_type;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_type_len = p ? (size_t) (p - content_type.data)
                                        : content_type.len;
}


ngx_int_t
ngx_chat_reply_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, const char *message)
{
    u_char      text[NGX_CHAT_ERROR_BODY_MAX];
    chat_buf_t  b;

    static ngx_str_t  json = ngx_string("application/json");

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_chat_reply_retry(r, NGX_CHAT_RETRY_AFTER_S) != NGX_OK)
    {
        return NGX_ERROR;
    }

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_buf_str(&b, "{\"message\":");
    chat_buf_json(&b, chat_slice_of(message, ngx_strlen(message)));
    chat_buf_str(&b, ",\"code\":");
    chat_buf_json(&b, chat_slice_of(code, ngx_strlen(code)));
    chat_buf_byte(&b, '}');

    if (chat_buf_status(&b) != CHAT_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_chat_reply(r, status, json, chat_buf_view(&b));
}


ngx_int_t
ngx_chat_reply_retry(ngx_http_request_t *r, ngx_uint_t seconds)
{
    u_char  text[NGX_INT_T_LEN];

    return ngx_chat_reply_header(r, "Retry-After", chat_slice_of(text,
                  (size_t) (ngx_sprintf(text, "%ui", seconds) - text)));
}


ngx_int_t
ngx_chat_reply_header(ngx_http_request_t *r, const char *name,
    chat_slice_t value)
{
    ngx_str_t         text;
    ngx_table_elt_t  *h;

    text.len = value.len;
    text.data = (u_char *) value.data;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 0;                 /* not sent, should the copy fail */
    h->key.len = ngx_strlen(name);
    h->key.data = (u_char *) name;
    h->lowcase_key = NULL;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    h->value.len = value.len;
    h->value.data = ngx_pstrdup(r->pool, &text);
    if (h->value.data == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;

    return NGX_OK;
}


ngx_str_t *
ngx_chat_request_header(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncmp(h[i].lowcase_key, name, len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


/* RFC 6265, 4.2.1: pairs name=value, between them "; ". */
ngx_int_t
ngx_chat_request_cookie(ngx_http_request_t *r, ngx_str_t name,
    ngx_str_t *value)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == 6
                && ngx_strncmp(h[i].lowcase_key, "cookie", 6) == 0
                && ngx_chat_cookie_find(h[i].value, name, value) == NGX_OK)
            {
                return NGX_OK;
            }
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_chat_cookie_find(ngx_str_t line, ngx_str_t name, ngx_str_t *value)
{
    u_char  *p, *last, *end;

    last = line.data + line.len;

    for (p = line.data; p < last; p = end + 1) {

        while (p < last && *p == ' ') {
            p++;
        }

        end = ngx_strlchr(p, last, ';');
        end = end ? end : last;

        if ((size_t) (end - p) > name.len && p[name.len] == '='
            && ngx_strncmp(p, name.data, name.len) == 0)
        {
            value->data = p + name.len + 1;
            value->len = end - value->data;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_chat_random(void *p, size_t n)
{
    if (n > INT_MAX || RAND_bytes(p, (int) n) != 1) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_secret(u_char text[NGX_CHAT_SECRET_LEN])
{
    u_char     bytes[NGX_CHAT_SECRET_LEN * 3 / 4];
    ngx_str_t  from, to;

    if (ngx_chat_random(bytes, sizeof(bytes)) != NGX_OK) {
        return NGX_ERROR;
    }

    from.len = sizeof(bytes);
    from.data = bytes;
    to.data = text;

    ngx_encode_base64url(&to, &from);

    return NGX_OK;
}
