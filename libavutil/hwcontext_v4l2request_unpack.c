/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

/**
 * @file
 * Samples of 10 bit without padding, or with little, to words with the sample
 * in the upper ten bits (P010, P210).
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

#include "attributes.h"
#include "common.h"
#include "hwcontext_v4l2request_copy.h"
#include "intreadwrite.h"

/**
 * Four packed samples to the upper ten bits of four words. All in one register:
 * FFmpeg switches off the vectoriser of older compilers, and with it groups of
 * five bytes are slower than this (gcc 12, x86-64: by half).
 */
static av_always_inline void unpack_group(uint16_t *dst, uint64_t group)
{
#if HAVE_BIGENDIAN
    for (int i = 0; i < 4; i++)
        dst[i] = group >> 10 * i << 6;
#else
    AV_WN64(dst, (group & 0x3ff)          << 6  | (group & 0xffc00)      << 12 |
                 (group & 0x3ff00000)     << 18 | (group & 0xffc0000000) << 24);
#endif
}

int ff_v4l2request_unpack_packed_c(uint16_t *dst, const uint8_t *src, int samples)
{
    int i = 0;

    /* Eight bytes are read, of which five are the group's: the line has to go
     * on behind it. */
    for (; i + 8 <= samples; i += 4, src += 5)
        unpack_group(dst + i, AV_RL64(src));

    for (; i < samples; i += 4, src += 5) {
        int left = FFMIN(samples - i, 4);
        uint16_t words[4];
        uint64_t group = 0;

        for (int j = 0; j < (10 * left + 7) / 8; j++)
            group |= (uint64_t)src[j] << 8 * j;
        unpack_group(words, group);
        memcpy(dst + i, words, left * sizeof(*dst));
    }
    return samples;
}

void ff_v4l2request_unpack_packed(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                  size_t pitch, int samples, int lines)
{
#if HAVE_X86ASM
    V4L2RequestUnpack fast = ff_v4l2request_unpack_packed_x86();
#else
    V4L2RequestUnpack fast = NULL;
#endif

    for (int y = 0; y < lines; y++, dst += linesize, src += pitch) {
        int done = fast ? fast((uint16_t *)dst, src, samples) : 0;

        ff_v4l2request_unpack_packed_c((uint16_t *)dst + done, src + done / 4 * 5, samples - done);
    }
}


/** A column has 128 bytes: 32 words of three samples, the first one in the lowest bits. */
#define COLUMN_SAMPLES 96

static void unpack_word_line(uint16_t *restrict dst, const uint8_t *restrict src, int samples)
{
    int i = 0;

    for (; i + 3 <= samples; i += 3, src += 4) {
        uint32_t word = AV_RL32(src);

        dst[i]     = word << 6;
        dst[i + 1] = word >> 4  & 0xffc0;
        dst[i + 2] = word >> 14 & 0xffc0;
    }
    for (int shift = 0; i < samples; i++, shift += 10)
        dst[i] = AV_RL32(src) >> shift << 6;
}

void ff_v4l2request_unpack_words(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                 size_t tile_size, int samples, int lines)
{
    for (; samples > 0; samples -= COLUMN_SAMPLES, src += tile_size) {
        for (int y = 0; y < lines; y++)
            unpack_word_line((uint16_t *)(dst + y * linesize), src + 128 * y,
                             FFMIN(samples, COLUMN_SAMPLES));
        dst += COLUMN_SAMPLES * sizeof(uint16_t);
    }
}

/**
 * Four lines of 16 samples are a block: 16 bytes with the lower two bits of all
 * of them, then 64 bytes with the upper eight. In LSB_TILED byte n of the former
 * has the bits of sample n of the four lines, in LSB_RASTER those of four
 * samples of a line.
 */
#define BLOCK_SAMPLES 16

static av_always_inline void unpack_block_line(uint16_t *restrict dst, const uint8_t *restrict src,
                                               int y, int tiled)
{
    const uint8_t *upper = src + 16 + 16 * y;

    for (int i = 0; i < BLOCK_SAMPLES; i++) {
        int lower = tiled ? src[i] >> 2 * y : src[4 * y + i / 4] >> 2 * (i % 4);

        dst[i] = upper[i] << 8 | (lower & 3) << 6;
    }
}

static av_always_inline void unpack_blocks(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                           size_t tile_size, int samples, int lines, int tiled)
{
    uint16_t last[BLOCK_SAMPLES];

    for (; samples >= BLOCK_SAMPLES; samples -= BLOCK_SAMPLES, src += tile_size) {
        for (int y = 0; y < lines; y++)
            unpack_block_line((uint16_t *)(dst + y * linesize), src, y, tiled);
        dst += sizeof(last);
    }
    for (int y = 0; y < lines && samples > 0; y++) {
        unpack_block_line(last, src, y, tiled);
        memcpy(dst + y * linesize, last, samples * sizeof(*last));
    }
}

void ff_v4l2request_unpack_lsb(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                               size_t tile_size, int samples, int lines, int tiled)
{
    if (tiled)
        unpack_blocks(dst, linesize, src, tile_size, samples, lines, 1);
    else
        unpack_blocks(dst, linesize, src, tile_size, samples, lines, 0);
}
