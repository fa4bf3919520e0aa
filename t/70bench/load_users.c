
/*
 * The people of the load.  They exist already, in the order of the file; a
 * token is made for each when it connects, with the key that nginx checks it
 * with (RFC 7515, HS256).
 */

#include "load_users.h"
#include "chat_buf.h"
#include "chat_eio_packet.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>


#define LOAD_USERS_MAX     1000000
#define LOAD_KEY_MAX       4096
#define LOAD_TOKEN_DAY_S   86400

/* {"alg":"HS256","typ":"JWT"} */
#define LOAD_TOKEN_HEADER  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"


static FILE *
load_open(const char *file, const char *what)
{
    FILE  *f;

    f = file ? fopen(file, "r") : NULL;

    if (f == NULL) {
        fprintf(stderr, "load: %s: cannot read %s\n", what,
                file ? file : "(none given)");
        exit(2);
    }

    return f;
}


static void *
load_alloc(void *p, size_t size)
{
    p = realloc(p, size);

    if (p == NULL) {
        fprintf(stderr, "load: no memory\n");
        exit(1);
    }

    return p;
}


static void
load_users_add(load_users_t *users, chat_slice_t line)
{
    load_user_t  *user;

    if ((users->count & (users->count + 1)) == 0) {
        users->list = load_alloc(users->list, (2 * users->count + 1)
                                              * sizeof(load_user_t));
    }

    user = &users->list[users->count];

    if (users->count == LOAD_USERS_MAX
        || chat_uid_parse(line, user->id, &user->len) != CHAT_OK)
    {
        fprintf(stderr, "load: user %zu: no id, or one too many\n",
                users->count + 1);
        exit(2);
    }

    users->count++;
}


void
load_users_read(load_users_t *users, const char *ids_file,
    const char *key_file)
{
    char   line[CHAT_UID_MAX + 2];
    FILE  *f;

    memset(users, 0, sizeof(load_users_t));

    f = load_open(ids_file, "--users");

    while (fgets(line, sizeof(line), f)) {
        load_users_add(users, chat_slice_of(line, strcspn(line, "\n")));
    }

    fclose(f);

    f = load_open(key_file, "--key");
    users->key = load_alloc(NULL, LOAD_KEY_MAX);
    users->key_len = fread(users->key, 1, LOAD_KEY_MAX, f);
    fclose(f);

    while (users->key_len && users->key[users->key_len - 1] == '\n') {
        users->key_len--;
    }
}


void
load_users_free(load_users_t *users)
{
    free(users->list);
    free(users->key);
    memset(users, 0, sizeof(load_users_t));
}


chat_slice_t
load_user_id(const load_users_t *users, size_t i)
{
    return chat_slice_of(users->list[i].id, users->list[i].len);
}


/* Base64 in the alphabet of URLs, without padding (RFC 7515, 2). */
static void
load_base64url(chat_buf_t *b, chat_slice_t bytes)
{
    size_t  i;

    i = b->len;
    chat_eio_base64_encode(b, bytes);

    for ( /* void */ ; i < b->len; i++) {
        switch (b->data[i]) {
        case '+':
            b->data[i] = '-';
            break;
        case '/':
            b->data[i] = '_';
            break;
        case '=':
            b->len = i;
            break;
        }
    }
}


static void
load_claims(chat_buf_t *b, chat_slice_t id)
{
    uint64_t  now;

    now = (uint64_t) time(NULL);

    chat_buf_str(b, "{\"sub\":");
    chat_buf_json(b, id);
    chat_buf_str(b, ",\"id\":");
    chat_buf_json(b, id);
    chat_buf_str(b, ",\"role\":\"member\",\"iat\":");
    chat_buf_u64(b, now);
    chat_buf_str(b, ",\"exp\":");
    chat_buf_u64(b, now + LOAD_TOKEN_DAY_S);
    chat_buf_byte(b, '}');
}


size_t
load_user_token(const load_users_t *users, size_t i,
    char token[LOAD_TOKEN_MAX])
{
    uint8_t     claims_text[LOAD_TOKEN_MAX], mac[EVP_MAX_MD_SIZE];
    unsigned    mac_len;
    chat_buf_t  b, claims;

    chat_buf_init_fixed(&claims, claims_text, sizeof(claims_text));
    load_claims(&claims, load_user_id(users, i));

    chat_buf_init_fixed(&b, token, LOAD_TOKEN_MAX);
    chat_buf_str(&b, LOAD_TOKEN_HEADER ".");
    load_base64url(&b, chat_buf_view(&claims));

    if (HMAC(EVP_sha256(), users->key, (int) users->key_len, b.data, b.len,
             mac, &mac_len) == NULL)
    {
        fprintf(stderr, "load: HMAC failed\n");
        exit(1);
    }

    chat_buf_byte(&b, '.');
    load_base64url(&b, chat_slice_of(mac, mac_len));

    if (chat_buf_status(&claims) != CHAT_OK || chat_buf_status(&b) != CHAT_OK)
    {
        fprintf(stderr, "load: LOAD_TOKEN_MAX is too small\n");
        exit(1);
    }

    return b.len;
}
