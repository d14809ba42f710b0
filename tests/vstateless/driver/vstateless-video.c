// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls of the video node: capabilities and formats
 *
 * The device's lock is not used, so that contexts do not wait for each other:
 * the context's lock protects the queues, the control handler's the formats,
 * because some controls change them.
 */

#include <media/v4l2-common.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "driver.h"

#define VSTATELESS_MIN_BITSTREAM	1024
#define VSTATELESS_MAX_BITSTREAM	(64 << 20)

static int vstateless_querycap(struct file *file, void *priv,
			       struct v4l2_capability *cap)
{
	strscpy(cap->driver, VSTATELESS_NAME, sizeof(cap->driver));
	strscpy(cap->card, VSTATELESS_NAME, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" VSTATELESS_NAME, sizeof(cap->bus_info));
	return 0;
}

static int vstateless_enum_framesizes(struct file *file, void *priv,
				      struct v4l2_frmsizeenum *size)
{
	const struct vstateless_codec *codec =
		vstateless_codec_find(size->pixel_format);

	if (size->index || !codec)
		return -EINVAL;

	size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	size->stepwise = codec->sizes;
	return 0;
}

static int vstateless_enum_fmt_out(struct file *file, void *priv,
				   struct v4l2_fmtdesc *f)
{
	const struct vstateless_codec *codec = vstateless_codec_enum(f->index);

	if (!codec)
		return -EINVAL;

	f->pixelformat = codec->fourcc;
	return 0;
}

static int vstateless_enum_fmt_cap(struct file *file, void *priv,
				   struct v4l2_fmtdesc *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);
	const struct vstateless_format *format;

	mutex_lock(ctx->hdl.lock);
	format = vstateless_format_enum(ctx, f->index);
	mutex_unlock(ctx->hdl.lock);
	if (!format)
		return -EINVAL;

	/* For kernels that do not know it; others have a better one. */
	snprintf(f->description, sizeof(f->description), "%p4cc", &format->fourcc);
	f->pixelformat = format->fourcc;
	return 0;
}

/* Where the client gives no size of its buffers: that of raw 8 bit 4:2:2. */
static void fill_coded(const struct vstateless_codec *codec,
		       struct v4l2_pix_format_mplane *pix)
{
	u32 bytes = pix->plane_fmt[0].sizeimage;

	pix->pixelformat = codec->fourcc;
	v4l2_apply_frmsize_constraints(&pix->width, &pix->height, &codec->sizes);
	if (!bytes)
		bytes = pix->width * pix->height * 2;

	pix->num_planes = 1;
	pix->field = V4L2_FIELD_NONE;
	pix->flags = 0;
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	memset(pix->reserved, 0, sizeof(pix->reserved));
	pix->plane_fmt[0].sizeimage = clamp(bytes, VSTATELESS_MIN_BITSTREAM,
					    VSTATELESS_MAX_BITSTREAM);
}

static int vstateless_try_fmt_out(struct file *file, void *priv,
				  struct v4l2_format *f)
{
	const struct vstateless_codec *codec =
		vstateless_codec_find(f->fmt.pix_mp.pixelformat);

	fill_coded(codec ?: vstateless_codec_enum(0), &f->fmt.pix_mp);
	return 0;
}

static int vstateless_try_fmt_cap(struct file *file, void *priv,
				  struct v4l2_format *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;

	/* The hardware neither scales nor crops: the size is the coded one's. */
	mutex_lock(ctx->hdl.lock);
	vstateless_format_fill(vstateless_format_find(ctx, pix->pixelformat),
			       &ctx->coded, pix);
	mutex_unlock(ctx->hdl.lock);
	return 0;
}

static int vstateless_g_fmt_out(struct file *file, void *priv,
				struct v4l2_format *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);

	mutex_lock(ctx->hdl.lock);
	f->fmt.pix_mp = ctx->coded;
	mutex_unlock(ctx->hdl.lock);
	return 0;
}

static int vstateless_g_fmt_cap(struct file *file, void *priv,
				struct v4l2_format *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);

	mutex_lock(ctx->hdl.lock);
	f->fmt.pix_mp = ctx->capture;
	mutex_unlock(ctx->hdl.lock);
	return 0;
}

static void reset_capture(struct vstateless_ctx *ctx)
{
	ctx->format = vstateless_format_enum(ctx, 0);
	vstateless_format_fill(ctx->format, &ctx->coded, &ctx->capture);
}

static void set_coded(struct vstateless_ctx *ctx,
		      const struct v4l2_pix_format_mplane *pix)
{
	mutex_lock(ctx->hdl.lock);
	ctx->codec = vstateless_codec_find(pix->pixelformat);
	ctx->coded = *pix;
	ctx->bit_depth = 8;
	ctx->chroma_format_idc = 1;
	reset_capture(ctx);
	mutex_unlock(ctx->hdl.lock);
}

