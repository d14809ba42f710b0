/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codecs of V4L2 stateless decoders: their controls, and plain streams of them. */

#include <linux/videodev2.h>
#include <stddef.h>

#include "libavutil/common.h"

#include "v4l2request_info.h"

/* Younger than the headers of Debian 12 and 13. */
#ifndef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS (V4L2_CID_CODEC_STATELESS_BASE + 408)
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS (V4L2_CID_CODEC_STATELESS_BASE + 409)
#endif

static void fill_h264(InfoSequence *sequence, InfoKind kind, int width, int height)
{
    sequence->h264 = (struct v4l2_ctrl_h264_sps) {
        .profile_idc                   = kind.chroma == 2 ? 122 : kind.bits > 8 ? 110 : 100,
        .level_idc                     = 41,
        .chroma_format_idc             = kind.chroma,
        .bit_depth_luma_minus8         = kind.bits - 8,
        .bit_depth_chroma_minus8       = kind.bits - 8,
        .max_num_ref_frames            = 4,
        .pic_width_in_mbs_minus1       = width / 16 - 1,
        .pic_height_in_map_units_minus1 = height / 16 - 1,
        .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
    };
}

static void fill_hevc(InfoSequence *sequence, InfoKind kind, int width, int height)
{
    sequence->hevc = (struct v4l2_ctrl_hevc_sps) {
        .pic_width_in_luma_samples                = width,
        .pic_height_in_luma_samples               = height,
        .bit_depth_luma_minus8                    = kind.bits - 8,
        .bit_depth_chroma_minus8                  = kind.bits - 8,
        .log2_max_pic_order_cnt_lsb_minus4        = 4,
        .sps_max_dec_pic_buffering_minus1         = 4,
        .log2_diff_max_min_luma_coding_block_size = 3,
        .log2_diff_max_min_luma_transform_block_size = 3,
        .chroma_format_idc                        = kind.chroma,
    };
}

static void fill_vp9(InfoSequence *sequence, InfoKind kind, int width, int height)
{
    sequence->vp9 = (struct v4l2_ctrl_vp9_frame) {
        .flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_SHOW_FRAME |
                 V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING,
        .compressed_header_size   = 1,
        .uncompressed_header_size = 1,
        .frame_width_minus_1      = width - 1,
        .frame_height_minus_1     = height - 1,
        .render_width_minus_1     = width - 1,
        .render_height_minus_1    = height - 1,
        .profile                  = kind.bits > 8 ? 2 : 0,
        .bit_depth                = kind.bits,
    };
}

static void fill_av1(InfoSequence *sequence, InfoKind kind, int width, int height)
{
    sequence->av1 = (struct v4l2_ctrl_av1_sequence) {
        .flags = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y |
                 V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT,
        .order_hint_bits        = 7,
        .bit_depth              = kind.bits,
        .max_frame_width_minus_1  = width - 1,
        .max_frame_height_minus_1 = height - 1,
    };
}

#define CONTROL(name, text) { V4L2_CID_STATELESS_ ## name, text }

static const InfoCodec codecs[] = {
    {
        V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2", V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE, V4L2_CID_MPEG_VIDEO_MPEG2_LEVEL,
        .kinds    = { { 8, 1 } },
        .required = { CONTROL(MPEG2_SEQUENCE, "sequence"), CONTROL(MPEG2_PICTURE, "picture"),
                      CONTROL(MPEG2_QUANTISATION, "quantisation") },
    }, {
        V4L2_PIX_FMT_H264_SLICE, "H.264", V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_CID_MPEG_VIDEO_H264_LEVEL,
        V4L2_CID_STATELESS_H264_DECODE_MODE, V4L2_CID_STATELESS_H264_START_CODE,
        V4L2_CID_STATELESS_H264_SPS, sizeof(struct v4l2_ctrl_h264_sps), fill_h264,
        .kinds    = { { 8, 1 }, { 10, 1 }, { 8, 2 }, { 10, 2 } },
        .required = { CONTROL(H264_SPS, "SPS"), CONTROL(H264_PPS, "PPS"),
                      CONTROL(H264_DECODE_PARAMS, "decode parameters") },
        .optional = { CONTROL(H264_SCALING_MATRIX, "scaling matrix"), CONTROL(H264_PRED_WEIGHTS, "prediction weights"),
                      CONTROL(H264_SLICE_PARAMS, "slice parameters") },
    }, {
        V4L2_PIX_FMT_HEVC_SLICE, "HEVC", V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, V4L2_CID_MPEG_VIDEO_HEVC_LEVEL,
        V4L2_CID_STATELESS_HEVC_DECODE_MODE, V4L2_CID_STATELESS_HEVC_START_CODE,
        V4L2_CID_STATELESS_HEVC_SPS, sizeof(struct v4l2_ctrl_hevc_sps), fill_hevc,
        .kinds    = { { 8, 1 }, { 10, 1 }, { 8, 2 }, { 10, 2 } },
        .required = { CONTROL(HEVC_SPS, "SPS"), CONTROL(HEVC_PPS, "PPS"),
                      CONTROL(HEVC_DECODE_PARAMS, "decode parameters") },
        .optional = { CONTROL(HEVC_SLICE_PARAMS, "slice parameters"), CONTROL(HEVC_SCALING_MATRIX, "scaling matrix"),
                      CONTROL(HEVC_ENTRY_POINT_OFFSETS, "entry points"),
                      CONTROL(HEVC_EXT_SPS_ST_RPS, "short-term reference sets"),
                      CONTROL(HEVC_EXT_SPS_LT_RPS, "long-term reference sets") },
    }, {
        V4L2_PIX_FMT_VP8_FRAME, "VP8", V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
        .kinds    = { { 8, 1 } },
        .required = { CONTROL(VP8_FRAME, "frame") },
    }, {
        V4L2_PIX_FMT_VP9_FRAME, "VP9", V4L2_CID_MPEG_VIDEO_VP9_PROFILE, V4L2_CID_MPEG_VIDEO_VP9_LEVEL,
        .sequence_id = V4L2_CID_STATELESS_VP9_FRAME, .sequence_size = sizeof(struct v4l2_ctrl_vp9_frame),
        .fill     = fill_vp9,
        .kinds    = { { 8, 1 }, { 10, 1 } },
        .required = { CONTROL(VP9_FRAME, "frame") },
        .optional = { CONTROL(VP9_COMPRESSED_HDR, "compressed header") },
    }, {
        V4L2_PIX_FMT_AV1_FRAME, "AV1", V4L2_CID_MPEG_VIDEO_AV1_PROFILE, V4L2_CID_MPEG_VIDEO_AV1_LEVEL,
        .sequence_id = V4L2_CID_STATELESS_AV1_SEQUENCE, .sequence_size = sizeof(struct v4l2_ctrl_av1_sequence),
        .fill     = fill_av1,
        .kinds    = { { 8, 1 }, { 10, 1 } },
        .required = { CONTROL(AV1_SEQUENCE, "sequence"), CONTROL(AV1_TILE_GROUP_ENTRY, "tile groups"),
                      CONTROL(AV1_FRAME, "frame") },
        .optional = { CONTROL(AV1_FILM_GRAIN, "film grain") },
    },
};

const InfoCodec *info_find_codec(uint32_t pixelformat)
{
    for (unsigned i = 0; i < FF_ARRAY_ELEMS(codecs); i++) {
        if (codecs[i].pixelformat == pixelformat)
            return &codecs[i];
    }
    return NULL;
}
