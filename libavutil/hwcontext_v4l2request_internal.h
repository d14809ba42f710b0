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
#include <stddef.h>
#include <stdint.h>

#include "dict.h"
#include "frame.h"
#include "hwcontext.h"
#include "hwcontext_drm.h"
#include "hwcontext_v4l2request.h"
#include "pixfmt.h"

/** AVV4L2RequestDeviceContext.timeout_ms when it is 0. */
#define V4L2_REQUEST_DEFAULT_TIMEOUT_MS 3000

/**
 * How the bits of samples lie in memory.
 */
enum V4L2RequestSamples {
    V4L2_REQUEST_SAMPLES_PLAIN,     ///< as in sw_format
    V4L2_REQUEST_SAMPLES_PACKED,    ///< 10 bit, four in five bytes
    V4L2_REQUEST_SAMPLES_WORDS,     ///< 10 bit, three in four bytes
    V4L2_REQUEST_SAMPLES_LSB_TILED, ///< 10 bit, see hwcontext_v4l2request_copy.c
    V4L2_REQUEST_SAMPLES_LSB_RASTER,
};

/**
 * What the driver's bytesperline means.
 */
enum V4L2RequestPitch {
    V4L2_REQUEST_PITCH_BYTES,       ///< bytes from line to line
    V4L2_REQUEST_PITCH_WIDTH,       ///< nothing: the width counts
    V4L2_REQUEST_PITCH_COLUMN,      ///< lines of a column, luma and chroma
    V4L2_REQUEST_PITCH_PLANES,      ///< bytes; a column has sizeimage / bytesperline lines
};

/**
 * A CAPTURE pixel format that frames can have.
 */
typedef struct V4L2RequestFormat {
    uint32_t pixelformat;           ///< V4L2_PIX_FMT_*
    uint32_t drm_format;            ///< DRM_FORMAT_* of the layer, 0: cannot be exported
    uint64_t modifier;              ///< DRM_FORMAT_MOD_*
    enum AVPixelFormat sw_format;   ///< what the CPU gets
    const char *name;               ///< of the V4L2 format, without V4L2_PIX_FMT_
    uint8_t mem_planes;             ///< memory planes, each with a dma-buf
    uint8_t tile_width;             ///< bytes, 0: lines in one piece
    uint8_t tile_height[2];         ///< lines of luma and chroma tiles, 0: columns
    enum V4L2RequestSamples samples;
    enum V4L2RequestPitch pitch;
} V4L2RequestFormat;

/** Frame size in a format of either buffer API. */
static inline void ff_v4l2request_format_size(const struct v4l2_format *fmt,
                                              uint32_t *width, uint32_t *height)
{
    int mplane = V4L2_TYPE_IS_MULTIPLANAR(fmt->type);

    *width  = mplane ? fmt->fmt.pix_mp.width  : fmt->fmt.pix.width;
    *height = mplane ? fmt->fmt.pix_mp.height : fmt->fmt.pix.height;
}

/** Whether the planes of a format are laid out as those of its sw_format. */
static inline int ff_v4l2request_is_plain(const V4L2RequestFormat *format)
{
    return !format->tile_width && format->samples == V4L2_REQUEST_SAMPLES_PLAIN;
}

/**
 * Where the lines of a plane are. Lines that are in one piece are tiles of one
 * line and any width.
 */
typedef struct V4L2RequestPlane {
    const uint8_t *data;            ///< during CPU access
    uint32_t tile_height;           ///< lines
    size_t tile_size;               ///< bytes from a tile to its right neighbour
    size_t row_size;                ///< bytes from a row of tiles to the next
} V4L2RequestPlane;

/**
 * What AVFrame.data[0] points to in frames of this device type.
 */
typedef struct V4L2RequestFrame {
    AVDRMFrameDescriptor desc;      ///< has to be the first member
    const V4L2RequestFormat *format;
    V4L2RequestPlane plane[3];      ///< data is not set

    /**
     * Where the objects are mapped, 0 before the first CPU access. A mapping
     * stays until the frame's memory goes: to make and remove one for each
     * access costs about as much as the copy of the pixels.
     */
    atomic_uintptr_t address[AV_DRM_MAX_PLANES];

    /**
     * Wait until the frame is decoded. Any thread. Set by a decoder whose frames
     * may leave it before that, or NULL.
     *
     * @return 0, or an error if the frame is wrong; the reason has been logged
     */
    int (*finish)(struct V4L2RequestFrame *frame, void *logctx);
} V4L2RequestFrame;

/**
 * Remove the mappings of a frame's objects; for the owner of its memory.
 */
void avpriv_v4l2request_unmap(V4L2RequestFrame *frame);

/**
 * Read AVV4L2RequestDeviceContext.wait from the options of a device.
 */
int ff_v4l2request_parse_wait(AVHWDeviceContext *ctx, AVDictionary *opts);

/**
 * Whether the memory of a frame has a fence that somebody who writes to it has
 * not signalled yet.
 */
int avpriv_v4l2request_is_fenced(const V4L2RequestFrame *frame);

/**
 * Wait until nobody uses the memory of a frame any more, be it only to read, for
 * as long as they have fences: V4L2 does not do that when a buffer is queued.
 *
 * @return 0, AVERROR(ETIMEDOUT), or another error
 */
int avpriv_v4l2request_wait_users(const V4L2RequestFrame *frame, int timeout_ms);

/**
 * Wait until the CPU may look at a frame. Any thread.
 *
 * @return 0, or an error if the frame is wrong or if nobody has completed it
 *         within the time-out of the device
 */
int ff_v4l2request_wait_access(AVHWFramesContext *hwfc, V4L2RequestFrame *frame);

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
 * The format with a plane for each component that frames can be copied to, too.
 *
 * @return AV_PIX_FMT_NONE if sw_format is such a format itself
 */
enum AVPixelFormat ff_v4l2request_planar_format(enum AVPixelFormat sw_format);

/**
 * Find the format table's row for a V4L2 pixel format.
 *
 * @return NULL if it is unknown; drm_format is 0 if frames of this format
 *         cannot be exported
 */
const V4L2RequestFormat *avpriv_v4l2request_find_format(uint32_t pixelformat);

/**
 * Find the format table's row for a name ("NV12_32L32") or for the four
 * characters of a pixel format ("ST12").
 *
 * @return NULL if there is none
 */
const V4L2RequestFormat *ff_v4l2request_find_format_name(const char *name);

/**
 * Row of the format table by index, NULL behind the last one.
 */
const V4L2RequestFormat *ff_v4l2request_format(unsigned index);

/**
 * Describe the planes of a CAPTURE buffer.
 *
 * Sets everything in desc but the file descriptors of the objects, and
 * frame->format and frame->plane.
 *
 * @param row    row of the format table for fmt
 * @param fmt    CAPTURE format as the driver returned it
 * @return 0 or AVERROR(EINVAL) if the geometry makes no sense
 */
int avpriv_v4l2request_describe(V4L2RequestFrame *frame, const V4L2RequestFormat *row,
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
