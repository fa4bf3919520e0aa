
/*
 * Socket.IO v5 packets.  The socket layer calls this for every Engine.IO
 * message: the packet's parts are cut out and held against what its type
 * allows, so that a packet which passed can go to a worker unread.  Where the
 * reference takes what JavaScript happens to take as a number, this takes
 * decimal digits.
 */

#include "chat_sio_packet.h"
#include "chat_json_scan.h"
#include "chat_utf8.h"


typedef enum {
    CHAT_SIO_NO_PAYLOAD = 0,
    CHAT_SIO_MAYBE_OBJECT,
    CHAT_SIO_MAYBE_ARRAY,
    CHAT_SIO_CALL,               /* an array that begins with a name */
    CHAT_SIO_REFUSED             /* no client may send this type */
} chat_sio_rule_t;


static const struct {
    bool             binary;
    chat_sio_rule_t  rule;
} rules[] = {
    [CHAT_SIO_CONNECT] = { false, CHAT_SIO_MAYBE_OBJECT },
    [CHAT_SIO_DISCONNECT] = { false, CHAT_SIO_NO_PAYLOAD },
    [CHAT_SIO_EVENT] = { false, CHAT_SIO_CALL },
    [CHAT_SIO_ACK] = { false, CHAT_SIO_MAYBE_ARRAY },
    [CHAT_SIO_CONNECT_ERROR] = { false, CHAT_SIO_REFUSED },
    [CHAT_SIO_BINARY_EVENT] = { true, CHAT_SIO_CALL },
    [CHAT_SIO_BINARY_ACK] = { true, CHAT_SIO_MAYBE_ARRAY }
};

/* Names that a client's own library uses for what happens at its end. */
static const char  *reserved[] = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener",
    "removeListener"
};


/*
 * Cuts the digits off `text`; -1 if it begins with none.  False if they are
 * too many to be exact.
 */
static bool
chat_sio_take_number(chat_slice_t *text, int64_t *n)
{
    size_t  i;

    *n = -1;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') {
            break;
        }

        if (i == CHAT_SIO_ID_DIGITS_MAX) {
            return false;
        }

        *n = (i ? *n * 10 : 0) + (text->data[i] - '0');
    }

    *text = chat_slice_of(text->data + i, text->len - i);

    return true;
}


static chat_status_t
chat_sio_take_attachments(chat_slice_t *text, uint32_t *attachments)
{
    int64_t  n;

    if (!chat_sio_take_number(text, &n) || n < 1
        || text->len == 0 || text->data[0] != '-')
    {
        return CHAT_BAD;
    }

    if (n > CHAT_SIO_ATTACHMENTS_MAX) {
        return CHAT_TOO_BIG;
    }

    *text = chat_slice_of(text->data + 1, text->len - 1);
    *attachments = (uint32_t) n;

    return CHAT_OK;
}


chat_status_t
chat_sio_nsp_check(chat_slice_t nsp)
{
    size_t  i;

    if (nsp.len == 0 || nsp.data[0] != '/') {
        return CHAT_BAD;
    }

    if (nsp.len > CHAT_SIO_NSP_MAX) {
        return CHAT_TOO_BIG;
    }

    for (i = 0; i < nsp.len; i++) {
        if (nsp.data[i] < 0x20 || nsp.data[i] == 0x7f || nsp.data[i] == ',') {
            return CHAT_BAD;
        }
    }

    return chat_utf8_valid(nsp) ? CHAT_OK : CHAT_NOT_UTF8;
}


static chat_status_t
chat_sio_take_nsp(chat_slice_t *text, chat_slice_t *nsp)
{
    size_t          n;
    const uint8_t  *comma;

    if (text->len == 0 || text->data[0] != '/') {
        *nsp = chat_slice("/");
        return CHAT_OK;
    }

    comma = memchr(text->data, ',', text->len);
    n = comma ? (size_t) (comma - text->data) : text->len;

    *nsp = chat_slice_of(text->data, n);
    n += (comma != NULL);
    *text = chat_slice_of(text->data + n, text->len - n);

    return chat_sio_nsp_check(*nsp);
}


static chat_status_t
chat_sio_event_name(chat_slice_t json, chat_slice_t *name)
{
    size_t             at, i;
    chat_json_value_t  first;

    at = 0;

    if (chat_json_element(json, &at, &first) != CHAT_OK) {
        return CHAT_BAD;
    }

    switch (first.type) {

    case CHAT_JSON_STRING:
        *name = chat_slice_of(first.text.data + 1, first.text.len - 2);
        break;

    case CHAT_JSON_NUMBER:
        *name = first.text;
        break;

    default:
        return CHAT_BAD;
    }

    if (name->len > CHAT_SIO_EVENT_MAX) {
        return CHAT_TOO_BIG;
    }

    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (chat_slice_eq(*name, chat_slice_of(reserved[i],
                                               strlen(reserved[i]))))
        {
            return CHAT_BAD;
        }
    }

    return CHAT_OK;
}


