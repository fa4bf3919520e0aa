
/*
 * What something is counted by: 16 bytes that stand for a user, an address, a
 * limit's key.  Who makes one takes them from a digest, so they are spread
 * evenly and two that are equal mean the same.
 */

#ifndef CHAT_KEY_H
#define CHAT_KEY_H


#include <stdbool.h>
#include <stdint.h>
#include <string.h>


#define CHAT_KEY_LEN  16


typedef struct {
    uint8_t  bytes[CHAT_KEY_LEN];
} chat_key_t;


static inline bool
chat_key_eq(const chat_key_t *a, const chat_key_t *b)
{
    return memcmp(a->bytes, b->bytes, CHAT_KEY_LEN) == 0;
}


/* Which of so many buckets a key is in. */
static inline uint32_t
chat_key_bucket(const chat_key_t *key, uint32_t buckets)
{
    uint32_t  hash;

    memcpy(&hash, key->bytes, sizeof(hash));

    return hash % buckets;
}


#endif /* CHAT_KEY_H */
