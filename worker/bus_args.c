
/*
 * The words of a command, as they are put together: no copying of what is
 * there already, no limit but the pool.  Knows Redis's way of calling
 * functions and the prefix of keys, not what any of it means.
 */

#include "bus.h"
#include "chat_buf.h"

#include <stdarg.h>
#include <stdio.h>


#define BUS_ARGS_FIRST   32
#define BUS_ARGS_FORMAT  256
#define BUS_ARGS_DIGITS  32


void
bus_args_init(bus_args_t *args, pool_t *pool)
{
    args->pool = pool;
    args->count = 0;
    args->cap = BUS_ARGS_FIRST;
    args->words = pool_alloc(pool, BUS_ARGS_FIRST * sizeof(chat_slice_t));
}


void
bus_arg(bus_args_t *args, chat_slice_t word)
{
    chat_slice_t  *words;

    if (args->count == args->cap) {
        words = pool_alloc(args->pool, 2 * args->cap * sizeof(chat_slice_t));
        memcpy(words, args->words, args->cap * sizeof(chat_slice_t));
        args->words = words;
        args->cap *= 2;
    }

    /* hiredis copies from where an empty word is, too */
    args->words[args->count++] = word.data ? word : chat_slice_of("", 0);
}


void
bus_arg_str(bus_args_t *args, const char *word)
{
    bus_arg(args, chat_slice_of(word, strlen(word)));
}


void
bus_arg_printf(bus_args_t *args, const char *format, ...)
{
    int      n;
    char     text[BUS_ARGS_FORMAT];
    va_list  list;

    va_start(list, format);
    n = vsnprintf(text, sizeof(text), format, list);
    va_end(list);

    n = (n < 0) ? 0 : (n < BUS_ARGS_FORMAT) ? n : BUS_ARGS_FORMAT - 1;

    bus_arg_str(args, pool_strndup(args->pool, text, (size_t) n));
}


void
bus_arg_u64(bus_args_t *args, uint64_t n)
{
    uint8_t     digits[BUS_ARGS_DIGITS];
    chat_buf_t  b;

    chat_buf_init_fixed(&b, digits, sizeof(digits));
    chat_buf_u64(&b, n);

    bus_arg(args, chat_slice_of(pool_slice(args->pool, chat_buf_view(&b)),
                                b.len));
}


void
bus_args_call(bus_args_t *args, pool_t *pool, const bus_t *bus,
    const char *name)
{
    bus_args_init(args, pool);
    bus_arg_str(args, "FCALL");
    bus_arg_printf(args, "chat_v1_%s", name);
    bus_arg_str(args, "0");
    bus_arg_str(args, bus_config(bus)->redis_prefix);
}


void
bus_args_key(bus_args_t *args, pool_t *pool, const bus_t *bus,
    const char *command, const char *kind, const char *id)
{
    bus_args_init(args, pool);
    bus_arg_str(args, command);
    bus_arg_str(args, pool_printf(pool, "%s%s%s",
                                  bus_config(bus)->redis_prefix, kind, id));
}
