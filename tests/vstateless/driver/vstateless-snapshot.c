// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots: all that a job may use, as it was when the job started
 *
 * Nothing of it changes while the model works, whatever the client does: memory
 * is referenced, controls and the buffers' timestamps are copied.
 */

#include <linux/slab.h>

#include "driver.h"

static void job_release(struct kref *kref)
{
	struct vstateless_job *job = container_of(kref, struct vstateless_job, kref);
	unsigned int i;

	vstateless_mem_put(job->bitstream);
	for (i = 0; i < VSTATELESS_MAX_PLANES; i++)
		if (job->capture[i])
			vstateless_mem_put(job->capture[i]);
	vstateless_ctx_put(job->ctx);
	kvfree(job->controls);
	kfree(job);
}

struct vstateless_job *vstateless_job_get(struct vstateless_job *job)
{
	kref_get(&job->kref);
	return job;
}

void vstateless_job_put(struct vstateless_job *job)
{
	kref_put(&job->kref, job_release);
}

static void describe_buffers(struct vstateless_ctx *ctx,
			     struct vstateless_event *event)
{
	struct vstateless_buffer *entry = event->buffer;
	unsigned int i, plane;

	spin_lock(&ctx->table_lock);
	for (i = 0; i < VSTATELESS_MAX_BUFFERS; i++) {
		struct vb2_buffer *vb = ctx->table[i];
		struct vstateless_mem *mem;

		if (!vb)
			continue;
		entry->index = i;
		entry->timestamp = vb->timestamp;
		entry->flags = (vb->copied_timestamp ? VSTATELESS_BUFFER_TIMESTAMP : 0) |
			       (vb->state == VB2_BUF_STATE_QUEUED ||
				vb->state == VB2_BUF_STATE_ACTIVE ?
				VSTATELESS_BUFFER_QUEUED : 0);
		for (plane = 0; plane < vb->num_planes; plane++) {
			mem = vb->planes[plane].mem_priv;
			entry->mem[plane] = mem->id;
		}
		entry++;
	}
	spin_unlock(&ctx->table_lock);
	event->num_buffers = entry - event->buffer;
}

/* Fill in what the model is told, after the metadata was copied. */
void vstateless_job_describe(struct vstateless_job *job,
			     struct vb2_v4l2_buffer *src,
			     struct vb2_v4l2_buffer *dst)
{
	struct vstateless_ctx *ctx = job->ctx;
	struct vstateless_event *event = &job->event;
	unsigned int i;

	event->type = VSTATELESS_EVENT_JOB;
	event->job = ++ctx->dev->last_job;
	event->timestamp = src->vb2_buf.timestamp;
	event->sequence = dst->sequence;
	event->coded_fourcc = ctx->coded.pixelformat;
	event->coded_width = ctx->coded.width;
	event->coded_height = ctx->coded.height;
	event->capture_fourcc = ctx->capture.pixelformat;
	event->capture_width = ctx->capture.width;
	event->capture_height = ctx->capture.height;
	event->capture_planes = ctx->capture.num_planes;
	for (i = 0; i < ctx->capture.num_planes; i++) {
		event->plane[i].bytesperline = ctx->capture.plane_fmt[i].bytesperline;
		event->plane[i].sizeimage = ctx->capture.plane_fmt[i].sizeimage;
	}
	event->capture_index = dst->vb2_buf.index;
	event->bitstream_size = vb2_get_plane_payload(&src->vb2_buf, 0);
	if (src->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)
		event->flags |= VSTATELESS_JOB_HOLD;
	describe_buffers(ctx, event);
}

/*
 * A job with references to its memory; the model is told more later. Sleeps.
 * The two buffers are the driver's until the job is finished, so their memory
 * cannot vanish here.
 */
struct vstateless_job *vstateless_job_new(struct vstateless_ctx *ctx,
					  struct vb2_v4l2_buffer *src,
					  struct vb2_v4l2_buffer *dst)
{
	struct vstateless_job *job;
	unsigned int i;

	/* device_run cannot fail, and the job is a few pages at most */
	job = kzalloc_obj(*job, GFP_KERNEL | __GFP_NOFAIL);
	kref_init(&job->kref);
	job->ctx = vstateless_ctx_get(ctx);
	job->start = ktime_get();
	job->hw_end = ktime_add_us(job->start, vstateless_params.hwtime_us);
	job->bitstream = src->vb2_buf.planes[0].mem_priv;
	vstateless_mem_get(job->bitstream);
	for (i = 0; i < dst->vb2_buf.num_planes; i++) {
		job->capture[i] = dst->vb2_buf.planes[i].mem_priv;
		vstateless_mem_get(job->capture[i]);
	}
	return job;
}
