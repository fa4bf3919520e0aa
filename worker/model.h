
/*
 * What the chat is about: plain structs that store, roster and handlers pass
 * around.  Ids are ended by NUL.  Strings are UTF-8 and belong to the holder
 * of the struct: the roster (malloc) or the batch's pool.
 */

#ifndef MODEL_H
#define MODEL_H


#include "chat_buf.h"
#include "chat_id.h"


#define MODEL_ATTACHMENTS_MAX   10
#define MODEL_MEMBERS_MAX       10000
#define MODEL_ROLE_MAX          32


typedef char  model_id_t[CHAT_ID_LEN + 1];
typedef char  model_uid_t[CHAT_UID_MAX + 1];


typedef struct {
    model_uid_t   uid;
    char          role[MODEL_ROLE_MAX];
    uint64_t      read_seq;
    uint64_t      delivered_seq;
    uint64_t      joined_seq;
    int64_t       joined_at_ms;
    bool          muted;
} model_member_t;


typedef enum {
    MODEL_DIRECT = 0,
    MODEL_GROUP
} model_conversation_type_t;


/* Marks in it (told_seq, last_at_ms, members' seqs) are merged of MongoDB's
 * copy and Redis's, unless a function says that it gives one of them. */
typedef struct {
    model_id_t                  id;
    model_conversation_type_t   type;
    char                       *name;         /* NULL: none */
    char                       *avatar;
    model_uid_t                 created_by;
    int64_t                     created_at_ms;
    int64_t                     updated_at_ms;
    uint64_t                    stored_seq;   /* highest in messages */
    uint64_t                    told_seq;     /* highest told: the mark `seq` */
    int64_t                     last_at_ms;
    uint32_t                    member_count;
    model_member_t             *members;
} model_conversation_t;


typedef enum {
    MODEL_TEXT = 0,
    MODEL_IMAGE,
    MODEL_FILE,
    MODEL_AUDIO
} model_message_type_t;


typedef struct {
    model_id_t             id;
    model_id_t             conversation;
    uint64_t               seq;
    model_uid_t            sender;
    model_uid_t            receiver;      /* direct only, else "" */
    model_message_type_t   type;
    chat_slice_t           text;
    chat_slice_t           attachments;   /* JSON array, or empty */
    chat_slice_t           metadata;      /* JSON object, or empty */
    chat_slice_t           client_id;     /* or empty */
    model_id_t             reply_to;      /* or "" */
    model_id_t             job;           /* the job that made it */
    int64_t                created_at_ms;
    int64_t                updated_at_ms;
    int64_t                edited_at_ms;  /* 0: never */
    int64_t                deleted_at_ms; /* 0: not */
} model_message_t;


typedef struct {
    model_uid_t   id;
    char         *email;                  /* NULL: none, for all of these */
    char         *username;
    char         *password;               /* bcrypt; only where asked for */
    char         *first_name;
    char         *last_name;
    char         *full_name;
    char         *phone;
    char         *avatar;
    char         *role;
    char         *field;
    char         *year;
    char         *status;
    int64_t       points;
    bool          is_bureau;
    bool          is_active;
    int64_t       tokens_valid_after_ms;
    int64_t       last_login_ms;
    int64_t       last_seen_ms;
    int64_t       created_at_ms;
    int64_t       updated_at_ms;
} model_user_t;


/* The member with that uid, or NULL. */
model_member_t *model_member(const model_conversation_t *conversation,
    chat_slice_t uid);

/* `2026-01-31T12:00:00.123Z` in quotes; what has no such form becomes the
 * nearest that has. */
void model_time_write(chat_buf_t *b, int64_t ms);


#endif /* MODEL_H */
