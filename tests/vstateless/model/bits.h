/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading bits of an RBSP; behind the end all bits are 0, and the position
 * tells afterwards
 */

#ifndef BITS_H
#define BITS_H

#include <stddef.h>
#include <stdint.h>

struct bits {
    const uint8_t *data;
    size_t size, pos;		/* bits */
};

static inline uint32_t get(struct bits *b, int n)
{
    uint32_t value = 0;

    while (n--) {
        value <<= 1;
        if (b->pos < b->size)
            value |= b->data[b->pos >> 3] >> (7 - (b->pos & 7)) & 1;
        b->pos++;
    }
    return value;
}

/* ue(v); a code of more than 32 bits moves the position behind the end. */
static inline uint32_t get_ue(struct bits *b)
{
    int zeros = 0;

    while (b->pos < b->size && !get(b, 1))
        zeros++;
    if (zeros > 31) {
        b->pos = b->size + 1;
        return UINT32_MAX;
    }
    return (uint32_t)(((uint64_t)1 << zeros) - 1 + get(b, zeros));
}

static inline int32_t get_se(struct bits *b)
{
    uint32_t code = get_ue(b);

    return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

#endif
