/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a test tells the test model, in the bytes of an OUTPUT buffer
 *
 * The test model does not decode: it does what the first bytes of the bitstream
 * say. So a picture shows which job wrote it and what the model saw of the job.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include <stdint.h>

enum action {
    ACTION_FILL,      /* luma and chroma as given */
    ACTION_FAIL,      /* the job fails */
    ACTION_LOSE,      /* the hardware hangs */
    ACTION_DIE,       /* the worker exits within the job */
    ACTION_CONTROL,   /* luma: a byte of a control, 0xee if it is not in the request */
    ACTION_REFERENCE, /* luma: the first pixel of a reference, plus luma */
    ACTION_FLAGS,     /* luma: the event's flags; chroma: events of other kinds before */
};

enum lines {
    LINES_ALL,
    LINES_TOP,    /* even rows */
    LINES_BOTTOM, /* odd rows */
    LINES_HALF,   /* the upper half of the luma rows only */
};

struct command {
    uint8_t luma;
    uint8_t chroma;
    uint8_t action;
    uint8_t lines;
    uint32_t delay_ms;
    uint32_t control;
    uint32_t offset;
    uint64_t reference; /* timestamp, ns */
};

#endif