/* A placeholder's `num`; -1 if it is no plain number. */
static int64_t
chat_sio_placeholder_num(chat_json_value_t value)
{
    int64_t       n;
    chat_slice_t  digits;

    digits = value.text;

    return (value.type == CHAT_JSON_NUMBER && chat_sio_take_number(&digits, &n)
            && digits.len == 0) ? n : -1;
}


/* Each {"_placeholder": true, "num": n} must name an attachment. */
static chat_status_t
chat_sio_placeholders_check(chat_slice_t json, uint32_t attachments)
{
    size_t             at, depth;
    chat_json_token_t  token;

    struct {
        bool           placeholder;
        int64_t        num;
    } open[CHAT_JSON_DEPTH_MAX + 1];

    at = 0;
    depth = 0;

    while (chat_json_walk(json, &at, &token) == CHAT_OK) {

        switch (token.bracket) {

        case '[':
        case '{':
            if (depth == CHAT_JSON_DEPTH_MAX) {
                return CHAT_TOO_BIG;
            }

            depth++;
            open[depth].placeholder = false;
            open[depth].num = -1;
            continue;

        case ']':
        case '}':
            if (open[depth].placeholder
                && (open[depth].num < 0 || open[depth].num >= attachments))
            {
                return CHAT_BAD;
            }

            depth--;
            continue;
        }

        if (chat_json_name_is(token.name, chat_slice("_placeholder"))) {
            open[depth].placeholder = chat_slice_eq(token.value.text,
                                                    chat_slice("true"));

        } else if (chat_json_name_is(token.name, chat_slice("num"))) {
            open[depth].num = chat_sio_placeholder_num(token.value);
        }
    }

    return CHAT_OK;
}


static chat_status_t
chat_sio_payload(chat_slice_t text, chat_sio_packet_t *packet)
{
    chat_status_t      rc;
    chat_sio_rule_t    rule;
    chat_json_value_t  value;

    rule = rules[packet->type].rule;

    if (text.len == 0) {
        return (rule == CHAT_SIO_CALL) ? CHAT_BAD : CHAT_OK;
    }

    if (rule == CHAT_SIO_NO_PAYLOAD) {
        return CHAT_BAD;
    }

    rc = chat_json_check(text, &value);
    if (rc != CHAT_OK) {
        return rc;
    }

    if (value.type != (rule == CHAT_SIO_MAYBE_OBJECT ? CHAT_JSON_OBJECT
                                                     : CHAT_JSON_ARRAY))
    {
        return CHAT_BAD;
    }

    packet->json = value.text;

    if (rule == CHAT_SIO_CALL) {
        rc = chat_sio_event_name(packet->json, &packet->event);
        if (rc != CHAT_OK) {
            return rc;
        }
    }

    if (packet->attachments) {
        return chat_sio_placeholders_check(packet->json, packet->attachments);
    }

    return CHAT_OK;
}


chat_status_t
chat_sio_parse(chat_slice_t text, chat_sio_packet_t *packet)
{
    chat_status_t  rc;

    memset(packet, 0, sizeof(chat_sio_packet_t));

    if (text.len == 0 || text.data[0] < '0'
        || text.data[0] > '0' + CHAT_SIO_BINARY_ACK)
    {
        return CHAT_BAD;
    }

    packet->type = (chat_sio_type_t) (text.data[0] - '0');
    text = chat_slice_of(text.data + 1, text.len - 1);

    if (rules[packet->type].rule == CHAT_SIO_REFUSED) {
        return CHAT_BAD;
    }

    if (rules[packet->type].binary) {
        rc = chat_sio_take_attachments(&text, &packet->attachments);
        if (rc != CHAT_OK) {
            return rc;
        }
    }

    rc = chat_sio_take_nsp(&text, &packet->nsp);
    if (rc != CHAT_OK) {
        return rc;
    }

    if (!chat_sio_take_number(&text, &packet->id)) {
        return CHAT_BAD;         /* a rounded id would answer another event */
    }

    return chat_sio_payload(text, packet);
}


void
chat_sio_head_encode(chat_buf_t *b, chat_sio_type_t type,
    uint32_t attachments, chat_slice_t nsp, int64_t id)
{
    chat_buf_byte(b, '4');
    chat_buf_byte(b, (uint8_t) ('0' + type));

    if (rules[type].binary) {
        chat_buf_u64(b, attachments);
        chat_buf_byte(b, '-');
    }

    if (nsp.len > 1) {           /* "/" is what no name means */
        chat_buf_slice(b, nsp);
        chat_buf_byte(b, ',');
    }

    if (id >= 0) {
        chat_buf_u64(b, (uint64_t) id);
    }
}
