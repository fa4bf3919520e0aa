
/*
 * What people may type, at the edges of every limit.
 *
 * links: worker/validate/rules.c
 */

#include "tap.h"
#include "validate/rules.h"

#include <stdlib.h>


typedef struct {
    const char  *text;
    const char  *kept;        /* NULL: refused */
    const char  *name;
} row_t;

#define L63  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const row_t  emails[] = {
    { "a@b.c", "a@b.c", "a short email" },
    { "  Jo.Doe+x@Mail.Example.ORG\n", "jo.doe+x@mail.example.org",
      "an email is trimmed and lower-cased" },
    { "x_'%{|}~@1-2.co", "x_'%{|}~@1-2.co", "an email of odd characters" },
    { L63 "a@b.co", L63 "a@b.co", "a local part of 64" },
    { L63 "ab@b.co", NULL, "a local part of 65" },
    { "", NULL, "no email" },
    { "  ", NULL, "white space is no email" },
    { "ab.c", NULL, "no @" },
    { "@b.c", NULL, "nothing before the @" },
    { "a@", NULL, "nothing behind the @" },
    { "a@b", NULL, "a domain without a dot" },
    { "a@b@c.d", NULL, "two @" },
    { "a b@c.d", NULL, "a space inside" },
    { ".a@b.c", NULL, "a dot first" },
    { "a.@b.c", NULL, "a dot last" },
    { "a..b@b.c", NULL, "two dots" },
    { "a@.b.c", NULL, "a domain that begins with a dot" },
    { "a@b..c", NULL, "a domain with two dots" },
    { "a@b.c.", NULL, "a domain that ends with a dot" },
    { "a@-b.c", NULL, "a label that begins with a hyphen" },
    { "a@b-.c", NULL, "a label that ends with a hyphen" },
    { "a@b.c-", NULL, "a domain that ends with a hyphen" },
    { "a@b_c.d", NULL, "an underscore in the domain" },
    { "\"a\"@b.c", NULL, "a quoted local part" },
    { "\xc3\xa9@b.c", NULL, "letters beyond ASCII" },
    { "<a@b.c>", NULL, "angle brackets" },
};

static const row_t  usernames[] = {
    { "abc", "abc", "a username of 3" },
    { " Jo-Doe_1.2 ", "jo-doe_1.2", "a username is trimmed and lower-cased" },
    { "abcdefghijklmnopqrstuvwxyz123456", "abcdefghijklmnopqrstuvwxyz123456",
      "a username of 32" },
    { "abcdefghijklmnopqrstuvwxyz1234567", NULL, "a username of 33" },
    { "ab", NULL, "a username of 2" },
    { "a@b.c", NULL, "a username that looks like an email" },
    { "a b c", NULL, "a username with spaces" },
    { "ab\xc3\xa9", NULL, "a username beyond ASCII" },
};


static chat_slice_t
slice(const char *text)
{
    return chat_slice_of(text, strlen(text));
}


static void
check_kept(const row_t *row, const char *wrong, const char *kept)
{
    if (row->kept == NULL) {
        tap_ok(wrong != NULL, row->name);
        return;
    }

    if (tap_ok(wrong == NULL, row->name)) {
        tap_is_str(kept, row->kept, row->name);
    }
}


static void
check_names(void)
{
    char    kept[RULES_EMAIL_MAX + 1];
    size_t  i;

    for (i = 0; i < countof(emails); i++) {
        check_kept(&emails[i], rules_email(slice(emails[i].text), kept), kept);
    }

    for (i = 0; i < countof(usernames); i++) {
        check_kept(&usernames[i],
                   rules_username(slice(usernames[i].text), kept), kept);
    }
}


static chat_slice_t
repeated(const char *unit, size_t times)
{
    size_t        i, n;
    static char  *text;

    n = strlen(unit);
    free(text);
    text = malloc(n * times + 1);

    for (i = 0; i < times; i++) {
        memcpy(text + n * i, unit, n);
    }

    return chat_slice_of(text, n * times);
}


