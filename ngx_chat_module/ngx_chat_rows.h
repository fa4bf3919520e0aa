
/*
 * A session's row, and the table of them: fixed-size, found by sid, in whatever
 * memory it is given.  The table takes no lock; it is for ngx_chat_shm.c alone.
 */

#ifndef NGX_CHAT_ROWS_H
#define NGX_CHAT_ROWS_H


#include "ngx_chat.h"
#include "chat_eio_packet.h"


#define NGX_CHAT_ROW_NONE  ((uint32_t) -1)


typedef enum {
    NGX_CHAT_TRANSPORT_POLLING = 0,
    NGX_CHAT_TRANSPORT_WEBSOCKET
} ngx_chat_transport_t;


/* What any process needs to find a session, count it, list it, close it. */
typedef struct {
    u_char      sid[CHAT_EIO_SID_LEN];    /* Engine.IO's: a bearer secret */
    uint16_t    process;                  /* owner: index of the table */
    uint8_t     transport;                /* ngx_chat_transport_t */
    uint8_t     joined;                   /* namespaces */
    uint32_t    generation;
    uint32_t    since;                    /* seconds */
    uint32_t    location;                 /* of the configuration */
    uint8_t     uid_len;                  /* 0: not joined yet */
    u_char      uid[CHAT_UID_MAX];
} ngx_chat_row_t;


typedef struct ngx_chat_rows_node_s  ngx_chat_rows_node_t;


typedef struct {
    uint32_t                generation;    /* raised when it is cleared */
    uint32_t                count;         /* rows there is room for */
    uint32_t                fresh;         /* the first never used */
    uint32_t                free;          /* the first given back */
    uint32_t               *buckets;       /* `count` of them */
    ngx_chat_rows_node_t   *nodes;
} ngx_chat_rows_t;


void ngx_chat_rows_init(ngx_chat_rows_t *rows, void *memory, size_t size);

/* Empties the table; handles made before name nothing from now on. */
void ngx_chat_rows_clear(ngx_chat_rows_t *rows);

/* A handle, or NGX_CHAT_ROW_NONE: full. */
uint32_t ngx_chat_rows_add(ngx_chat_rows_t *rows, const ngx_chat_row_t *row);
void ngx_chat_rows_remove(ngx_chat_rows_t *rows, uint32_t handle);
void ngx_chat_rows_remove_process(ngx_chat_rows_t *rows, uint16_t process);

/* NULL: there is none. */
ngx_chat_row_t *ngx_chat_rows_get(ngx_chat_rows_t *rows, uint32_t handle);
ngx_chat_row_t *ngx_chat_rows_find(ngx_chat_rows_t *rows, const u_char *sid);


#endif /* NGX_CHAT_ROWS_H */
