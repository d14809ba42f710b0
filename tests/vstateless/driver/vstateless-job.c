// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: the hardware's side of a request
 *
 *	device_run -> PENDING -> DISPATCHED -> DONE_WAIT -> finished
 *	                 |           |             ^
 *	                 |           +--> LOST     | null, injected error
 *	                 +-------------------------+
 *
 * With the parameter "stall" one job is STALLED before that, until it is told to
 * go on through debugfs: so a test can look at a frame that is not decoded yet,
 * however fast or slow the machine is.
 *
 * A job ends when the model has answered and hwtime_us have passed since its
 * start; the watchdog, STREAMOFF or the worker's death end it before. One timer
 * serves all: it only queues the work, which looks at the job's deadline.
 * Completion needs process context, because releasing memory sleeps.
 */

#include "driver.h"

/*
 * After STREAMOFF a model that works gets the time to finish, as hardware would;
 * a late writer could spoil the buffer's next use otherwise.
 */
#define VSTATELESS_ABORT_GRACE_MS	500

/* Take the job away from everybody else, who then must not finish it. */
static struct vstateless_job *take_job(struct vstateless_dev *dev)
{
	struct vstateless_job *job = dev->job;

	lockdep_assert_held(&dev->lock);
	dev->job = NULL;
	/* Whoever was offered the context did not come: offer it again. */
	if (!job->ctx->worker)
		job->ctx->offered = false;
	return job;
}

static void set_deadline(struct vstateless_dev *dev, struct vstateless_job *job,
			 ktime_t deadline)
{
	lockdep_assert_held(&dev->lock);
	job->deadline = deadline;
	hrtimer_start(&dev->timer, deadline, HRTIMER_MODE_ABS);
}

/* Return the buffers of a job that take_job() returned. Sleeps. */
static void finish_job(struct vstateless_dev *dev, struct vstateless_job *job)
{
	struct vstateless_ctx *ctx = job->ctx;
	unsigned int i;

	for (i = 0; i < VSTATELESS_MAX_PLANES; i++) {
		if (!job->capture[i])
			continue;
		vstateless_mem_decoded(job->capture[i]);
		if (job->status)
			vstateless_fence_fail(job->capture[i], job->status);
	}

	atomic64_add(ktime_to_ns(ktime_sub(ktime_get(), job->start)),
		     &dev->stats.busy_ns);
	vstateless_count(dev, job->status ? VSTATELESS_DONE_ERR :
			 VSTATELESS_DONE_OK, 1);
	if (job->status)
		dev_dbg(dev->v4l2_dev.dev, "job %llu of context %llu failed: %d\n",
			job->event.job, ctx->id, job->status);

	v4l2_m2m_buf_done_and_job_finish(dev->m2m_dev, ctx->fh.m2m_ctx,
					 job->status ? VB2_BUF_STATE_ERROR :
					 VB2_BUF_STATE_DONE);
	vstateless_job_put(job);
}

static void work(struct work_struct *work)
{
	struct vstateless_dev *dev = container_of(work, struct vstateless_dev, work);
	struct vstateless_job *job;

	spin_lock(&dev->lock);
	job = dev->job;
	if (job && job->deadline && ktime_compare(ktime_get(), job->deadline) >= 0)
		take_job(dev);
	else
		job = NULL;
	spin_unlock(&dev->lock);
	if (!job)
		return;

	if (job->state != VSTATELESS_JOB_DONE_WAIT) {
		job->status = job->aborted ? -ECANCELED : -ETIMEDOUT;
		vstateless_count(dev, job->aborted ? VSTATELESS_ABORTS :
				 VSTATELESS_TIMEOUTS, 1);
	}
	finish_job(dev, job);
}

static enum hrtimer_restart timer(struct hrtimer *timer)
{
	struct vstateless_dev *dev = container_of(timer, struct vstateless_dev, timer);

	queue_work(dev->wq, &dev->work);
	return HRTIMER_NORESTART;
}

static bool is_multiple(s64 number, unsigned int divisor)
{
	s32 rest = 1;

	if (divisor)
		div_s64_rem(number, divisor, &rest);
	return !rest;
}

