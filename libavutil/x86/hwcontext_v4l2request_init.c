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

#include "config.h"

#include "libavutil/attributes.h"
#include "libavutil/cpu.h"
#include "libavutil/hwcontext_v4l2request_dsp.h"
#include "libavutil/x86/cpu.h"

void ff_v4l2request_unpack_packed_avx2(uint16_t *dst, const uint8_t *src, int samples);
void ff_v4l2request_unpack_words_avx2(uint16_t *dst, const uint8_t *src, int samples);
void ff_v4l2request_unpack_blocks_raster_avx2(uint8_t *dst, ptrdiff_t linesize,
                                              const uint8_t *src, int blocks);
void ff_v4l2request_unpack_blocks_tiled_avx2(uint8_t *dst, ptrdiff_t linesize,
                                             const uint8_t *src, int blocks);
void ff_v4l2request_split8_avx2(uint8_t *dst0, uint8_t *dst1, const uint8_t *src, int samples);
void ff_v4l2request_split10_avx2(uint16_t *dst0, uint16_t *dst1, const uint16_t *src, int samples);

static void unpack_packed_avx2(uint16_t *dst, const uint8_t *src, int samples)
{
    /* Six bytes behind those of its last samples are read. */
    int done = samples > 20 ? (samples - 5) & ~15 : 0;

    if (done)
        ff_v4l2request_unpack_packed_avx2(dst, src, done);
    ff_v4l2request_unpack_packed_c(dst + done, src + done / 4 * 5, samples - done);
}

static void unpack_words_avx2(uint16_t *dst, const uint8_t *src, int samples)
{
    int done = samples / 48 * 48;

    if (done)
        ff_v4l2request_unpack_words_avx2(dst, src, done);
    if (done < samples)
        ff_v4l2request_unpack_words_c(dst + done, src + done / 3 * 4, samples - done);
}

static void split8_avx2(uint8_t *dst0, uint8_t *dst1, const uint8_t *src, int samples)
{
    int done = samples & ~31;

    if (done)
        ff_v4l2request_split8_avx2(dst0, dst1, src, done);
    ff_v4l2request_split8_c(dst0 + done, dst1 + done, src + 2 * done, samples - done);
}

static void split10_avx2(uint16_t *dst0, uint16_t *dst1, const uint16_t *src, int samples)
{
    int done = samples & ~15;

    if (done)
        ff_v4l2request_split10_avx2(dst0, dst1, src, done);
    ff_v4l2request_split10_c(dst0 + done, dst1 + done, src + 2 * done, samples - done);
}

av_cold void ff_v4l2request_dsp_init_x86(V4L2RequestDSP *dsp)
{
    if (!EXTERNAL_AVX2_FAST(av_get_cpu_flags()))
        return;
    dsp->unpack_packed    = unpack_packed_avx2;
    dsp->unpack_words     = unpack_words_avx2;
    dsp->unpack_blocks[0] = ff_v4l2request_unpack_blocks_raster_avx2;
    dsp->unpack_blocks[1] = ff_v4l2request_unpack_blocks_tiled_avx2;
    dsp->split8           = split8_avx2;
    dsp->split10          = split10_avx2;
}
