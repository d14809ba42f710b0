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

#include "config.h"

#include "libavutil/cpu.h"
#include "libavutil/hwcontext_v4l2request_copy.h"
#include "libavutil/x86/cpu.h"

int ff_v4l2request_unpack_packed_avx2(uint16_t *dst, const uint8_t *src, int samples);

V4L2RequestUnpack ff_v4l2request_unpack_packed_x86(void)
{
    return EXTERNAL_AVX2_FAST(av_get_cpu_flags()) ? ff_v4l2request_unpack_packed_avx2 : NULL;
}
