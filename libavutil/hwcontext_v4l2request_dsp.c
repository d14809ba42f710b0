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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

#include "attributes.h"
#include "common.h"
#include "hwcontext_v4l2request_dsp.h"
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

/** Samples that are copied before they are unpacked: other reads are not wide. */
#define CHUNK 256

static void unpack_chunk(uint16_t *dst, const uint8_t *src, int samples)
{
    uint8_t buffer[CHUNK / 4 * 5 + 3];
    uint16_t words[4];
    int i = 0;

    memcpy(buffer, src, (10 * samples + 7) / 8);
    src = buffer;
    for (; i <= samples - 4; i += 4, src += 5)
        unpack_group(dst + i, AV_RL64(src));
    if (i < samples) {
        unpack_group(words, AV_RL64(src));
        memcpy(dst + i, words, (samples - i) * sizeof(*dst));
    }
}

void ff_v4l2request_unpack_packed_c(uint16_t *dst, const uint8_t *src, int samples)
{
    for (; samples > 0; samples -= CHUNK, dst += CHUNK, src += CHUNK / 4 * 5)
        unpack_chunk(dst, src, FFMIN(samples, CHUNK));
}

void ff_v4l2request_unpack_words_c(uint16_t *restrict dst, const uint8_t *restrict src, int samples)
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

static av_always_inline void unpack_block_line(uint16_t *restrict dst, const uint8_t *restrict lower,
                                               const uint8_t *restrict upper, int y, int tiled)
{
    for (int i = 0; i < V4L2_REQUEST_BLOCK_SAMPLES; i++) {
        int bits = tiled ? lower[i] >> 2 * y : lower[4 * y + i / 4] >> 2 * (i % 4);

        dst[i] = upper[i] << 8 | (bits & 3) << 6;
    }
}

static av_always_inline void unpack_blocks(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                           int blocks, int tiled)
{
    for (; blocks > 0; blocks--, src += V4L2_REQUEST_BLOCK_SIZE) {
        for (int y = 0; y < V4L2_REQUEST_BLOCK_LINES; y++, dst += linesize)
            unpack_block_line((uint16_t *)dst, src, src + V4L2_REQUEST_BLOCK_SAMPLES * (y + 1), y, tiled);
    }
}

static void unpack_blocks_raster_c(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src, int blocks)
{
    unpack_blocks(dst, linesize, src, blocks, 0);
}

static void unpack_blocks_tiled_c(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src, int blocks)
{
    unpack_blocks(dst, linesize, src, blocks, 1);
}

void ff_v4l2request_split8_c(uint8_t *restrict dst0, uint8_t *restrict dst1,
                             const uint8_t *restrict src, int samples)
{
    for (int i = 0; i < samples; i++) {
        dst0[i] = src[2 * i];
        dst1[i] = src[2 * i + 1];
    }
}

void ff_v4l2request_split10_c(uint16_t *restrict dst0, uint16_t *restrict dst1,
                              const uint16_t *restrict src, int samples)
{
    for (int i = 0; i < samples; i++) {
        dst0[i] = src[2 * i]     >> 6;
        dst1[i] = src[2 * i + 1] >> 6;
    }
}

static void shift10_c(uint16_t *restrict dst, const uint16_t *restrict src, int samples)
{
    for (int i = 0; i < samples; i++)
        dst[i] = src[i] >> 6;
}

av_cold void ff_v4l2request_dsp_init(V4L2RequestDSP *dsp)
{
    *dsp = (V4L2RequestDSP) {
        .unpack_packed = ff_v4l2request_unpack_packed_c,
        .unpack_words  = ff_v4l2request_unpack_words_c,
        .unpack_blocks = { unpack_blocks_raster_c, unpack_blocks_tiled_c },
        .split8        = ff_v4l2request_split8_c,
        .split10       = ff_v4l2request_split10_c,
        .shift10       = shift10_c,
    };
#if ARCH_AARCH64
    ff_v4l2request_dsp_init_aarch64(dsp);
#elif ARCH_X86 && HAVE_X86ASM
    ff_v4l2request_dsp_init_x86(dsp);
#endif
}
