// SPDX-License-Identifier: GPL-2.0-only
/*
 * AV1 (Main profile: 8 and 10 bit, 4:2:0 and monochrome): controls and limits
 */

#include "driver.h"

/*
 * Frames may be smaller than the sequence says, and larger ones do not exist
 * (AV1 specification, 6.8.4).
 */
static int check(const struct vstateless_ctx *ctx, u32 id, const void *value)
{
	const u32 subsampling = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X |
				V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
	const struct v4l2_ctrl_av1_sequence *sequence = value;

	if (id != V4L2_CID_STATELESS_AV1_SEQUENCE)
		return 0;

	if (sequence->seq_profile ||
	    (sequence->bit_depth != 8 && sequence->bit_depth != 10) ||
	    (sequence->flags & subsampling) != subsampling)
		return -EINVAL;
	if (sequence->max_frame_width_minus_1 >= ctx->coded.width ||
	    sequence->max_frame_height_minus_1 >= ctx->coded.height)
		return -EINVAL;
	return 0;
}

/* Monochrome is decoded as 4:2:0: the formats of hantro and mediatek have chroma. */
static void image(const void *value, u8 *bit_depth, u8 *chroma_format_idc)
{
	const struct v4l2_ctrl_av1_sequence *sequence = value;

	*bit_depth = sequence->bit_depth;
	*chroma_format_idc = 1;
}

static const struct v4l2_ctrl_config controls[] = {
	{
		.id	= V4L2_CID_STATELESS_AV1_SEQUENCE,
	},
	{
		.id	= V4L2_CID_STATELESS_AV1_FRAME,
	},
	{
		.id	= V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
		.dims	= { V4L2_AV1_MAX_TILE_COUNT },
	},
	{
		.id	= V4L2_CID_STATELESS_AV1_FILM_GRAIN,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
		.min	= V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
		.max	= V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
		.def	= V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
	},
	{
		.id	= V4L2_CID_MPEG_VIDEO_AV1_LEVEL,
		.min	= V4L2_MPEG_VIDEO_AV1_LEVEL_2_0,
		.max	= V4L2_MPEG_VIDEO_AV1_LEVEL_5_1,
	},
};

static bool offer(struct v4l2_ctrl_config *config)
{
	return config->id != V4L2_CID_STATELESS_AV1_FILM_GRAIN ||
	       vstateless_params.av1_film_grain;
}

const struct vstateless_codec vstateless_av1 = {
	.fourcc		= V4L2_PIX_FMT_AV1_FRAME,
	.sizes		= {
		.min_width	= 16,
		.max_width	= 4096,
		.step_width	= 8,
		.min_height	= 16,
		.max_height	= 4096,
		.step_height	= 8,
	},
	.controls	= controls,
	.num_controls	= ARRAY_SIZE(controls),
	.offer		= offer,
	.check		= check,
	.image_id	= V4L2_CID_STATELESS_AV1_SEQUENCE,
	.image		= image,
};
