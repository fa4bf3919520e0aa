
/*
 * A session's row, and the table of them: fixed-size, found by sid, counted by
 * address and user, in whatever memory it is given.  The table takes no lock;
 * it is for ngx_chat_shm.c alone.
 */

#ifndef NGX_CHAT_ROWS_H
#define NGX_CHAT_ROWS_H


#include "ngx_chat.h"
#include "chat_counts.h"
#include "chat_eio_packet.h"


#define NGX_CHAT_ROW_NONE      ((uint32_t) -1)
#define NGX_CHAT_ROW_BYTES     256    /* of the zone a session costs, at most */
#define NGX_CHAT_ROWS_FRESH    8      /* 1 of so many may have not joined */


typedef enum {
    NGX_CHAT_TRANSPORT_POLLING = 0,
    NGX_CHAT_TRANSPORT_WEBSOCKET
} ngx_chat_transport_t;


/* What any process needs to find a session, count it, list it, close it. */
typedef struct {
    u_char      sid[CHAT_EIO_SID_LEN];    /* Engine.IO's: a bearer secret */
    uint16_t    process;                  /* owner: index of the table */
    uint8_t     transport;                /* ngx_chat_transport_t */
    uint8_t     fresh;                    /* 1: has not joined yet */
    uint32_t    since;                    /* seconds */
    uint32_t    location;                 /* of the configuration */
    chat_key_t  address;                  /* all zero: not counted */
    chat_key_t  user;                     /* … */
} ngx_chat_row_t;


typedef struct ngx_chat_rows_node_s  ngx_chat_rows_node_t;


typedef struct {
    uint32_t                generation;    /* raised when it is cleared */
    uint32_t                count;         /* rows there is room for */
    uint32_t                fresh;         /* the first never used */
    uint32_t                free;          /* the first given back */
    uint32_t                strangers;     /* rows that are fresh */
    uint32_t               *buckets;       /* `count` of them */
    ngx_chat_rows_node_t   *nodes;
    chat_counts_t           counts;        /* of addresses and users */
} ngx_chat_rows_t;


void ngx_chat_rows_init(ngx_chat_rows_t *rows, void *memory, size_t size);

/* Empties the table; handles made before name nothing from now on. */
void ngx_chat_rows_clear(ngx_chat_rows_t *rows);

/*
 * NGX_OK and a handle; NGX_BUSY: the address has `max` rows; NGX_ERROR: full.
 * With either the handle is NGX_CHAT_ROW_NONE.
 */
ngx_int_t ngx_chat_rows_add(ngx_chat_rows_t *rows, const ngx_chat_row_t *row,
    uint32_t max, uint32_t *handle);

/* NGX_BUSY: the user, another than before, has `max` rows; all is as it was. */
ngx_int_t ngx_chat_rows_update(ngx_chat_rows_t *rows, uint32_t handle,
    const ngx_chat_row_t *row, uint32_t max);

void ngx_chat_rows_remove(ngx_chat_rows_t *rows, uint32_t handle);
void ngx_chat_rows_remove_process(ngx_chat_rows_t *rows, uint16_t process);

/* NULL: there is none. */
const ngx_chat_row_t *ngx_chat_rows_find(ngx_chat_rows_t *rows,
    const u_char *sid);


#endif /* NGX_CHAT_ROWS_H */