static void
check_lengths(void)
{
    char  kept[RULES_EMAIL_MAX + 1];

    tap_is_int(rules_length(slice("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4,
               "code points are counted, not bytes");

    tap_ok(rules_text(slice("x")) == NULL, "a text of 1");
    tap_ok(rules_text(repeated("\xf0\x9f\x98\x80", 10000)) == NULL,
           "a text of 10,000 emojis");
    tap_ok(rules_text(repeated("x", 10001)) != NULL, "a text of 10,001");
    tap_ok(rules_text(slice("")) != NULL, "an empty text");
    tap_ok(rules_text(slice(" \t\r\n")) != NULL, "a text of white space");

    tap_ok(rules_name(repeated("\xc3\xa9", 100)) == NULL, "a name of 100");
    tap_ok(rules_name(repeated("x", 101)) != NULL, "a name of 101");
    tap_ok(rules_name(slice("a\nb")) != NULL, "a name of two lines");

    tap_ok(rules_password(slice("1234567"), 8) != NULL, "a password of 7");
    tap_ok(rules_password(slice("12345678"), 8) == NULL, "a password of 8");
    tap_ok(rules_password(repeated("x", 72), 8) == NULL, "a password of 72");
    tap_ok(rules_password(repeated("x", 73), 8) != NULL, "a password of 73");
    tap_ok(rules_password(repeated("\xc3\xa9", 7), 8) != NULL,
           "7 characters of two bytes are 7");

    tap_ok(rules_client_id(repeated("x", 128)) == NULL, "a clientId of 128");
    tap_ok(rules_client_id(repeated("x", 129)) != NULL, "a clientId of 129");
    tap_ok(rules_client_id(slice("")) != NULL, "an empty clientId");

    tap_ok(rules_email(repeated("a", 255), kept) != NULL, "an email of 255");
}


static void
check_words(void)
{
    char                   *two[] = { "GLSI", "IRS" };
    const config_words_t    allowed = { { two[0], two[1] }, 2 };

    tap_ok(rules_word(slice("IRS"), &allowed) == NULL, "a word of the list");
    tap_ok(rules_word(slice("IR"), &allowed) != NULL, "the beginning of one");
    tap_ok(rules_word(slice("irs"), &allowed) != NULL, "another case");

    tap_ok(rules_url(slice("https://a/b.png")) == NULL, "https");
    tap_ok(rules_url(slice("/uploads/1")) == NULL, "a path of ours");
    tap_ok(rules_url(slice("javascript:alert(1)")) != NULL, "javascript:");
    tap_ok(rules_url(slice("https://a\nb")) != NULL, "a line break in a URL");

    tap_ok(rules_phone(slice("+216 (71) 123-456")) == NULL, "a phone number");
    tap_ok(rules_phone(slice("call me")) != NULL, "no phone number");
}


static void
check_numbers(void)
{
    uint32_t  limit;
    uint64_t  n;

    tap_ok(rules_number("0", &n) == NULL && n == 0, "zero");
    tap_ok(rules_number("12a", &n) != NULL, "a number with a letter");
    tap_ok(rules_number("-1", &n) != NULL, "a negative number");
    tap_ok(rules_number("", &n) != NULL, "no number");

    tap_ok(rules_limit(NULL, 50, 100, &limit) == NULL && limit == 50,
           "no limit asked for is the default");
    tap_ok(rules_limit("100", 50, 100, &limit) == NULL && limit == 100,
           "the greatest limit");
    tap_ok(rules_limit("101", 50, 100, &limit) == NULL && limit == 100,
           "more than the greatest is the greatest");
    tap_ok(rules_limit("0", 50, 100, &limit) != NULL, "a limit of zero");
    tap_ok(rules_limit("ten", 50, 100, &limit) != NULL, "a limit in words");
}


int
main(void)
{
    check_names();
    check_lengths();
    check_words();
    check_numbers();
    (void) repeated("", 0);

    return tap_done();
}
