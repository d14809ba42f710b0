// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two vb2 queues of a context, and media requests
 */

#include <linux/module.h>
#include <linux/slab.h>

#include "driver.h"

static struct v4l2_pix_format_mplane *queue_format(struct vb2_queue *q)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(q);

	return V4L2_TYPE_IS_OUTPUT(q->type) ? &ctx->coded : &ctx->capture;
}

static int vstateless_queue_setup(struct vb2_queue *q, unsigned int *num_buffers,
				  unsigned int *num_planes, unsigned int sizes[],
				  struct device *alloc_devs[])
{
	struct v4l2_pix_format_mplane *pix = queue_format(q);
	unsigned int exist = vb2_get_num_buffers(q);
	unsigned int i;

	/* vb2 itself knows no limit below 32. */
	if (exist >= vstateless_params.max_buffers)
		return -ENOBUFS;
	*num_buffers = min(*num_buffers, vstateless_params.max_buffers - exist);

	/* CREATE_BUFS: the client may want larger buffers. */
	if (*num_planes) {
		if (*num_planes != pix->num_planes)
			return -EINVAL;
		for (i = 0; i < pix->num_planes; i++)
			if (sizes[i] < pix->plane_fmt[i].sizeimage)
				return -EINVAL;
		return 0;
	}

	*num_planes = pix->num_planes;
	for (i = 0; i < pix->num_planes; i++)
		sizes[i] = pix->plane_fmt[i].sizeimage;
	return 0;
}

static int vstateless_buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static void set_table(struct vb2_buffer *vb, struct vb2_buffer *entry)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	if (V4L2_TYPE_IS_OUTPUT(vb->type))
		return;

	spin_lock(&ctx->table_lock);
	ctx->table[vb->index] = entry;
	spin_unlock(&ctx->table_lock);
}

/*
 * The table is what vb2_find_buffer() searches. A job cannot read vb2's own
 * one: REMOVE_BUFS may free a buffer at that moment, and the queue's lock may
 * or may not be held by the caller of device_run.
 */
static int vstateless_buf_init(struct vb2_buffer *vb)
{
	if (vb->index >= VSTATELESS_MAX_BUFFERS)
		return -ENOMEM;
	set_table(vb, vb);
	return 0;
}

static void vstateless_buf_cleanup(struct vb2_buffer *vb)
{
	set_table(vb, NULL);
}

static int vstateless_buf_prepare(struct vb2_buffer *vb)
{
	struct v4l2_pix_format_mplane *pix = queue_format(vb->vb2_queue);
	unsigned int i;

	for (i = 0; i < pix->num_planes; i++)
		if (vb2_plane_size(vb, i) < pix->plane_fmt[i].sizeimage)
			return -EINVAL;

	if (V4L2_TYPE_IS_OUTPUT(vb->type))
		return vstateless_mem_to_device(vb->planes[0].mem_priv,
						vb2_get_plane_payload(vb, 0));

	for (i = 0; i < pix->num_planes; i++) {
		vb2_set_plane_payload(vb, i, pix->plane_fmt[i].sizeimage);
		vstateless_mem_queued(vb->planes[i].mem_priv);
	}
	return 0;
}

static void vstateless_buf_queue(struct vb2_buffer *vb)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	if (V4L2_TYPE_IS_CAPTURE(vb->type))
		vstateless_fence_attach(vb, VSTATELESS_FENCE_QUEUE);
	v4l2_m2m_buf_queue(ctx->fh.m2m_ctx, to_vb2_v4l2_buffer(vb));
}

static void vstateless_buf_request_complete(struct vb2_buffer *vb)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	v4l2_ctrl_request_complete(vb->req_obj.req, &ctx->hdl);
}

static struct vb2_v4l2_buffer *next_buffer(struct vb2_queue *q)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(q);

	if (V4L2_TYPE_IS_OUTPUT(q->type))
		return v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);
	return v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
}

static void cancel_fences(struct vb2_buffer *vb)
{
	unsigned int i;

	for (i = 0; i < vb->num_planes; i++)
		vstateless_fence_fail(vb->planes[i].mem_priv, -ECANCELED);
}

