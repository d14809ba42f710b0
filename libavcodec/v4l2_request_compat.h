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

#ifndef AVCODEC_V4L2_REQUEST_COMPAT_H
#define AVCODEC_V4L2_REQUEST_COMPAT_H

/**
 * @file
 * The differences between FFmpeg 7.1, 8.x and 9.x, and between the headers of
 * Linux, that the V4L2 Request hwaccels meet. No other file of theirs looks at
 * a version.
 */

#include <linux/v4l2-controls.h>
#include <stdint.h>

#include "libavutil/frame.h"
#include "libavutil/version.h"
#include "libavcodec/version.h"

#include "avcodec.h"
#include "decode.h"

/* RefStruct became public in FFmpeg 8. */
#if LIBAVUTIL_VERSION_MAJOR >= 60
#include "libavutil/refstruct.h"
#define v4l2_refstruct_allocz(size, free_cb) \
    av_refstruct_alloc_ext(size, 0, NULL, free_cb)
#define v4l2_refstruct_ref(obj)     av_refstruct_ref(obj)
#define v4l2_refstruct_unref(objp)  av_refstruct_unref(objp)
#define v4l2_refstruct_replace(dstp, src) av_refstruct_replace(dstp, src)
typedef AVRefStructOpaque V4L2RefStructOpaque;
#else
#include "refstruct.h"
#define v4l2_refstruct_allocz(size, free_cb) \
    ff_refstruct_alloc_ext(size, 0, NULL, free_cb)
#define v4l2_refstruct_ref(obj)     ff_refstruct_ref(obj)
#define v4l2_refstruct_unref(objp)  ff_refstruct_unref(objp)
#define v4l2_refstruct_replace(dstp, src) ff_refstruct_replace(dstp, src)
typedef FFRefStructOpaque V4L2RefStructOpaque;
#endif

/* FFHWAccel.start_frame got the packet's buffer in FFmpeg 8. */
#if LIBAVCODEC_VERSION_MAJOR >= 62
#define V4L2_REQUEST_START_FRAME_ARGS \
    AVCodecContext *avctx, const AVBufferRef *buf_ref, \
    const uint8_t *buf, uint32_t buf_size
#else
#define V4L2_REQUEST_START_FRAME_ARGS \
    AVCodecContext *avctx, const uint8_t *buf, uint32_t buf_size
#endif

/* VP9SharedContext.ref_frames came with FFmpeg 8.1. */
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(62, 28, 100)
#define V4L2_REQUEST_VP9_REF_FRAMES 1
#else
#define V4L2_REQUEST_VP9_REF_FRAMES 0
#endif

/* AVFrame.private_ref became a RefStruct in FFmpeg 8. */
static inline FrameDecodeData *v4l2_frame_decode_data(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_MAJOR >= 60
    return frame->private_ref;
#else
    return (FrameDecodeData *)frame->private_ref->data;
#endif
}

/* FFmpeg 9 attaches LCEVC decoders at this place and needs the context. */
static inline int v4l2_attach_decode_data(AVCodecContext *avctx, AVFrame *frame)
{
#if LIBAVCODEC_VERSION_MAJOR >= 63
    return ff_attach_decode_data(avctx, frame);
#else
    return ff_attach_decode_data(frame);
#endif
}

/* Since FFmpeg 9 the plain post_process belongs to LCEVC. */
static inline void v4l2_set_post_process(FrameDecodeData *fdd,
                                         int (*post_process)(void *logctx, AVFrame *frame))
{
#if LIBAVCODEC_VERSION_MAJOR >= 63
    fdd->hwaccel_priv_post_process = post_process;
#else
    fdd->post_process = post_process;
#endif
}

/* Newer than Linux 6.12; whether a device has them is found at run time. */
#ifndef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS (V4L2_CID_CODEC_STATELESS_BASE + 408)
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS (V4L2_CID_CODEC_STATELESS_BASE + 409)
#define V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED 0x1
#define V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT 0x1

struct v4l2_ctrl_hevc_ext_sps_st_rps {
    uint8_t  delta_idx_minus1;
    uint8_t  delta_rps_sign;
    uint8_t  num_negative_pics;
    uint8_t  num_positive_pics;
    uint32_t used_by_curr_pic;
    uint32_t use_delta_flag;
    uint16_t abs_delta_rps_minus1;
    uint16_t delta_poc_s0_minus1[16];
    uint16_t delta_poc_s1_minus1[16];
    uint16_t flags;
};

struct v4l2_ctrl_hevc_ext_sps_lt_rps {
    uint16_t lt_ref_pic_poc_lsb_sps;
    uint16_t flags;
};
#endif

#endif /* AVCODEC_V4L2_REQUEST_COMPAT_H */
