#ifndef FUZZ_H
#define FUZZ_H

/*
 * What all targets share: the entry that libFuzzer calls, and a check that
 * stays in every build.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat_slice.h"

#define MUST(condition)                                                       \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                          \
        }                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#endif /* FUZZ_H */
