/* The text of chat.lua, ended by NUL, for bus_hello.c. */

        .section .rodata
        .global bus_functions
        .type   bus_functions, %object
bus_functions:
        .incbin "chat.lua"
        .byte   0
        .size   bus_functions, . - bus_functions

        .section .note.GNU-stack, "", %progbits
