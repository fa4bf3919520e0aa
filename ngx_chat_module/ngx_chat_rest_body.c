
/*
 * The body of a request in one piece: most are, as nginx has read them; a
 * large one stands in several buffers or in a file.  For ngx_chat_rest.
 */

#include "ngx_chat_rest_body.h"


static size_t ngx_chat_rest_body_size(ngx_chain_t *cl);


ngx_int_t
ngx_chat_rest_body(ngx_http_request_t *r, chat_slice_t *body)
{
    size_t        size;
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    *body = chat_slice_of(NULL, 0);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;
    b = cl->buf;

    if (cl->next == NULL && !b->in_file) {
        *body = chat_slice_of(b->pos, b->last - b->pos);
        return NGX_OK;
    }

    size = ngx_chat_rest_body_size(cl);

    if (size > CHAT_BUS_JOB_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    p = ngx_palloc(r->pool, size);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *body = chat_slice_of(p, size);

    for ( /* void */ ; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_size(b) == 0) {
            continue;
        }

        if (!b->in_file) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);

        if (n != b->file_last - b->file_pos) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


static size_t
ngx_chat_rest_body_size(ngx_chain_t *cl)
{
    off_t  size;

    for (size = 0; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    return (size_t) size;
}
