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

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_H

/**
 * @file
 * API-specific header for AV_HWDEVICE_TYPE_V4L2REQUEST.
 *
 * Frames have the format AV_PIX_FMT_DRM_PRIME: AVFrame.data[0] points to an
 * AVDRMFrameDescriptor (hwcontext_drm.h) with one layer. Its dma-bufs stay
 * valid as long as a reference to the frame exists, also after the decoder
 * that made it is closed. Frames contexts are made by decoders; a frames
 * context without a caller supplied AVHWFramesContext.pool cannot be
 * initialised.
 */

#include <stdint.h>

/**
 * One decoder: a media device and the video node of a decoder entity in it.
 */
typedef struct AVV4L2RequestDecoder {
    /**
     * Path of the media device node, for example "/dev/media0".
     */
    char *media_path;

    /**
     * Path of the video device node, for example "/dev/video1".
     */
    char *video_path;

    /**
     * Name of the kernel driver, for example "rkvdec".
     */
    char *driver;
} AVV4L2RequestDecoder;

/**
 * When the hardware is waited for.
 */
enum AVV4L2RequestWait {
    /**
     * Before a frame leaves the decoder: it is complete, and marked if it is
     * wrong (AV_FRAME_FLAG_CORRUPT). The default.
     */
    AV_V4L2REQUEST_WAIT_OUTPUT,

    /**
     * When a frame is accessed. It may leave the decoder while the hardware
     * still works on it; its dma-bufs then have a fence, which poll() and
     * DMA_BUF_IOCTL_EXPORT_SYNC_FILE show and which other drivers wait for.
     * av_hwframe_transfer_data() and av_hwframe_map() wait for the frame; if it
     * turns out to be wrong then, they return AVERROR_INVALIDDATA.
     *
     * That needs a kernel whose driver attaches fences. Where none are found,
     * a message says so and frames are waited for at their output.
     */
    AV_V4L2REQUEST_WAIT_ACCESS,
};

/**
 * This struct is allocated as AVHWDeviceContext.hwctx.
 *
 * av_hwdevice_ctx_create() accepts a media device ("/dev/media0"), a video
 * device ("/dev/video1") or the name of a driver ("hantro-vpu") as its device;
 * with NULL every stateless decoder of the system is taken. It understands
 * these options, which may also follow the device in the same string
 * ("rkvdec,timeout=500", ",timeout=500"):
 * - timeout: see timeout_ms.
 * - format: see pixelformat; a name of the kernel's header without
 *   V4L2_PIX_FMT_ ("NV12_32L32"), or the four characters of the value ("ST12").
 * - zero_copy: see zero_copy.
 * - wait: "output" or "access", see wait.
 * - dump: see dump.
 */
typedef struct AVV4L2RequestDeviceContext {
    /**
     * Decoders that this device may use, in order of preference: a codec
     * opens the first one that can decode its stream.
     *
     * The array, its elements and their strings are allocated with
     * av_malloc(), belong to the device and are freed with it. A caller that
     * fills them itself does so before av_hwdevice_ctx_init().
     */
    AVV4L2RequestDecoder **decoders;

    /**
     * Number of elements of decoders.
     */
    int nb_decoders;

    /**
     * How long the hardware may take for one job, in milliseconds, before it
     * is reset and its frames are reported as corrupt. 0: the default, 3000.
     */
    int timeout_ms;

    /**
     * The V4L2 pixel format (V4L2_PIX_FMT_*) that frames must have: a stream
     * for which a decoder does not list it is refused. 0: the decoder's
     * formats that lose no bit are considered, and the one taken that the CPU
     * reads with the least work (see zero_copy).
     */
    uint32_t pixelformat;

    /**
     * Not 0: frames are meant for other devices (a display, a GPU) and not for
     * the CPU. Of the formats that lose no bit the driver's first one is taken,
     * be it tiled or packed, and memory that the CPU reads slowly.
     */
    int zero_copy;

    /**
     * When frames are waited for.
     */
    enum AVV4L2RequestWait wait;

    /**
     * Directory to which each request is written, for bug reports, NULL: none.
     * Every opened decoder makes a directory of its own in it; the files in
     * there can be read with the program v4l2request-dump.
     *
     * Allocated with av_malloc(), belongs to the device and is freed with it.
     */
    char *dump;
} AVV4L2RequestDeviceContext;

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_H */
