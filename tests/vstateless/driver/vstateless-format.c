// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coded formats, and the sizes of decoded pictures (vstateless-layout.c)
 *
 * A picture is laid out as most drivers do: in each memory plane, component
 * after component, each "height" rows of the plane's bytesperline (divided as
 * the component is subsampled). The height of the CAPTURE format includes all
 * padding, so chroma of NV12 starts at bytesperline * height. Tiles change the
 * order of bytes in the rows of tiles, not these sizes; columns are otherwise,
 * see enum vstateless_shape.
 */

#include <linux/math.h>
#include <linux/videodev2.h>

#include "driver.h"

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

	for (i = 0; i < vstateless_num_formats; i++)
		if (vstateless_formats[i].fourcc == fourcc)
			return true;
	return false;
}

static bool fits(const struct vstateless_ctx *ctx,
		 const struct vstateless_format *format)
{
	return format->bit_depth == ctx->bit_depth &&
	       format->chroma_format_idc == ctx->chroma_format_idc;
}

/* The formats of the module's parameter that fit, in its order. */
static const struct vstateless_format *
enum_wanted(const struct vstateless_ctx *ctx, unsigned int index)
{
	unsigned int i, j;

	for (i = 0; i < VSTATELESS_PARAM_FORMATS; i++) {
		u32 fourcc = READ_ONCE(vstateless_params.format[i]);

		for (j = 0; fourcc && j < vstateless_num_formats; j++)
			if (vstateless_formats[j].fourcc == fourcc &&
			    fits(ctx, &vstateless_formats[j]) && index-- == 0)
				return &vstateless_formats[j];
	}
	return NULL;
}

/*
 * The formats that fit the stream's bit depth and chroma, as far as known:
 * those of the module's parameter or, if none of them does, the usual ones.
 */
const struct vstateless_format *
vstateless_format_enum(const struct vstateless_ctx *ctx, unsigned int index)
{
	unsigned int i;

	if (enum_wanted(ctx, 0))
		return enum_wanted(ctx, index);
	for (i = 0; i < vstateless_num_formats; i++)
		if (vstateless_formats[i].listed &&
		    fits(ctx, &vstateless_formats[i]) && index-- == 0)
			return &vstateless_formats[i];
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
	u32 bytes = DIV_ROUND_UP(roundup(width, format->tile_width) *
				 format->bytes, format->pixels);

	bytes = roundup(bytes + (align > 1), align);
	/* Whole tiles, too; packed samples need none. */
	if (format->component[0].align > 1 ||
	    format->shape != VSTATELESS_SHAPE_ROWS)
		bytes = roundup(bytes, DIV_ROUND_UP(format->tile_width *
						    format->bytes,
						    format->pixels));
	return bytes;
}

static u32 component_rows(const struct vstateless_format *format,
			  unsigned int i, u32 height)
{
	return roundup(height / format->component[i].vdiv,
		       format->component[i].align);
}

static void fill_rows(const struct vstateless_format *format,
		      struct v4l2_pix_format_mplane *pix, u32 stride)
{
	unsigned int i;

	for (i = 0; i < format->components; i++) {
		struct v4l2_plane_pix_format *plane =
			&pix->plane_fmt[format->component[i].plane];
		u32 bytes = stride / format->component[i].hdiv;

		if (!plane->bytesperline) {
			plane->bytesperline = bytes;
			plane->sizeimage = min(vstateless_params.sizeimage_extra,
					       1u << 24);
		}
		plane->sizeimage += bytes * component_rows(format, i, pix->height);
	}
}

/* One memory plane: each column holds the lines of luma, then of chroma. */
static void fill_columns(struct v4l2_pix_format_mplane *pix, u32 stride,
			 u32 extra)
{
	pix->plane_fmt[0].bytesperline = pix->height * 3 / 2 + extra;
	pix->plane_fmt[0].sizeimage = pix->plane_fmt[0].bytesperline * stride;
}

/* The height of a column is nowhere but in the plane's size. */
static void fill_plane_columns(struct v4l2_pix_format_mplane *pix, u32 stride,
			       u32 extra)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pix->plane_fmt[i].bytesperline = stride;
		pix->plane_fmt[i].sizeimage =
			stride * ((pix->height >> i) + extra);
	}
}

/* bytesperline is in pixels, as mtk_vcodec_dec.c returns it after S_FMT. */
static void fill_width(const struct vstateless_format *format,
		       struct v4l2_pix_format_mplane *pix, u32 stride)
{
	unsigned int i;

	fill_rows(format, pix, stride);
	for (i = 0; i < format->mem_planes; i++)
		pix->plane_fmt[i].bytesperline = pix->width;
}

void vstateless_format_fill(const struct vstateless_format *format,
			    const struct v4l2_pix_format_mplane *coded,
			    struct v4l2_pix_format_mplane *pix)
{
	u32 align = clamp(vstateless_params.height_align, 1u, 4096u);
	u32 extra = min(vstateless_params.extra_lines, 4096u);
	u32 stride = row_bytes(format, coded->width);

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

	/* Where bytesperline is something else the width holds the padding. */
	if (format->shape != VSTATELESS_SHAPE_ROWS)
		pix->width = stride * format->pixels / format->bytes;
	switch (format->shape) {
	case VSTATELESS_SHAPE_ROWS:
		fill_rows(format, pix, stride);
		break;
	case VSTATELESS_SHAPE_COLUMNS:
		fill_columns(pix, stride, extra);
		break;
	case VSTATELESS_SHAPE_PLANES:
		fill_plane_columns(pix, stride, extra);
		break;
	case VSTATELESS_SHAPE_WIDTH:
		fill_width(format, pix, stride);
		break;
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