static void return_buffers(struct vb2_queue *q, enum vb2_buffer_state state)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(q);
	struct vb2_v4l2_buffer *buf;

	while ((buf = next_buffer(q))) {
		if (V4L2_TYPE_IS_OUTPUT(q->type))
			v4l2_ctrl_request_complete(buf->vb2_buf.req_obj.req,
						   &ctx->hdl);
		else
			cancel_fences(&buf->vb2_buf);
		v4l2_m2m_buf_done(buf, state);
	}
}

static int vstateless_start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(q);
	int ret;

	spin_lock(&ctx->dev->lock);
	ctx->abort = false;
	spin_unlock(&ctx->dev->lock);
	if (V4L2_TYPE_IS_CAPTURE(q->type)) {
		ctx->capture_sequence = 0;
		return 0;
	}

	ctx->coded_sequence = 0;
	ret = vstateless_ctrl_check(ctx);
	if (ret)
		return_buffers(q, VB2_BUF_STATE_QUEUED);
	return ret;
}

/* The running job has ended before: v4l2_m2m_streamoff() waits for it. */
static void vstateless_stop_streaming(struct vb2_queue *q)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(q);

	return_buffers(q, VB2_BUF_STATE_ERROR);
	if (V4L2_TYPE_IS_CAPTURE(q->type))
		return;

	spin_lock(&ctx->dev->lock);
	ctx->streamoff = true;
	spin_unlock(&ctx->dev->lock);
	vstateless_model_wake(ctx);
}

static const struct vb2_ops vstateless_vb2_ops = {
	.queue_setup		= vstateless_queue_setup,
	.buf_out_validate	= vstateless_buf_out_validate,
	.buf_init		= vstateless_buf_init,
	.buf_prepare		= vstateless_buf_prepare,
	.buf_cleanup		= vstateless_buf_cleanup,
	.buf_queue		= vstateless_buf_queue,
	.buf_request_complete	= vstateless_buf_request_complete,
	.start_streaming	= vstateless_start_streaming,
	.stop_streaming		= vstateless_stop_streaming,
	VSTATELESS_VB2_WAIT_OPS
};

static int init_queue(struct vstateless_ctx *ctx, struct vb2_queue *q,
		      enum v4l2_buf_type type)
{
	q->type = type;
	q->io_modes = VB2_MMAP | VB2_DMABUF;
	q->drv_priv = ctx;
	q->buf_struct_size = sizeof(struct v4l2_m2m_buffer);
	q->ops = &vstateless_vb2_ops;
	q->mem_ops = &vstateless_mem_ops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	q->lock = &ctx->lock;
	q->allow_cache_hints = vstateless_params.cache_hints;
	q->max_num_buffers = clamp_t(u32, vstateless_params.max_buffers,
				     VB2_MAX_FRAME, VSTATELESS_MAX_BUFFERS);
	return vb2_queue_init(q);
}

int vstateless_queue_init(void *priv, struct vb2_queue *src, struct vb2_queue *dst)
{
	struct vstateless_ctx *ctx = priv;
	int ret;

	src->supports_requests = true;
	src->requires_requests = vstateless_params.requires_requests;
	if (vstateless_params.hold)
		src->subsystem_flags |= VB2_V4L2_FL_SUPPORTS_M2M_HOLD_CAPTURE_BUF;

	ret = init_queue(ctx, src, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);
	if (ret)
		return ret;
	return init_queue(ctx, dst, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
}

int vstateless_request_validate(struct media_request *req)
{
	unsigned int count = vb2_request_buffer_cnt(req);

	if (!count)
		return -ENOENT;
	if (count > 1)
		return -EINVAL;
	return vb2_request_validate(req);
}

/*
 * An open request file refers to the media device, but holds no module: without
 * the reference here, unloading the driver first would leave it dangling.
 */
struct media_request *vstateless_request_alloc(struct media_device *mdev)
{
	struct vstateless_dev *dev = container_of(mdev, struct vstateless_dev, mdev);
	struct media_request *req = kzalloc_obj(*req, GFP_KERNEL);

	if (!req)
		return NULL;

	__module_get(THIS_MODULE);
	vstateless_count(dev, VSTATELESS_REQUESTS_LIVE, 1);
	return req;
}

void vstateless_request_free(struct media_request *req)
{
	struct vstateless_dev *dev =
		container_of(req->mdev, struct vstateless_dev, mdev);

	vstateless_count(dev, VSTATELESS_REQUESTS_LIVE, -1);
	kfree(req);
	module_put(THIS_MODULE);
}
