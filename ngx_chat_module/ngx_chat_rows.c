
/*
 * The table of session rows inside the shared zone.  Rows are chained by the
 * hash of their sid, by index, so the table holds no pointers but its own two.
 * What a row is counted by is taken with it and given back with it, so counts
 * are right whoever removes it, and for which reason.
 * A handle carries the generation of the table it was made for, so that one
 * from before a clearing can do no harm.  The caller holds the lock.
 */

#include "ngx_chat_rows.h"


/* A handle: 8 bits of the generation, 24 of the index. */
#define NGX_CHAT_ROWS_MAX        0xffffff
#define ngx_chat_rows_index(h)   ((h) & 0xffffff)
#define ngx_chat_rows_tag(rows)  (((rows)->generation & 0xff) << 24)


struct ngx_chat_rows_node_s {
    uint32_t            next;      /* of the chain, or of the free ones */
    uint32_t            used;
    uint32_t            address;   /* handles of counts */
    uint32_t            user;
    ngx_chat_row_t      row;
};


/* A row is counted by its address and by its user. */
#define NGX_CHAT_ROWS_COUNTS  2

_Static_assert(sizeof(ngx_chat_rows_node_t) + sizeof(uint32_t)
               + NGX_CHAT_ROWS_COUNTS * 32 <= NGX_CHAT_ROW_BYTES,
               "a session costs too much of the zone");


static ngx_chat_rows_node_t *ngx_chat_rows_get(ngx_chat_rows_t *rows,
    uint32_t handle);
static ngx_int_t ngx_chat_rows_take(ngx_chat_rows_t *rows,
    const chat_key_t *key, uint32_t max, uint32_t *count);
static uint32_t *ngx_chat_rows_bucket(ngx_chat_rows_t *rows,
    const u_char *sid);
static void ngx_chat_rows_free(ngx_chat_rows_t *rows, uint32_t i);


void
ngx_chat_rows_init(ngx_chat_rows_t *rows, void *memory, size_t size)
{
    size_t  count;

    count = size / (sizeof(ngx_chat_rows_node_t) + sizeof(uint32_t)
                    + chat_counts_size(NGX_CHAT_ROWS_COUNTS));

    rows->count = ngx_min(count, NGX_CHAT_ROWS_MAX);
    rows->nodes = memory;
    rows->buckets = (uint32_t *) (rows->nodes + rows->count);

    chat_counts_init(&rows->counts, rows->buckets + rows->count,
                     NGX_CHAT_ROWS_COUNTS * rows->count);

    ngx_chat_rows_clear(rows);
}


void
ngx_chat_rows_clear(ngx_chat_rows_t *rows)
{
    uint32_t  i;

    for (i = 0; i < rows->count; i++) {
        rows->buckets[i] = NGX_CHAT_ROW_NONE;
    }

    chat_counts_clear(&rows->counts);

    rows->free = NGX_CHAT_ROW_NONE;
    rows->fresh = 0;
    rows->strangers = 0;
    rows->generation++;
}


ngx_int_t
ngx_chat_rows_add(ngx_chat_rows_t *rows, const ngx_chat_row_t *row,
    uint32_t max, uint32_t *handle)
{
    uint32_t   i, address, *bucket;
    ngx_int_t  rc;

    *handle = NGX_CHAT_ROW_NONE;

    if (rows->free == NGX_CHAT_ROW_NONE && rows->fresh == rows->count) {
        return NGX_ERROR;
    }

    rc = ngx_chat_rows_take(rows, &row->address, max, &address);

    if (rc != NGX_OK) {
        return rc;
    }

    i = rows->free;

    if (i != NGX_CHAT_ROW_NONE) {
        rows->free = rows->nodes[i].next;

    } else {
        i = rows->fresh++;
    }

    bucket = ngx_chat_rows_bucket(rows, row->sid);

    rows->nodes[i].row = *row;
    rows->nodes[i].used = 1;
    rows->nodes[i].address = address;
    rows->nodes[i].next = *bucket;
    *bucket = i;

    rows->strangers += row->fresh;

    *handle = ngx_chat_rows_tag(rows) | i;

    return ngx_chat_rows_take(rows, &row->user, CHAT_COUNT_ANY,
                              &rows->nodes[i].user);
}


