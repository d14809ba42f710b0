/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the samples of a line become bytes, and back: write and read of struct
 * layout, for layout.c. Samples are bytes, or words for more than 8 bit.
 *
 * Written for clearness, one sample after the other.
 */

#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdint.h>
#include <string.h>

#include "libavutil/intreadwrite.h"

/*
 * A line of chroma with both kinds of samples in turn is stored like one of luma.
 */
static void interleave8(uint8_t *restrict dst, const uint8_t *restrict cb,
                        const uint8_t *restrict cr, int width)
{
    for (int i = 0; i < width; i++) {
        dst[2 * i]     = cb[i];
        dst[2 * i + 1] = cr[i];
    }
}

static void deinterleave8(uint8_t *restrict cb, uint8_t *restrict cr,
                          const uint8_t *restrict src, int width)
{
    for (int i = 0; i < width; i++) {
        cb[i] = src[2 * i];
        cr[i] = src[2 * i + 1];
    }
}

static void interleave16(uint8_t *dst, const uint8_t *cb, const uint8_t *cr, int width)
{
    for (int i = 0; i < width; i++) {
        AV_WN16(dst + 4 * i,     AV_RN16(cb + 2 * i));
        AV_WN16(dst + 4 * i + 2, AV_RN16(cr + 2 * i));
    }
}

static void deinterleave16(uint8_t *cb, uint8_t *cr, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++) {
        AV_WN16(cb + 2 * i, AV_RN16(src + 4 * i));
        AV_WN16(cr + 2 * i, AV_RN16(src + 4 * i + 2));
    }
}

static void copy8(uint8_t *dst, const uint8_t *src, int count)
{
    memcpy(dst, src, count);
}

/* P010: the ten bits are the upper ones of a little-endian word. */
static void shift10(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++)
        AV_WL16(dst + 2 * i, AV_RN16(src + 2 * i) << 6);
}

static void unshift10(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++)
        AV_WN16(dst + 2 * i, AV_RL16(src + 2 * i) >> 6);
}

/* NV15, NV20: no padding, the first sample in the lowest bits. */
static void put_bits10(uint8_t *dst, int index, int value)
{
    for (int i = 0; i < 10; i++) {
        int pos = 10 * index + i;

        if (!(pos & 7))
            dst[pos >> 3] = 0;
        dst[pos >> 3] |= (value >> i & 1) << (pos & 7);
    }
}

static int get_bits10(const uint8_t *src, int index)
{
    int value = 0;

    for (int i = 0; i < 10; i++) {
        int pos = 10 * index + i;

        value |= (src[pos >> 3] >> (pos & 7) & 1) << i;
    }
    return value;
}

static void pack10(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++)
        put_bits10(dst, i, AV_RN16(src + 2 * i));
}

static void unpack10(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++)
        AV_WN16(dst + 2 * i, get_bits10(src, i));
}

/* NC30: three samples in a little-endian word, the first one in the lowest bits. */
static void pack32(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++) {
        uint8_t *word = dst + i / 3 * 4;
        uint32_t value = i % 3 ? AV_RL32(word) : 0;

        AV_WL32(word, value | (uint32_t)AV_RN16(src + 2 * i) << i % 3 * 10);
    }
}

static void unpack32(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++)
        AV_WN16(dst + 2 * i, AV_RL32(src + i / 3 * 4) >> i % 3 * 10 & 0x3ff);
}

/* MT2110: of 16 samples the lower two bits (four in a byte), then the upper eight. */
static void pack_lsb(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++) {
        uint8_t *group = dst + i / 16 * 20;
        int value = AV_RN16(src + 2 * i);
        int shift = i % 4 * 2;

        group[i % 16 / 4] = (group[i % 16 / 4] & ~(3 << shift)) | (value & 3) << shift;
        group[4 + i % 16] = value >> 2;
    }
}

static void unpack_lsb(uint8_t *dst, const uint8_t *src, int count)
{
    for (int i = 0; i < count; i++) {
        const uint8_t *group = src + i / 16 * 20;

        AV_WN16(dst + 2 * i, group[4 + i % 16] << 2 | (group[i % 16 / 4] >> i % 4 * 2 & 3));
    }
}

#endif