/*
 * Jobs that never reach the model: injected faults, by the job's number since
 * the last reset, and those without pixels. A job that fails leaves poison.
 */
static void bypass_model(struct vstateless_dev *dev, struct vstateless_job *job)
{
	s64 number = atomic64_inc_return(&dev->stats.counter[VSTATELESS_JOBS]);

	if (vstateless_params.inject_hang &&
	    number == vstateless_params.inject_hang) {
		job->state = VSTATELESS_JOB_LOST;
		return;
	}
	if ((vstateless_params.inject_error &&
	     number == vstateless_params.inject_error) ||
	    is_multiple(number, min_t(u32, vstateless_params.inject_every, S32_MAX)))
		job->status = -EIO;
	if (!job->controls)
		job->status = -ENOMEM;
	if (job->status || vstateless_params.null)
		job->state = VSTATELESS_JOB_DONE_WAIT;
	job->stall = vstateless_params.stall && number == vstateless_params.stall;
}

/* Let an aborted job end soon. dev->lock held. */
static void hurry(struct vstateless_dev *dev, struct vstateless_job *job)
{
	ktime_t now = ktime_get();
	ktime_t grace = ktime_add_ms(now, VSTATELESS_ABORT_GRACE_MS);

	job->aborted = true;
	if (job->state == VSTATELESS_JOB_STALLED ||
	    job->state == VSTATELESS_JOB_PENDING ||
	    job->state == VSTATELESS_JOB_LOST)
		set_deadline(dev, job, now);
	else if (job->state == VSTATELESS_JOB_DISPATCHED &&
		 (!job->deadline || ktime_before(grace, job->deadline)))
		set_deadline(dev, job, grace);
}

static void start_job(struct vstateless_dev *dev, struct vstateless_job *job)
{
	struct vstateless_ctx *ctx = job->ctx;

	spin_lock(&dev->lock);
	dev->job = job;
	if (job->stall && !dev->resumed) {
		job->resumed_state = job->state;
		job->state = VSTATELESS_JOB_STALLED;
	}
	if (job->state == VSTATELESS_JOB_DONE_WAIT)
		set_deadline(dev, job, job->hw_end);
	else if (vstateless_params.timeout_ms)
		set_deadline(dev, job, ktime_add_ms(job->start,
						    vstateless_params.timeout_ms));
	if (ctx->abort)
		hurry(dev, job);
	spin_unlock(&dev->lock);
	vstateless_model_wake(ctx);
}

/*
 * Runs in a client's ioctl or in m2m's worker, with or without the queue's
 * lock. Takes a snapshot of everything that the job may use and returns.
 */
static void device_run(void *priv)
{
	struct vstateless_ctx *ctx = priv;
	struct vstateless_dev *dev = ctx->dev;
	struct vb2_v4l2_buffer *src = v4l2_m2m_next_src_buf(ctx->fh.m2m_ctx);
	struct vb2_v4l2_buffer *dst = v4l2_m2m_next_dst_buf(ctx->fh.m2m_ctx);
	struct media_request *req = src->vb2_buf.req_obj.req;
	struct vstateless_job *job = vstateless_job_new(ctx, src, dst);
	bool new_frame = !dst->vb2_buf.copied_timestamp ||
			 dst->vb2_buf.timestamp != src->vb2_buf.timestamp;
	unsigned int i;

	v4l2_ctrl_request_setup(req, &ctx->hdl);
	job->controls = vstateless_ctrl_pack(ctx, req, &job->event.controls_size);
	v4l2_ctrl_request_complete(req, &ctx->hdl);

	vstateless_copy_metadata(src, dst);
	src->sequence = ctx->coded_sequence++;
	if (new_frame) {
		dst->sequence = ctx->capture_sequence++;
		job->event.flags |= VSTATELESS_JOB_NEW_FRAME;
		for (i = 0; i < dst->vb2_buf.num_planes; i++)
			vstateless_mem_new_frame(job->capture[i]);
	}
	vstateless_fence_attach(&dst->vb2_buf, VSTATELESS_FENCE_START);
	vstateless_job_describe(job, src, dst);
	bypass_model(dev, job);
	start_job(dev, job);
}

