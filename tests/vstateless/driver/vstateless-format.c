// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of coded formats and of memory layouts of decoded pictures
 *
 * A picture is laid out as most drivers do: in each memory plane, component
 * after component, each "height" rows of the plane's bytesperline (divided as
 * the component is subsampled). The height of the CAPTURE format includes all
 * padding, so chroma of NV12 starts at bytesperline * height.
 */

#include <linux/math.h>
#include <linux/videodev2.h>

#include "driver.h"

static const struct vstateless_format formats[] = {
	{
		.fourcc			= V4L2_PIX_FMT_NV12,
		.bit_depth		= 8,
		.chroma_format_idc	= 1,
		.mem_planes		= 1,
		.bytes			= 1,
		.pixels			= 1,
		.tile_width		= 1,
		.tile_height		= 2,	/* whole rows of chroma */
		.components		= 2,
		.component		= { { 0, 1, 1 }, { 0, 1, 2 } },
	},
	{
		.fourcc			= V4L2_PIX_FMT_NV16,
		.bit_depth		= 8,
		.chroma_format_idc	= 2,
		.mem_planes		= 1,
		.bytes			= 1,
		.pixels			= 1,
		.tile_width		= 1,
		.tile_height		= 1,
		.components		= 2,
		.component		= { { 0, 1, 1 }, { 0, 1, 1 } },
	},
	{
		.fourcc			= V4L2_PIX_FMT_P010,
		.bit_depth		= 10,
		.chroma_format_idc	= 1,
		.mem_planes		= 1,
		.bytes			= 2,
		.pixels			= 1,
		.tile_width		= 1,
		.tile_height		= 2,
		.components		= 2,
		.component		= { { 0, 1, 1 }, { 0, 1, 2 } },
	},
	{
		.fourcc			= V4L2_PIX_FMT_NV15,
		.bit_depth		= 10,
		.chroma_format_idc	= 1,
		.mem_planes		= 1,
		.bytes			= 5,
		.pixels			= 4,
		.tile_width		= 4,
		.tile_height		= 2,
		.components		= 2,
		.component		= { { 0, 1, 1 }, { 0, 1, 2 } },
	},
	{
		.fourcc			= V4L2_PIX_FMT_NV20,
		.bit_depth		= 10,
		.chroma_format_idc	= 2,
		.mem_planes		= 1,
		.bytes			= 5,
		.pixels			= 4,
		.tile_width		= 4,
		.tile_height		= 1,
		.components		= 2,
		.component		= { { 0, 1, 1 }, { 0, 1, 1 } },
	},
};

static const struct vstateless_codec * const codecs[] = {
	&vstateless_mpeg2,
	&vstateless_h264,
	&vstateless_hevc,
	&vstateless_vp8,
	&vstateless_vp9,
	&vstateless_av1,
};

bool vstateless_format_exists(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i].fourcc == fourcc)
			return true;
	return false;
}

static bool fits(const struct vstateless_ctx *ctx,
		 const struct vstateless_format *format)
{
	return format->bit_depth == ctx->bit_depth &&
	       format->chroma_format_idc == ctx->chroma_format_idc;
}

/*
 * The formats that fit the stream's bit depth and chroma, as far as known; if
 * the one of the module's parameter is among them, it is the only one.
 */
const struct vstateless_format *
vstateless_format_enum(const struct vstateless_ctx *ctx, unsigned int index)
{
	u32 only = READ_ONCE(vstateless_params.format);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i].fourcc == only && fits(ctx, &formats[i]))
			return index ? NULL : &formats[i];
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (fits(ctx, &formats[i]) && index-- == 0)
			return &formats[i];
	return NULL;
}

/* The format of this fourcc, or the default one. */
const struct vstateless_format *
vstateless_format_find(const struct vstateless_ctx *ctx, u32 fourcc)
{
	const struct vstateless_format *format;
	unsigned int i;

	for (i = 0; (format = vstateless_format_enum(ctx, i)); i++)
		if (format->fourcc == fourcc)
			return format;
	return vstateless_format_enum(ctx, 0);
}

/*
 * Padding at the right as well as below, also where the picture has an aligned
 * size already: clients must not get away with taking the width for the pitch.
 */
static u32 row_bytes(const struct vstateless_format *format, u32 width)
{
	u32 align = clamp(vstateless_params.stride_align, 1u, 4096u);
	u32 bytes = DIV_ROUND_UP(round_up(width, format->tile_width) *
				 format->bytes, format->pixels);

	return roundup(bytes + (align > 1), align);
}

void vstateless_format_fill(const struct vstateless_format *format,
			    const struct v4l2_pix_format_mplane *coded,
			    struct v4l2_pix_format_mplane *pix)
{
	u32 align = clamp(vstateless_params.height_align, 1u, 4096u);
	u32 extra = min(vstateless_params.extra_lines, 4096u);
	u32 stride = row_bytes(format, coded->width);
	unsigned int i;

	pix->pixelformat = format->fourcc;
	pix->width = coded->width;
	pix->height = roundup(roundup(coded->height, align) + extra,
			      format->tile_height);
	pix->field = V4L2_FIELD_NONE;
	pix->flags = 0;
	pix->colorspace = coded->colorspace;
	pix->ycbcr_enc = coded->ycbcr_enc;
	pix->quantization = coded->quantization;
	pix->xfer_func = coded->xfer_func;
	pix->num_planes = format->mem_planes;
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	memset(pix->reserved, 0, sizeof(pix->reserved));

	for (i = 0; i < format->components; i++) {
		struct v4l2_plane_pix_format *plane =
			&pix->plane_fmt[format->component[i].plane];
		u32 bytes = stride / format->component[i].hdiv;

		if (!plane->bytesperline) {
			plane->bytesperline = bytes;
			plane->sizeimage = min(vstateless_params.sizeimage_extra,
					       1u << 24);
		}
		plane->sizeimage += bytes * (pix->height / format->component[i].vdiv);
	}
}

const struct vstateless_codec *vstateless_codec_enum(unsigned int index)
{
	return index < ARRAY_SIZE(codecs) ? codecs[index] : NULL;
}

const struct vstateless_codec *vstateless_codec_find(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codecs); i++)
		if (codecs[i]->fourcc == fourcc)
			return codecs[i];
	return NULL;
}