/* There is a count for every key of every row: none can lack. */
static ngx_int_t
ngx_chat_rows_take(ngx_chat_rows_t *rows, const chat_key_t *key, uint32_t max,
    uint32_t *count)
{
    static const chat_key_t  nobody;

    *count = CHAT_COUNT_NONE;

    if (chat_key_eq(key, &nobody)) {
        return NGX_OK;
    }

    return chat_counts_take(&rows->counts, key, max, count) == CHAT_OK
           ? NGX_OK : NGX_BUSY;
}


ngx_int_t
ngx_chat_rows_update(ngx_chat_rows_t *rows, uint32_t handle,
    const ngx_chat_row_t *row, uint32_t max)
{
    uint32_t               user;
    ngx_chat_rows_node_t  *node;

    node = ngx_chat_rows_get(rows, handle);

    if (node == NULL) {
        return NGX_OK;
    }

    if (!chat_key_eq(&node->row.user, &row->user)) {

        if (ngx_chat_rows_take(rows, &row->user, max, &user) != NGX_OK) {
            return NGX_BUSY;
        }

        chat_counts_give(&rows->counts, &node->user);
        node->user = user;
    }

    rows->strangers += row->fresh - node->row.fresh;
    node->row = *row;

    return NGX_OK;
}


void
ngx_chat_rows_remove(ngx_chat_rows_t *rows, uint32_t handle)
{
    if (ngx_chat_rows_get(rows, handle)) {
        ngx_chat_rows_free(rows, ngx_chat_rows_index(handle));
    }
}


void
ngx_chat_rows_remove_process(ngx_chat_rows_t *rows, uint16_t process)
{
    uint32_t  i;

    for (i = 0; i < rows->fresh; i++) {
        if (rows->nodes[i].used && rows->nodes[i].row.process == process) {
            ngx_chat_rows_free(rows, i);
        }
    }
}


const ngx_chat_row_t *
ngx_chat_rows_find(ngx_chat_rows_t *rows, const u_char *sid)
{
    uint32_t               i;
    ngx_chat_rows_node_t  *node;

    for (i = *ngx_chat_rows_bucket(rows, sid);
         i != NGX_CHAT_ROW_NONE;
         i = node->next)
    {
        node = &rows->nodes[i];

        if (ngx_memcmp(node->row.sid, sid, CHAT_EIO_SID_LEN) == 0) {
            return &node->row;
        }
    }

    return NULL;
}


static ngx_chat_rows_node_t *
ngx_chat_rows_get(ngx_chat_rows_t *rows, uint32_t handle)
{
    uint32_t  i;

    i = ngx_chat_rows_index(handle);

    if ((handle & ~(uint32_t) 0xffffff) != ngx_chat_rows_tag(rows)
        || i >= rows->fresh || !rows->nodes[i].used)
    {
        return NULL;
    }

    return &rows->nodes[i];
}


static void
ngx_chat_rows_free(ngx_chat_rows_t *rows, uint32_t i)
{
    uint32_t              *link;
    ngx_chat_rows_node_t  *node;

    node = &rows->nodes[i];
    link = ngx_chat_rows_bucket(rows, node->row.sid);

    while (*link != i) {
        link = &rows->nodes[*link].next;
    }

    *link = node->next;

    chat_counts_give(&rows->counts, &node->address);
    chat_counts_give(&rows->counts, &node->user);
    rows->strangers -= node->row.fresh;

    node->used = 0;
    node->next = rows->free;
    rows->free = i;
}


static uint32_t *
ngx_chat_rows_bucket(ngx_chat_rows_t *rows, const u_char *sid)
{
    return &rows->buckets[ngx_murmur_hash2((u_char *) sid, CHAT_EIO_SID_LEN)
                          % rows->count];
}
