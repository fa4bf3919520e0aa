
/*
 * The rules of input: what passes is within its limit, fits where it is copied
 * to, and passes again as it was copied.
 *
 * links: worker/validate/rules.c
 */

#include "fuzz.h"
#include "chat_utf8.h"
#include "validate/rules.h"


static bool
is_lower(const char *text)
{
    return text[strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}


static void
email(chat_slice_t text)
{
    char  out[RULES_EMAIL_MAX + 1], again[RULES_EMAIL_MAX + 1];

    if (rules_email(text, out) != NULL) {
        return;
    }

    MUST(strlen(out) <= RULES_EMAIL_MAX && is_lower(out));
    MUST(strchr(out, '@') != NULL && strchr(out, '@') == strrchr(out, '@'));
    MUST(rules_email(chat_slice_of(out, strlen(out)), again) == NULL);
    MUST(strcmp(out, again) == 0);
}


static void
username(chat_slice_t text)
{
    char  out[RULES_USERNAME_MAX + 1], again[RULES_USERNAME_MAX + 1];

    if (rules_username(text, out) != NULL) {
        return;
    }

    MUST(strlen(out) >= RULES_USERNAME_MIN);
    MUST(strlen(out) <= RULES_USERNAME_MAX && is_lower(out));
    MUST(rules_username(chat_slice_of(out, strlen(out)), again) == NULL);
    MUST(strcmp(out, again) == 0);
}


/* Texts that are ended by NUL. */
static void
numbers(chat_slice_t text)
{
    char      *copy;
    uint32_t   limit;
    uint64_t   n;

    copy = malloc(text.len + 1);
    MUST(copy != NULL);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    if (rules_number(copy, &n) == NULL) {
        MUST(strspn(copy, "0123456789") == strlen(copy) && copy[0] != '\0');
    }

    if (rules_limit(copy, 50, 100, &limit) == NULL) {
        MUST(limit >= 1 && limit <= 100);
    }

    free(copy);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chat_slice_t  text, trimmed;

    text = chat_slice_of(data, size);
    trimmed = rules_trim(text);

    MUST(trimmed.len <= text.len);
    MUST(chat_slice_eq(rules_trim(trimmed), trimmed));
    MUST(rules_length(text) <= text.len);

    email(text);
    username(text);
    numbers(text);

    MUST(rules_password(text, 8) || text.len <= RULES_PASSWORD_MAX);
    MUST(rules_name(text) || (trimmed.len && text.len <= 4 * RULES_NAME_MAX)
         || !chat_utf8_valid(text));
    MUST(rules_phone(text) || text.len <= RULES_PHONE_MAX);
    MUST(rules_url(text) || (text.len >= 1 && text.len <= RULES_URL_MAX));
    MUST(rules_client_id(text) || text.len >= 1);
    MUST(rules_text(text) || trimmed.len >= 1);

    return 0;
}
