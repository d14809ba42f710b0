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
 * Copy one of them.
 *
 * @param plane of format's sw_format
 */
int ff_v4l2request_copy_plane(AVFrame *dst, int plane, const V4L2RequestFormat *format,
                              const V4L2RequestPlane *src);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_COPY_H */
