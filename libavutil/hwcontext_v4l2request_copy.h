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

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_COPY_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_COPY_H

/**
 * @file
 * Copies of planes and samples. Widths are in samples of the plane, of which
 * chroma with both components in one plane has two for each pixel.
 */

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "hwcontext_v4l2request_internal.h"

/**
 * Copy the planes of a frame to one that the CPU can use.
 *
 * @param dst    frame with buffers, in the format's sw_format or its planar
 *               one; its width and height are copied
 * @param planes where the planes are
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_v4l2request_copy(AVFrame *dst, const V4L2RequestFormat *format,
                        const V4L2RequestPlane planes[3]);

/**
 * Copy a plane of tiles, or of lines, to lines.
 *
 * @param tile_width 0, 16, 32 or 128 bytes
 * @param bytes      of a line
 * @param height     lines
 */
void ff_v4l2request_copy_plane(uint8_t *dst, ptrdiff_t linesize, const V4L2RequestPlane *src,
                               int tile_width, int bytes, int height);

/**
 * Unpack samples of four in five bytes, or the first ones of them.
 *
 * @return how many were unpacked
 */
typedef int (*V4L2RequestUnpack)(uint16_t *dst, const uint8_t *src, int samples);

/** What this processor has for that; NULL: nothing. */
V4L2RequestUnpack ff_v4l2request_unpack_packed_x86(void);

/** Unpack all samples. */
int ff_v4l2request_unpack_packed_c(uint16_t *dst, const uint8_t *src, int samples);

/**
 * Unpack lines of samples of four in five bytes.
 *
 * @param pitch bytes from a line of src to the next
 */
void ff_v4l2request_unpack_packed(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                  size_t pitch, int samples, int lines);

/**
 * Unpack lines of samples of three in four bytes, in columns of 128 bytes.
 *
 * @param src       first byte of the first line
 * @param tile_size bytes from a column to the next
 */
void ff_v4l2request_unpack_words(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                 size_t tile_size, int samples, int lines);

/**
 * Unpack up to four lines whose lower bits stand before their upper ones.
 *
 * @param src       the block that begins with the first line
 * @param tile_size bytes from a block to its right neighbour
 * @param tiled     how the lower bits are arranged
 */
void ff_v4l2request_unpack_lsb(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                               size_t tile_size, int samples, int lines, int tiled);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_COPY_H */
