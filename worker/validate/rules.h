
/*
 * What may be written, and how long it may be: one table of limits, one
 * function a kind of input.  Pure: each answers NULL, or what is wrong in
 * words for people.  docs/http-api.md tells the same.
 */

#ifndef RULES_H
#define RULES_H


#include "chat_id.h"
#include "chat_slice.h"
#include "config.h"


#define RULES_TEXT_MAX          10000     /* code points of a message */
#define RULES_METADATA_MAX      2048      /* bytes of it as compact JSON */
#define RULES_NAME_MAX          100       /* code points */
#define RULES_PHONE_MAX         32        /* bytes */
#define RULES_URL_MAX           2048      /* bytes */
#define RULES_EMAIL_MAX         254       /* bytes: RFC 5321, 4.5.3.1 */
#define RULES_USERNAME_MIN      3
#define RULES_USERNAME_MAX      32
#define RULES_PASSWORD_MAX      72        /* bytes: bcrypt looks at no more */
#define RULES_QUERY_MAX         100       /* bytes of a search */

#define RULES_MESSAGES_MAX      100       /* a page of a history */
#define RULES_LIST_MAX          100       /* a page of anything else */
#define RULES_LIST_DEFAULT      50
#define RULES_ONLINE_MAX        200       /* ids in one question */


/* Code points of a valid UTF-8 text. */
size_t rules_length(chat_slice_t text);

/* Without white space (ASCII) at both ends. */
chat_slice_t rules_trim(chat_slice_t text);

/* Trimmed, in lower case, ended by NUL. */
const char *rules_email(chat_slice_t text, char email[RULES_EMAIL_MAX + 1]);
const char *rules_username(chat_slice_t text,
    char username[RULES_USERNAME_MAX + 1]);

const char *rules_password(chat_slice_t text, uint32_t min);
const char *rules_name(chat_slice_t text);
const char *rules_phone(chat_slice_t text);
const char *rules_url(chat_slice_t text);
const char *rules_word(chat_slice_t text, const config_words_t *allowed);
const char *rules_text(chat_slice_t text);
const char *rules_client_id(chat_slice_t text);

/* A decimal number, nothing around it. */
const char *rules_number(const char *text, uint64_t *n);

/* A page's size: NULL is `absent`; more than `max` is `max`. */
const char *rules_limit(const char *text, uint32_t absent, uint32_t max,
    uint32_t *limit);


#endif /* RULES_H */
