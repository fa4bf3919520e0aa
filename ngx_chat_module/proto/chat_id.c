
/*
 * Ids that both sides of the bus work out alone and must agree on: which
 * conversation two people have, which message a client meant, which slot works
 * on it.  Nothing here asks for time or randomness; both are given.
 */

#include "chat_id.h"
#include "chat_buf.h"

#include <openssl/sha.h>
#include <stdlib.h>


#define CHAT_ID_BYTES  (CHAT_ID_LEN / 2)

/* The longer of the two texts that are hashed, with its punctuation. */
#define CHAT_ID_TEXT_MAX                                                      \
    (CHAT_UID_MAX + CHAT_ID_LEN + CHAT_CLIENT_ID_MAX + 2)


static void
chat_id_write(const uint8_t bytes[CHAT_ID_BYTES], char id[CHAT_ID_LEN])
{
    size_t  i;

    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < CHAT_ID_BYTES; i++) {
        id[2 * i] = hex[bytes[i] >> 4];
        id[2 * i + 1] = hex[bytes[i] & 15];
    }
}


/* "<parts[0]>:<parts[1]>:<parts[2]>", digested. */
static void
chat_id_digest(const chat_slice_t parts[3], char id[CHAT_ID_LEN])
{
    uint8_t     text[CHAT_ID_TEXT_MAX], digest[SHA256_DIGEST_LENGTH];
    chat_buf_t  b;

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_buf_slice(&b, parts[0]);
    chat_buf_byte(&b, ':');
    chat_buf_slice(&b, parts[1]);
    chat_buf_byte(&b, ':');
    chat_buf_slice(&b, parts[2]);

    /*
     * Without a digest of the whole text strangers would share an id, and so
     * a conversation: no answer is better than that one.
     */
    if (chat_buf_status(&b) != CHAT_OK
        || SHA256(b.data, b.len, digest) == NULL)
    {
        abort();
    }

    chat_id_write(digest, id);
}


void
chat_id_source_init(chat_id_source_t *source, const uint8_t random[8])
{
    memcpy(source->random, random, 5);

    source->counter = (uint32_t) random[5] << 16
                      | (uint32_t) random[6] << 8 | random[7];
}


void
chat_id_next(chat_id_source_t *source, uint32_t now, char id[CHAT_ID_LEN])
{
    size_t    i;
    uint8_t   bytes[CHAT_ID_BYTES];
    uint32_t  counter;

    counter = source->counter++;

    for (i = 0; i < 4; i++) {
        bytes[i] = (uint8_t) (now >> (24 - 8 * i));
    }

    memcpy(bytes + 4, source->random, 5);

    for (i = 0; i < 3; i++) {
        bytes[9 + i] = (uint8_t) (counter >> (16 - 8 * i));
    }

    chat_id_write(bytes, id);
}


chat_status_t
chat_id_parse(chat_slice_t text, char id[CHAT_ID_LEN])
{
    size_t   i;
    uint8_t  c;

    if (text.len != CHAT_ID_LEN) {
        return CHAT_BAD;
    }

    for (i = 0; i < CHAT_ID_LEN; i++) {
        c = text.data[i];
        c = (c >= 'A' && c <= 'F') ? c | 0x20 : c;

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return CHAT_BAD;
        }

        id[i] = (char) c;
    }

    return CHAT_OK;
}


bool
chat_uid_valid(chat_slice_t text)
{
    size_t   i;
    uint8_t  c, low;

    if (text.len == 0 || text.len > CHAT_UID_MAX) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        c = text.data[i];
        low = c | 0x20;

        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9')
            && c != '-' && c != '_')
        {
            return false;
        }
    }

    return true;
}


chat_status_t
chat_uid_parse(chat_slice_t text, char uid[CHAT_UID_MAX], size_t *len)
{
    if (!chat_uid_valid(text)) {
        return CHAT_BAD;
    }

    *len = text.len;

    if (chat_id_parse(text, uid) != CHAT_OK) {
        memcpy(uid, text.data, text.len);
    }

    return CHAT_OK;
}


void
chat_id_direct(chat_slice_t a, chat_slice_t b, char id[CHAT_ID_LEN])
{
    int           order;
    size_t        n;
    chat_slice_t  parts[3];

    n = (a.len < b.len) ? a.len : b.len;
    order = n ? memcmp(a.data, b.data, n) : 0;

    if (order == 0) {
        order = (a.len > b.len) - (a.len < b.len);
    }

    parts[0] = chat_slice("direct");
    parts[1] = (order <= 0) ? a : b;
    parts[2] = (order <= 0) ? b : a;

    chat_id_digest(parts, id);
}


void
chat_id_message(chat_slice_t uid, chat_slice_t conversation,
    chat_slice_t client_id, char id[CHAT_ID_LEN])
{
    chat_id_digest((chat_slice_t[]) { uid, conversation, client_id }, id);
}


uint32_t
chat_slot(chat_slice_t text, uint32_t slots)
{
    size_t    i;
    uint32_t  crc;

    /* By half bytes: 24 digits are not worth a kilobyte of cache. */
    static const uint32_t  table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
        0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
    };

    crc = 0xffffffff;

    for (i = 0; i < text.len; i++) {
        crc ^= text.data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }

    return ~crc % slots;
}
