// SPDX-License-Identifier: GPL-2.0-only
/*
 * HEVC (Rec. ITU-T H.265, Main, Main 10, Main Still Picture): controls and limits
 */

#include "driver.h"

/* As in rkvdec; the most slice segments of a picture in any level is 600. */
#define MAX_SLICES		600
#define MAX_ENTRY_POINTS	1024
#define MAX_ST_RPS		64
#define MAX_LT_RPS		32

/* The default value of the control, before a client has set it, has to pass. */
static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const struct v4l2_ctrl_hevc_sps *sps = value;

	if (id != V4L2_CID_STATELESS_HEVC_SPS)
		return 0;

	if (sps->chroma_format_idc > 1 ||
	    (sps->bit_depth_luma_minus8 && sps->bit_depth_luma_minus8 != 2) ||
	    sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return -EINVAL;
	if (sps->pic_width_in_luma_samples > ctx->coded.width ||
	    sps->pic_height_in_luma_samples > ctx->coded.height)
		return -EINVAL;
	return 0;
}

static void image(const void *value, u8 *bit_depth, u8 *chroma_format_idc)
{
	const struct v4l2_ctrl_hevc_sps *sps = value;

	*bit_depth = sps->bit_depth_luma_minus8 + 8;
	*chroma_format_idc = 1;
}

/* Devices differ in which arrays they read and in how long these may be. */
static bool offer(struct v4l2_ctrl_config *config)
{
	switch (config->id) {
	case V4L2_CID_STATELESS_HEVC_SLICE_PARAMS:
		config->dims[0] = min(vstateless_params.hevc_slices, MAX_SLICES);
		return config->dims[0];
	case V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS:
		config->dims[0] = min(vstateless_params.hevc_entry_points,
				      MAX_ENTRY_POINTS);
		return config->dims[0];
#ifdef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
	case V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS:
	case V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS:
		return vstateless_params.hevc_ext_rps;
#endif
	default:
		return true;
	}
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_HEVC_SPS,
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_PPS,
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
		.dims	= { MAX_SLICES },
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
		.dims	= { MAX_ENTRY_POINTS },
		.max	= 0xffffffff,
		.step	= 1,
	},
#ifdef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
	{
		.id	= V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
		.dims	= { MAX_ST_RPS },
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS,
		.dims	= { MAX_LT_RPS },
	},
#endif
	{
		.id	= V4L2_CID_STATELESS_HEVC_DECODE_MODE,
	},
	{
		.id	= V4L2_CID_STATELESS_HEVC_START_CODE,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
		.min	= V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
		.max	= V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10,
		.def	= V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_HEVC_LEVEL,
		.min	= V4L2_MPEG_VIDEO_HEVC_LEVEL_1,
		.max	= V4L2_MPEG_VIDEO_HEVC_LEVEL_5_1,
	},
};

const struct vstateless_codec vstateless_hevc = {
	.fourcc		= V4L2_PIX_FMT_HEVC_SLICE,
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
	.offer		= offer,
	.decode_mode	= V4L2_CID_STATELESS_HEVC_DECODE_MODE,
	.start_code	= V4L2_CID_STATELESS_HEVC_START_CODE,
	.check		= check,
	.image_id	= V4L2_CID_STATELESS_HEVC_SPS,
	.image		= image,
};
