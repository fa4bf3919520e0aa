
/*
 * WebSocket on the wire (RFC 6455).  The reader of messages calls these for
 * every frame in, the module for every frame out and for the handshake's
 * answer.  Nothing here waits, allocates or remembers: what fragments and
 * control frames add up to is chat_ws_reader's business.
 */

#include "chat_ws_frame.h"
#include "chat_buf.h"
#include "chat_utf8.h"

#include <openssl/evp.h>
#include <openssl/sha.h>


#define CHAT_WS_GUID      "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#define CHAT_WS_FIN       0x80
#define CHAT_WS_RSV       0x70
#define CHAT_WS_MASKED    0x80
#define CHAT_WS_OPCODES   0x0707u     /* bits 0-2 and 8-10: those defined */


static uint64_t
chat_ws_get_be(const uint8_t *p, size_t n)
{
    uint64_t  value;

    for (value = 0; n; n--) {
        value = value << 8 | *p++;
    }

    return value;
}


chat_status_t
chat_ws_header_parse(const uint8_t *p, size_t n, uint64_t max,
    chat_ws_header_t *h)
{
    size_t  ext;

    if (n < 2) {
        return CHAT_AGAIN;
    }

    h->fin = (p[0] & CHAT_WS_FIN) != 0;
    h->opcode = p[0] & 0x0f;
    h->length = p[1] & 0x7f;

    if ((p[0] & CHAT_WS_RSV) || !(p[1] & CHAT_WS_MASKED)) {
        return CHAT_BAD;         /* no extension agreed; clients must mask */
    }

    if (!(CHAT_WS_OPCODES >> h->opcode & 1)) {
        return CHAT_BAD;
    }

    if (h->opcode >= CHAT_WS_CLOSE
        && (!h->fin || h->length > CHAT_WS_CONTROL_MAX))
    {
        return CHAT_BAD;         /* RFC 6455, 5.5: whole and short */
    }

    ext = (h->length == 127) ? 8 : (h->length == 126) ? 2 : 0;
    h->size = (uint8_t) (2 + ext + 4);

    if (n < h->size) {
        return CHAT_AGAIN;
    }

    if (ext) {
        h->length = chat_ws_get_be(p + 2, ext);

        if (h->length < (ext == 2 ? 126 : 65536)) {
            return CHAT_BAD;     /* RFC 6455, 5.2: the shortest form only */
        }

        if (h->length >> 63) {
            return CHAT_BAD;     /* RFC 6455, 5.2: the top bit must be 0 */
        }
    }

    memcpy(h->mask, p + 2 + ext, 4);

    return (h->length > max) ? CHAT_TOO_BIG : CHAT_OK;
}


void
chat_ws_unmask(uint8_t *p, size_t n, const uint8_t mask[4], uint64_t offset)
{
    size_t    i;
    uint8_t   turned[8];
    uint64_t  word, key;

    for (i = 0; i < 8; i++) {
        turned[i] = mask[(offset + i) & 3];
    }

    memcpy(&key, turned, 8);

    for ( /* void */ ; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        word ^= key;
        memcpy(p, &word, 8);
    }

    for (i = 0; i < n; i++) {
        p[i] ^= turned[i];
    }
}


size_t
chat_ws_header_encode(uint8_t out[CHAT_WS_OUT_HEADER_MAX],
    chat_ws_opcode_t opcode, uint64_t length)
{
    size_t  i, ext;

    out[0] = (uint8_t) (CHAT_WS_FIN | opcode);

    if (length < 126) {
        out[1] = (uint8_t) length;
        return 2;
    }

    ext = (length < 65536) ? 2 : 8;
    out[1] = (ext == 2) ? 126 : 127;

    for (i = 0; i < ext; i++) {
        out[2 + i] = (uint8_t) (length >> 8 * (ext - 1 - i));
    }

    return 2 + ext;
}


chat_status_t
chat_ws_close_parse(chat_slice_t payload, uint16_t *code)
{
    size_t  i;

    /* RFC 6455, 7.4, and IANA's registry; between them: never on the wire */
    static const struct {
        uint16_t  first, last;
    } allowed[] = {
        { 1000, 1003 }, { 1007, 1014 }, { 3000, 4999 }
    };

    *code = CHAT_WS_CLOSE_NONE;

    if (payload.len == 0) {
        return CHAT_OK;
    }

    if (payload.len < 2 || payload.len > CHAT_WS_CONTROL_MAX) {
        return CHAT_BAD;
    }

    *code = (uint16_t) chat_ws_get_be(payload.data, 2);

    for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {

        if (*code < allowed[i].first || *code > allowed[i].last) {
            continue;
        }

        return chat_utf8_valid(chat_slice_of(payload.data + 2, payload.len - 2))
               ? CHAT_OK : CHAT_NOT_UTF8;
    }

    return CHAT_BAD;
}


bool
chat_ws_key_valid(chat_slice_t key)
{
    size_t   i;
    uint8_t  c;

    if (key.len != CHAT_WS_KEY_LEN
        || memcmp(key.data + CHAT_WS_KEY_LEN - 2, "==", 2) != 0)
    {
        return false;
    }

    for (i = 0; i < CHAT_WS_KEY_LEN - 2; i++) {
        c = key.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')
            && !(c >= '0' && c <= '9') && c != '+' && c != '/')
        {
            return false;
        }
    }

    return true;
}


void
chat_ws_accept(chat_slice_t key, char accept[CHAT_WS_ACCEPT_LEN])
{
    uint8_t     text[CHAT_WS_KEY_LEN + sizeof(CHAT_WS_GUID) - 1];
    uint8_t     digest[SHA_DIGEST_LENGTH] = { 0 };
    uint8_t     base64[CHAT_WS_ACCEPT_LEN + 1];
    chat_buf_t  b;

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_buf_slice(&b, key);
    chat_buf_str(&b, CHAT_WS_GUID);

    /* Should the digest fail, the answer is wrong and the client refuses it. */
    SHA1(b.data, b.len, digest);
    EVP_EncodeBlock(base64, digest, sizeof(digest));

    memcpy(accept, base64, CHAT_WS_ACCEPT_LEN);
}