/*
 * hantro_v4l2.c changes formats also while CAPTURE has buffers, so that frames
 * can be predicted from frames of another size; the client adds buffers for the
 * new size and removes the old ones when they are references no more.
 */
static bool capture_busy(struct vstateless_ctx *ctx)
{
	return !vstateless_params.resize &&
	       vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));
}

/*
 * A control says what the pictures are, and thereby which CAPTURE formats
 * there are; as in rkvdec_s_ctrl(), buffers in another format are in the way.
 * Called with the control handler locked.
 */
int vstateless_set_image(struct vstateless_ctx *ctx, u8 bit_depth,
			 u8 chroma_format_idc)
{
	if (ctx->bit_depth == bit_depth &&
	    ctx->chroma_format_idc == chroma_format_idc)
		return 0;
	if (capture_busy(ctx))
		return -EBUSY;

	ctx->bit_depth = bit_depth;
	ctx->chroma_format_idc = chroma_format_idc;
	reset_capture(ctx);
	return 0;
}

/* The conditions are those of rkvdec_s_output_fmt(), or of hantro. */
static bool coded_busy(struct vstateless_ctx *ctx, u32 fourcc)
{
	struct vb2_queue *src = v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx);

	if (fourcc != ctx->coded.pixelformat && vb2_is_busy(src))
		return true;
	return capture_busy(ctx) ||
	       (!vstateless_params.resize && vb2_is_streaming(src));
}

static int vstateless_s_fmt_out(struct file *file, void *priv,
				struct v4l2_format *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);
	int ret = 0;

	vstateless_try_fmt_out(file, priv, f);
	mutex_lock(&ctx->lock);
	if (coded_busy(ctx, f->fmt.pix_mp.pixelformat))
		ret = -EBUSY;
	else
		set_coded(ctx, &f->fmt.pix_mp);
	mutex_unlock(&ctx->lock);
	return ret;
}

static int vstateless_s_fmt_cap(struct file *file, void *priv,
				struct v4l2_format *f)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	int ret = 0;

	mutex_lock(&ctx->lock);
	if (capture_busy(ctx)) {
		ret = -EBUSY;
	} else {
		mutex_lock(ctx->hdl.lock);
		ctx->format = vstateless_format_find(ctx, pix->pixelformat);
		vstateless_format_fill(ctx->format, &ctx->coded, pix);
		ctx->capture = *pix;
		mutex_unlock(ctx->hdl.lock);
	}
	mutex_unlock(&ctx->lock);
	return ret;
}

void vstateless_set_default_format(struct vstateless_ctx *ctx)
{
	struct v4l2_pix_format_mplane pix = {
		.colorspace = V4L2_COLORSPACE_REC709,
	};

	fill_coded(vstateless_codec_enum(0), &pix);
	set_coded(ctx, &pix);
}

const struct v4l2_ioctl_ops vstateless_ioctl_ops = {
	.vidioc_querycap		= vstateless_querycap,
	.vidioc_enum_framesizes		= vstateless_enum_framesizes,

	.vidioc_enum_fmt_vid_out	= vstateless_enum_fmt_out,
	.vidioc_g_fmt_vid_out_mplane	= vstateless_g_fmt_out,
	.vidioc_try_fmt_vid_out_mplane	= vstateless_try_fmt_out,
	.vidioc_s_fmt_vid_out_mplane	= vstateless_s_fmt_out,

	.vidioc_enum_fmt_vid_cap	= vstateless_enum_fmt_cap,
	.vidioc_g_fmt_vid_cap_mplane	= vstateless_g_fmt_cap,
	.vidioc_try_fmt_vid_cap_mplane	= vstateless_try_fmt_cap,
	.vidioc_s_fmt_vid_cap_mplane	= vstateless_s_fmt_cap,

	.vidioc_reqbufs			= v4l2_m2m_ioctl_reqbufs,
	.vidioc_querybuf		= v4l2_m2m_ioctl_querybuf,
	.vidioc_qbuf			= v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf			= v4l2_m2m_ioctl_dqbuf,
	.vidioc_prepare_buf		= v4l2_m2m_ioctl_prepare_buf,
	.vidioc_create_bufs		= v4l2_m2m_ioctl_create_bufs,
	.vidioc_remove_bufs		= v4l2_m2m_ioctl_remove_bufs,
	.vidioc_expbuf			= v4l2_m2m_ioctl_expbuf,
	.vidioc_streamon		= v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff		= v4l2_m2m_ioctl_streamoff,

	.vidioc_decoder_cmd		= v4l2_m2m_ioctl_stateless_decoder_cmd,
	.vidioc_try_decoder_cmd		= v4l2_m2m_ioctl_stateless_try_decoder_cmd,

	.vidioc_subscribe_event		= v4l2_ctrl_subscribe_event,
	.vidioc_unsubscribe_event	= v4l2_event_unsubscribe,
};
