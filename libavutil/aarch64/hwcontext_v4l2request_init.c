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

#include "libavutil/aarch64/cpu.h"
#include "libavutil/attributes.h"
#include "libavutil/cpu.h"
#include "libavutil/hwcontext_v4l2request_dsp.h"

void ff_v4l2request_unpack_packed_neon(uint16_t *dst, const uint8_t *src, int samples);
void ff_v4l2request_unpack_blocks_raster_neon(uint8_t *dst, ptrdiff_t linesize,
                                              const uint8_t *src, int blocks);
void ff_v4l2request_unpack_blocks_tiled_neon(uint8_t *dst, ptrdiff_t linesize,
                                             const uint8_t *src, int blocks);

static void unpack_packed_neon(uint16_t *dst, const uint8_t *src, int samples)
{
    int done = samples & ~63;

    if (done)
        ff_v4l2request_unpack_packed_neon(dst, src, done);
    ff_v4l2request_unpack_packed_c(dst + done, src + done / 4 * 5, samples - done);
}

/* What is not here is as fast as gcc makes it: ld2 and st3. */
av_cold void ff_v4l2request_dsp_init_aarch64(V4L2RequestDSP *dsp)
{
    if (!have_neon(av_get_cpu_flags()))
        return;
    dsp->unpack_packed    = unpack_packed_neon;
    dsp->unpack_blocks[0] = ff_v4l2request_unpack_blocks_raster_neon;
    dsp->unpack_blocks[1] = ff_v4l2request_unpack_blocks_tiled_neon;
}
