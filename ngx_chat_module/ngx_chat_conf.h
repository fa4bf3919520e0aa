
/*
 * The configuration: made, merged, and the directives of more than one word.
 * Setters answer as nginx's own do: NGX_CONF_OK, or what is wrong.
 */

#ifndef NGX_CHAT_CONF_H
#define NGX_CHAT_CONF_H


#include "ngx_chat.h"


/* What a number, a time or a size may be; `text` says so. */
typedef struct {
    ngx_conf_post_handler_pt   handler;
    ngx_uint_t                 low;
    ngx_uint_t                 high;
    char                      *text;
} ngx_chat_conf_bounds_t;


void *ngx_chat_conf_create_main(ngx_conf_t *cf);
char *ngx_chat_conf_init_main(ngx_conf_t *cf, void *conf);
void *ngx_chat_conf_create_loc(ngx_conf_t *cf);
char *ngx_chat_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child);

char *ngx_chat_conf_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_socket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_namespace(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_echo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_recovery(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

char *ngx_chat_conf_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_chat_conf_limit_apply(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_chat_conf_connections(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_chat_conf_drain(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Finds the limits that a location names. */
char *ngx_chat_conf_merge_limits(ngx_conf_t *cf, ngx_chat_loc_conf_t *prev,
    ngx_chat_loc_conf_t *conf);

/* A location is merged: notes whether its events have offsets. */
void ngx_chat_conf_merge_recovery(ngx_conf_t *cf, ngx_chat_loc_conf_t *conf);

/* What chat_socket and chat_echo mean for the rest of their location. */
void ngx_chat_conf_merge_socket(ngx_conf_t *cf, ngx_chat_loc_conf_t *conf);

/* True if a word of a directive is `name` (with its "="), and its value. */
ngx_uint_t ngx_chat_conf_word(ngx_str_t *word, const char *name,
    ngx_str_t *value);

/* Sets a location's content handler: one directive may answer in it. */
char *ngx_chat_conf_handler(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_http_handler_pt handler);

/* Notes a lane as used: its slots are looked at (ngx_chat_slots). */
char *ngx_chat_conf_lane(ngx_conf_t *cf, ngx_str_t *lane);

/* Post handlers. */
char *ngx_chat_conf_bounds(ngx_conf_t *cf, void *post, void *data);
char *ngx_chat_conf_node(ngx_conf_t *cf, void *post, void *data);
char *ngx_chat_conf_off(ngx_conf_t *cf, void *post, void *data);

/* chat_redis as it is when there is none. */
char *ngx_chat_conf_redis_default(ngx_conf_t *cf, ngx_chat_main_conf_t *mcf);


#endif /* NGX_CHAT_CONF_H */
