
/*
 * The rules of input, called by handlers, each about one thing that people
 * type.  They know neither jobs nor JSON: t/00unit tries them with strings.
 * What is refused here never reaches a query or a document.
 */


#include "rules.h"
#include "chat_envelope.h"


static bool
rules_is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}


static uint8_t
rules_lower(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') ? byte | 0x20 : byte;
}


static bool
rules_is_alnum(uint8_t byte)
{
    byte = rules_lower(byte);

    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}


/* Like strchr(), for which the NUL would be one of them. */
static bool
rules_is_among(uint8_t byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}


static bool
rules_has_control(chat_slice_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return true;
        }
    }

    return false;
}


/* In lower case, ended by NUL; `out` is large enough. */
static void
rules_copy_lower(chat_slice_t text, char *out)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        out[i] = (char) rules_lower(text.data[i]);
    }

    out[text.len] = '\0';
}


size_t
rules_length(chat_slice_t text)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < text.len; i++) {
        n += (text.data[i] & 0xc0) != 0x80;
    }

    return n;
}


chat_slice_t
rules_trim(chat_slice_t text)
{
    while (text.len > 0 && rules_is_space(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len > 0 && rules_is_space(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


/* Labels of letters, digits and inner hyphens, at least two. */
static bool
rules_is_domain(const uint8_t *p, size_t n)
{
    size_t  i, label, dots;

    label = dots = 0;

    for (i = 0; i < n; i++) {
        if (p[i] == '.') {
            if (label == 0 || p[i - 1] == '-') {
                return false;
            }

            label = 0;
            dots++;
            continue;
        }

        if (!rules_is_alnum(p[i]) && (p[i] != '-' || label == 0)) {
            return false;
        }

        label++;
    }

    return dots > 0 && label > 0 && p[n - 1] != '-';
}


/* What RFC 5322, 3.2.3 calls dot-atom: quoted local parts are refused. */
static bool
rules_is_local_part(const uint8_t *p, size_t n)
{
    size_t  i;

    if (n == 0 || n > 64 || p[0] == '.' || p[n - 1] == '.') {
        return false;
    }

    for (i = 0; i < n; i++) {
        if (p[i] == '.' && p[i + 1] == '.') {
            return false;
        }

        if (!rules_is_alnum(p[i])
            && !rules_is_among(p[i], ".!#$%&'*+/=?^_`{|}~-"))
        {
            return false;
        }
    }

    return true;
}


const char *
rules_email(chat_slice_t text, char email[RULES_EMAIL_MAX + 1])
{
    size_t          local;
    const uint8_t  *at;

    text = rules_trim(text);
    if (text.len == 0) {
        return "is empty";
    }

    if (text.len > RULES_EMAIL_MAX) {
        return "is too long";
    }

    at = memchr(text.data, '@', text.len);
    if (at == NULL) {
        return "is not an email address";
    }

    local = (size_t) (at - text.data);

    if (!rules_is_local_part(text.data, local)
        || !rules_is_domain(at + 1, text.len - local - 1))
    {
        return "is not an email address";
    }

    rules_copy_lower(text, email);

    return NULL;
}


const char *
rules_username(chat_slice_t text, char username[RULES_USERNAME_MAX + 1])
{
    size_t  i;

    text = rules_trim(text);

    if (text.len < RULES_USERNAME_MIN || text.len > RULES_USERNAME_MAX) {
        return "must have 3 to 32 characters";
    }

    for (i = 0; i < text.len; i++) {
        if (!rules_is_alnum(text.data[i])
            && !rules_is_among(text.data[i], "_.-"))
        {
            return "may have letters, digits, \".\", \"_\" and \"-\" only";
        }
    }

    rules_copy_lower(text, username);

    return NULL;
}


const char *
rules_password(chat_slice_t text, uint32_t min)
{
    if (rules_length(text) < min) {
        return "is too short";
    }

    if (text.len > RULES_PASSWORD_MAX) {
        return "is longer than 72 bytes";
    }

    return NULL;
}


const char *
rules_name(chat_slice_t text)
{
    if (rules_trim(text).len == 0) {
        return "is empty";
    }

    if (rules_length(text) > RULES_NAME_MAX) {
        return "has more than 100 characters";
    }

    return rules_has_control(text) ? "has control characters" : NULL;
}


const char *
rules_phone(chat_slice_t text)
{
    size_t  i;

    if (text.len > RULES_PHONE_MAX) {
        return "is too long";
    }

    for (i = 0; i < text.len; i++) {
        if (!rules_is_among(text.data[i], "0123456789+-./() ")) {
            return "is not a phone number";
        }
    }

    return NULL;
}


const char *
rules_url(chat_slice_t text)
{
    size_t             i;
    static const char  *const starts[] = { "https://", "http://", "/" };

    if (text.len > RULES_URL_MAX) {
        return "is too long";
    }

    if (rules_has_control(text)) {
        return "has control characters";
    }

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t  n = strlen(starts[i]);

        if (text.len >= n && memcmp(text.data, starts[i], n) == 0) {
            return NULL;
        }
    }

    return "is not a URL";
}


const char *
rules_word(chat_slice_t text, const config_words_t *allowed)
{
    uint32_t  i;

    for (i = 0; i < allowed->count; i++) {
        const char  *word = allowed->words[i];

        if (chat_slice_eq(text, chat_slice_of(word, strlen(word)))) {
            return NULL;
        }
    }

    return "is not one of the values allowed";
}


const char *
rules_text(chat_slice_t text)
{
    if (rules_trim(text).len == 0) {
        return "is empty";
    }

    return (rules_length(text) > RULES_TEXT_MAX)
           ? "has more than 10000 characters" : NULL;
}


const char *
rules_client_id(chat_slice_t text)
{
    if (text.len == 0) {
        return "is empty";
    }

    return (text.len > CHAT_CLIENT_ID_MAX) ? "is longer than 128 bytes" : NULL;
}


const char *
rules_number(const char *text, uint64_t *n)
{
    return (chat_envelope_number(chat_slice_of(text, strlen(text)), n)
            == CHAT_OK)
           ? NULL : "must be a whole number";
}


const char *
rules_limit(const char *text, uint32_t absent, uint32_t max, uint32_t *limit)
{
    uint64_t     n;
    const char  *wrong;

    *limit = absent;

    if (text == NULL) {
        return NULL;
    }

    wrong = rules_number(text, &n);
    if (wrong != NULL) {
        return wrong;
    }

    if (n == 0) {
        return "must be at least 1";
    }

    *limit = (n < max) ? (uint32_t) n : max;

    return NULL;
}
