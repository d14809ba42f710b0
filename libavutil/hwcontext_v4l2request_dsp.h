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

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_DSP_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_DSP_H

/**
 * @file
 * Samples of decoded frames to those of sw_format or of its planar format. What
 * processors have functions of their own for.
 *
 * Sources may be uncached: functions read them in their order, with wide loads,
 * and nothing behind the last sample. Any alignment, any number of samples.
 */

#include <stddef.h>
#include <stdint.h>

/** A column of samples in words has 128 bytes: 32 words of three samples. */
#define V4L2_REQUEST_COLUMN_SAMPLES 96

/** Samples of a line of a block whose lower bits stand before the upper ones. */
#define V4L2_REQUEST_BLOCK_SAMPLES 16
/** Lines of such a block. */
#define V4L2_REQUEST_BLOCK_LINES 4
/** Bytes of it: 16 with the lower two bits of all samples, 64 with the upper eight. */
#define V4L2_REQUEST_BLOCK_SIZE 80

typedef struct V4L2RequestDSP {
    /**
     * Samples of 10 bit, four in five bytes, to the upper bits of words (NV15 to
     * P010).
     */
    void (*unpack_packed)(uint16_t *dst, const uint8_t *src, int samples);

    /**
     * The same for three samples in words of four bytes, the first one in the
     * lowest bits (the columns of NV12_10_COL128).
     */
    void (*unpack_words)(uint16_t *dst, const uint8_t *src, int samples);

    /**
     * The same for blocks of 16 samples and four lines, one below the other.
     * [0]: byte n of the lower bits has those of four samples of a line
     * (MT2110R); [1]: those of sample n of the four lines (MT2110T).
     *
     * @param linesize bytes
     */
    void (*unpack_blocks[2])(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src, int blocks);

    /** Samples of two components in turn to two planes (NV12 to yuv420p). */
    void (*split8)(uint8_t *dst0, uint8_t *dst1, const uint8_t *src, int samples);

    /** The same from the upper ten bits to the lower ones (P010 to yuv420p10). */
    void (*split10)(uint16_t *dst0, uint16_t *dst1, const uint16_t *src, int samples);

    /** The upper ten bits to the lower ones. */
    void (*shift10)(uint16_t *dst, const uint16_t *src, int samples);
} V4L2RequestDSP;

/** Set the functions: C, and what this processor has. */
void ff_v4l2request_dsp_init(V4L2RequestDSP *dsp);
void ff_v4l2request_dsp_init_aarch64(V4L2RequestDSP *dsp);
void ff_v4l2request_dsp_init_x86(V4L2RequestDSP *dsp);

/* C, for what is left of a line behind whole vectors. */
void ff_v4l2request_unpack_packed_c(uint16_t *dst, const uint8_t *src, int samples);
void ff_v4l2request_unpack_words_c(uint16_t *dst, const uint8_t *src, int samples);
void ff_v4l2request_split8_c(uint8_t *dst0, uint8_t *dst1, const uint8_t *src, int samples);
void ff_v4l2request_split10_c(uint16_t *dst0, uint16_t *dst1, const uint16_t *src, int samples);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_DSP_H */
