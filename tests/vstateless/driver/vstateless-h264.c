// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.264 (Rec. ITU-T H.264, up to High 4:2:2): controls and limits
 */

#include "driver.h"

/* Rec. ITU-T H.264 7.4.2.1.1: PicWidthInSamplesL, FrameHeightInMbs. */
static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const struct v4l2_ctrl_h264_sps *sps = value;
	u32 width, height;

	if (id != V4L2_CID_STATELESS_H264_SPS)
		return 0;

	width = 16 * (sps->pic_width_in_mbs_minus1 + 1);
	height = 16 * (sps->pic_height_in_map_units_minus1 + 1);
	if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
		height *= 2;

	if (sps->chroma_format_idc > 2 ||
	    (sps->bit_depth_luma_minus8 && sps->bit_depth_luma_minus8 != 2) ||
	    sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return -EINVAL;
	if (width > ctx->coded.width || height > ctx->coded.height)
		return -EINVAL;
	return 0;
}

/* Monochrome is decoded as 4:2:0, as rkvdec-h264-common.c does. */
static void image(const void *value, u8 *bit_depth, u8 *chroma_format_idc)
{
	const struct v4l2_ctrl_h264_sps *sps = value;

	*bit_depth = sps->bit_depth_luma_minus8 + 8;
	*chroma_format_idc = sps->chroma_format_idc ?: 1;
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_H264_SPS,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_PPS,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_SLICE_PARAMS,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_DECODE_MODE,
	},
	{
		.id	= V4L2_CID_STATELESS_H264_START_CODE,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_H264_PROFILE,
		.min	= V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE,
		.max	= V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422,
		.menu_skip_mask = BIT(V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED),
		.def	= V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_H264_LEVEL,
		.min	= V4L2_MPEG_VIDEO_H264_LEVEL_1_0,
		.max	= V4L2_MPEG_VIDEO_H264_LEVEL_5_1,
	},
};

const struct vstateless_codec vstateless_h264 = {
	.fourcc		= V4L2_PIX_FMT_H264_SLICE,
	.sizes		= {
		.min_width	= 16,
		.max_width	= 4096,
		.step_width	= 16,
		.min_height	= 16,
		.max_height	= 4096,
		.step_height	= 16,
	},
	.controls	= controls,
	.num_controls	= ARRAY_SIZE(controls),
	.decode_mode	= V4L2_CID_STATELESS_H264_DECODE_MODE,
	.start_code	= V4L2_CID_STATELESS_H264_START_CODE,
	.check		= check,
	.image_id	= V4L2_CID_STATELESS_H264_SPS,
	.image		= image,
};
