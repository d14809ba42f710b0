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
 * Frames of 10 bit samples without padding (NV15, NV20): four samples in five
 * bytes, the first one in the lowest bits (drm_fourcc.h).
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

#include "attributes.h"
#include "common.h"
#include "frame.h"
#include "hwcontext_v4l2request_internal.h"
#include "intreadwrite.h"
#include "pixdesc.h"

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

static void unpack_line(uint16_t *dst, const uint8_t *src, int samples)
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
}

void ff_v4l2request_unpack(AVFrame *dst, const AVFrame *src)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(dst->format);

    for (int plane = 0; plane < 2; plane++) {
        int width  = plane ? 2 * AV_CEIL_RSHIFT(dst->width, desc->log2_chroma_w) : dst->width;
        int height = plane ? AV_CEIL_RSHIFT(dst->height, desc->log2_chroma_h)    : dst->height;

        for (int y = 0; y < height; y++)
            unpack_line((uint16_t *)(dst->data[plane] + y * (ptrdiff_t)dst->linesize[plane]),
                        src->data[plane] + y * (ptrdiff_t)src->linesize[plane], width);
    }
}
