// SPDX-License-Identifier: GPL-2.0-only
/*
 * MPEG-2 (ISO/IEC 13818-2, Main profile): controls and limits
 */

#include "driver.h"

static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const struct v4l2_ctrl_mpeg2_sequence *sequence = value;

	if (id != V4L2_CID_STATELESS_MPEG2_SEQUENCE)
		return 0;

	if (sequence->chroma_format != 1 ||
	    sequence->horizontal_size > ctx->coded.width ||
	    sequence->vertical_size > ctx->coded.height)
		return -EINVAL;
	return 0;
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	},
	{
		.id	= V4L2_CID_STATELESS_MPEG2_PICTURE,
	},
	{
		.id	= V4L2_CID_STATELESS_MPEG2_QUANTISATION,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
		.min	= V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE,
		.max	= V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,
		.def	= V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_MPEG2_LEVEL,
		.min	= V4L2_MPEG_VIDEO_MPEG2_LEVEL_LOW,
		.max	= V4L2_MPEG_VIDEO_MPEG2_LEVEL_HIGH,
		.def	= V4L2_MPEG_VIDEO_MPEG2_LEVEL_MAIN,
	},
};

const struct vstateless_codec vstateless_mpeg2 = {
	.fourcc		= V4L2_PIX_FMT_MPEG2_SLICE,
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
	.check		= check,
};