static void job_abort(void *priv)
{
	struct vstateless_ctx *ctx = priv;
	struct vstateless_dev *dev = ctx->dev;

	spin_lock(&dev->lock);
	ctx->abort = true;
	if (dev->job && dev->job->ctx == ctx)
		hurry(dev, dev->job);
	spin_unlock(&dev->lock);
}

const struct v4l2_m2m_ops vstateless_m2m_ops = {
	.device_run	= device_run,
	.job_abort	= job_abort,
};

static struct vstateless_job *dispatched_job(struct vstateless_ctx *ctx)
{
	struct vstateless_job *job = ctx->dev->job;

	lockdep_assert_held(&ctx->dev->lock);
	if (job && job->ctx == ctx && job->state == VSTATELESS_JOB_DISPATCHED)
		return job;
	return NULL;
}

/* The model's answer. 0, or -ESTALE: the job has ended already. Sleeps. */
int vstateless_job_done(struct vstateless_ctx *ctx,
			const struct vstateless_done *done)
{
	struct vstateless_dev *dev = ctx->dev;
	struct vstateless_job *job;
	bool finish = false;

	spin_lock(&dev->lock);
	job = dispatched_job(ctx);
	if (!job || job->event.job != done->job) {
		spin_unlock(&dev->lock);
		vstateless_count(dev, VSTATELESS_LATE_DONE, 1);
		return -ESTALE;
	}

	if (done->flags & VSTATELESS_DONE_LOSE) {
		job->state = VSTATELESS_JOB_LOST;
		if (job->aborted)
			hurry(dev, job);
	} else {
		job->state = VSTATELESS_JOB_DONE_WAIT;
		job->status = done->status;
		finish = ktime_compare(ktime_get(), job->hw_end) >= 0;
		if (finish)
			take_job(dev);
		else
			set_deadline(dev, job, job->hw_end);
	}
	spin_unlock(&dev->lock);

	vstateless_count(dev, VSTATELESS_MODEL_WARNINGS, done->warnings);
	vstateless_count(dev, VSTATELESS_MODEL_BYTES, done->bytes_written);
	if (finish)
		finish_job(dev, job);
	return 0;
}

/* The context's worker has closed its file: what it was decoding has failed. */
void vstateless_job_worker_gone(struct vstateless_ctx *ctx)
{
	struct vstateless_dev *dev = ctx->dev;
	struct vstateless_job *job;

	spin_lock(&dev->lock);
	job = dispatched_job(ctx);
	if (job) {
		job->status = -EIO;
		take_job(dev);
	}
	spin_unlock(&dev->lock);
	if (job)
		finish_job(dev, job);
}

/*
 * Let the stalled job go on, and no other one stall; or let the next one stall
 * again. It may come before the job, which then does not stop.
 */
void vstateless_job_resume(struct vstateless_dev *dev, bool resumed)
{
	struct vstateless_job *job;

	spin_lock(&dev->lock);
	dev->resumed = resumed;
	job = dev->job;
	if (resumed && job && job->state == VSTATELESS_JOB_STALLED) {
		job->state = job->resumed_state;
		if (job->state == VSTATELESS_JOB_DONE_WAIT)
			set_deadline(dev, job, job->hw_end);
		vstateless_model_wake(job->ctx);
	}
	spin_unlock(&dev->lock);
}

int vstateless_job_init(struct vstateless_dev *dev)
{
	INIT_WORK(&dev->work, work);
	vstateless_timer_setup(&dev->timer, timer);
	dev->wq = alloc_workqueue(VSTATELESS_NAME, WQ_UNBOUND | WQ_HIGHPRI, 1);
	return dev->wq ? 0 : -ENOMEM;
}

/* No context is open any more, so there is no job. */
void vstateless_job_exit(struct vstateless_dev *dev)
{
	hrtimer_cancel(&dev->timer);
	destroy_workqueue(dev->wq);
}
