// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP8 (RFC 6386): controls and limits
 */

#include "driver.h"

/* All zero before the first request, as the handler initialises it. */
static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const struct v4l2_ctrl_vp8_frame *frame = value;

	if (id != V4L2_CID_STATELESS_VP8_FRAME)
		return 0;

	if (frame->width > ctx->coded.width || frame->height > ctx->coded.height)
		return -EINVAL;
	return 0;
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_VP8_FRAME,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
		.min	= V4L2_MPEG_VIDEO_VP8_PROFILE_0,
		.max	= V4L2_MPEG_VIDEO_VP8_PROFILE_3,
		.def	= V4L2_MPEG_VIDEO_VP8_PROFILE_0,
	},
};

const struct vstateless_codec vstateless_vp8 = {
	.fourcc		= V4L2_PIX_FMT_VP8_FRAME,
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
