// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP9 (profiles 0 and 2 with 8 and 10 bit): controls and limits
 */

#include "driver.h"

static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const struct v4l2_ctrl_vp9_frame *frame = value;

	if (id != V4L2_CID_STATELESS_VP9_FRAME)
		return 0;

	/* v4l2-ctrls-core.c has compared depth and profile, and subsampling. */
	if (frame->profile & 1 || frame->bit_depth > 10)
		return -EINVAL;
	if (frame->frame_width_minus_1 >= ctx->coded.width ||
	    frame->frame_height_minus_1 >= ctx->coded.height)
		return -EINVAL;
	return 0;
}

static void image(const void *value, u8 *bit_depth, u8 *chroma_format_idc)
{
	const struct v4l2_ctrl_vp9_frame *frame = value;

	*bit_depth = frame->bit_depth;
	*chroma_format_idc = 1;
}

/* mediatek's firmware reads the compressed header, so it has no such control. */
static bool offer(struct v4l2_ctrl_config *config)
{
	return config->id != V4L2_CID_STATELESS_VP9_COMPRESSED_HDR ||
	       vstateless_params.vp9_compressed_hdr;
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_VP9_FRAME,
	},
	{
		.id	= V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
		.min	= V4L2_MPEG_VIDEO_VP9_PROFILE_0,
		.max	= V4L2_MPEG_VIDEO_VP9_PROFILE_2,
		.menu_skip_mask = BIT(V4L2_MPEG_VIDEO_VP9_PROFILE_1),
		.def	= V4L2_MPEG_VIDEO_VP9_PROFILE_0,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_VP9_LEVEL,
		.min	= V4L2_MPEG_VIDEO_VP9_LEVEL_1_0,
		.max	= V4L2_MPEG_VIDEO_VP9_LEVEL_5_1,
	},
};

const struct vstateless_codec vstateless_vp9 = {
	.fourcc		= V4L2_PIX_FMT_VP9_FRAME,
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
	.check		= check,
	.image_id	= V4L2_CID_STATELESS_VP9_FRAME,
	.image		= image,
};
