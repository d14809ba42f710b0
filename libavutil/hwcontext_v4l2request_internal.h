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

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_INTERNAL_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_INTERNAL_H

/**
 * @file
 * What libavutil and libavcodec share about V4L2 stateless decoders.
 */

#include <linux/videodev2.h>
#include <stdatomic.h>
#include <stdint.h>

#include "frame.h"
#include "hwcontext.h"
#include "hwcontext_drm.h"
#include "hwcontext_v4l2request.h"
#include "pixfmt.h"

/**
 * A CAPTURE pixel format that frames can have.
 */
typedef struct V4L2RequestFormat {
    uint32_t pixelformat;           ///< V4L2_PIX_FMT_*
    uint32_t drm_format;            ///< DRM_FORMAT_* of the layer
    uint64_t modifier;              ///< DRM_FORMAT_MOD_*
    enum AVPixelFormat sw_format;   ///< what the CPU gets
    int packed;                     ///< bits of a sample without padding; 0: laid out as sw_format
} V4L2RequestFormat;

/**
 * What AVFrame.data[0] points to in frames of this device type.
 */
typedef struct V4L2RequestFrame {
    AVDRMFrameDescriptor desc;      ///< has to be the first member
    const V4L2RequestFormat *format;

    /**
     * Where the objects are mapped, 0 before the first CPU access. A mapping
     * stays until the frame's memory goes: to make and remove one for each
     * access costs about as much as the copy of the pixels.
     */
    atomic_uintptr_t address[AV_DRM_MAX_PLANES];
} V4L2RequestFrame;

/**
 * Remove the mappings of a frame's objects; for the owner of its memory.
 */
void avpriv_v4l2request_unmap(V4L2RequestFrame *frame);

/**
 * AVHWFramesContext.free of frames that a decoder makes. The device of such
 * frames may be of type DRM; this callback is how to know them then.
 */
void avpriv_v4l2request_free_pool(AVHWFramesContext *hwfc);

/**
 * Whether frames are ours, whatever type their device has.
 */
int ff_v4l2request_is_frames(const AVHWFramesContext *hwfc);

/** Long enough for the path of any DRM node. */
#define V4L2REQUEST_DRM_NODE_SIZE 32

/**
 * Find the first DRM node that may be opened, preferably a render node.
 *
 * @param ctx  for messages
 * @param path V4L2REQUEST_DRM_NODE_SIZE bytes
 * @return 0, or an AVERROR code if there is none; the reason has been logged
 */
int ff_v4l2request_find_drm_node(AVHWDeviceContext *ctx, char *path);

/**
 * HWContextType.transfer_get_formats, .transfer_data_from and .map_from.
 */
int ff_v4l2request_transfer_get_formats(AVHWFramesContext *hwfc,
                                        enum AVHWFrameTransferDirection dir,
                                        enum AVPixelFormat **formats);
int ff_v4l2request_transfer_data_from(AVHWFramesContext *hwfc, AVFrame *dst,
                                      const AVFrame *src);
int ff_v4l2request_map_from(AVHWFramesContext *hwfc, AVFrame *dst,
                            const AVFrame *src, int flags);

/**
 * Find the format table's row for a V4L2 pixel format.
 *
 * @return NULL if frames of this format cannot be exported
 */
const V4L2RequestFormat *avpriv_v4l2request_find_format(uint32_t pixelformat);

/**
 * Copy the planes of a frame whose samples are packed (V4L2RequestFormat.packed)
 * to a frame of its sw_format.
 *
 * @param dst    frame with buffers; its width and height are copied
 * @param src    pointers to the packed planes
 */
void ff_v4l2request_unpack(AVFrame *dst, const AVFrame *src);

/**
 * Describe the planes of a CAPTURE buffer.
 *
 * Sets everything in desc but the file descriptors of the objects.
 *
 * @param desc   descriptor to fill
 * @param row    row of the format table for fmt
 * @param fmt    CAPTURE format as the driver returned it
 * @return 0 or AVERROR(EINVAL) if the geometry makes no sense
 */
int avpriv_v4l2request_describe(AVDRMFrameDescriptor *desc,
                                const V4L2RequestFormat *row,
                                const struct v4l2_format *fmt);

/**
 * ioctl() that is repeated when a signal interrupts it.
 *
 * @return 0 or a positive value of the ioctl, AVERROR(errno) on error
 */
int avpriv_v4l2request_ioctl(int fd, unsigned long request, void *arg);

/**
 * Whether a coded pixel format is one of a stateless decoder.
 */
int avpriv_v4l2request_is_stateless(uint32_t pixelformat);

/**
 * Find the stateless decoders of this machine and append them to
 * AVV4L2RequestDeviceContext.decoders.
 *
 * @param ctx    device that is being created
 * @param device NULL, a media or video device node, or a driver's name
 * @return 0 if at least one was found; otherwise the reason has been logged
 *         and is returned as AVERROR code
 */
int ff_v4l2_request_probe(AVHWDeviceContext *ctx, const char *device);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_INTERNAL_H */
