// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fences on CAPTURE buffers
 *
 * Imitates kernels whose vb2 attaches the decoder's fence to a dma-buf, so that
 * it can be polled and exported as a sync file while the job still runs. The
 * fence comes with the buffer (fence=queue) or with its job (fence=start), and
 * goes with the buffer's way back to vb2, whichever that is: job, STREAMOFF, or
 * a held buffer that is let go.
 */

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <media/videobuf2-v4l2.h>

#include "driver.h"

struct vstateless_fence {
	struct dma_fence base;		/* first: dma_fence_free() */
	spinlock_t lock;
	struct vstateless_dev *dev;
};

static const char *fence_name(struct dma_fence *fence)
{
	return VSTATELESS_NAME;
}

/* A sync file may keep a fence when all else of the driver is gone. */
static void fence_release(struct dma_fence *base)
{
	struct vstateless_fence *fence =
		container_of(base, struct vstateless_fence, base);

	vstateless_count(fence->dev, VSTATELESS_FENCES_LIVE, -1);
	dma_fence_free(base);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name	= fence_name,
	.get_timeline_name	= fence_name,
	.release		= fence_release,
};

/* Buffers promise each other no order: each fence has a context of its own. */
static struct dma_fence *fence_new(struct vstateless_dev *dev)
{
	struct vstateless_fence *fence = kzalloc_obj(*fence, GFP_KERNEL);

	if (!fence)
		return NULL;

	spin_lock_init(&fence->lock);
	fence->dev = dev;
	dma_fence_init(&fence->base, &fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	__module_get(THIS_MODULE);
	vstateless_count(dev, VSTATELESS_FENCES, 1);
	vstateless_count(dev, VSTATELESS_FENCES_LIVE, 1);
	return &fence->base;
}

static void attach(struct vstateless_mem *mem, struct dma_fence *fence)
{
	struct dma_resv *resv = mem->import ? mem->import->resv : &mem->resv;

	dma_resv_lock(resv, NULL);
	if (!dma_resv_reserve_fences(resv, 1)) {
		dma_resv_add_fence(resv, fence, DMA_RESV_USAGE_WRITE);
		mem->fence = dma_fence_get(fence);
	}
	dma_resv_unlock(resv);
}

/*
 * A CAPTURE buffer is queued, or its job starts ("when"); a held one has its
 * fence already. Sleeps. Without memory there is no fence.
 */
void vstateless_fence_attach(struct vb2_buffer *vb, enum vstateless_fence_mode when)
{
	struct vstateless_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct vstateless_mem *mem = vb->planes[0].mem_priv;
	struct dma_fence *fence;
	unsigned int i;

	if (vstateless_params.fence != when || mem->fence)
		return;

	fence = fence_new(ctx->dev);
	if (!fence)
		return;
	for (i = 0; i < vb->num_planes; i++)
		attach(vb->planes[i].mem_priv, fence);
	dma_fence_put(fence);
}

/* The fence will tell this error. Before the buffer goes back to vb2. */
void vstateless_fence_fail(struct vstateless_mem *mem, int error)
{
	if (mem->fence)
		dma_fence_set_error(mem->fence, error);
}

/* The buffer goes back to vb2. Any context. */
void vstateless_fence_signal(struct vstateless_mem *mem)
{
	struct dma_fence *fence = xchg(&mem->fence, NULL);

	if (!fence)
		return;
	dma_fence_signal(fence);
	dma_fence_put(fence);
}

/* Wait for everybody who writes. 0 or -ERESTARTSYS. */
int vstateless_fence_wait(struct dma_resv *resv, bool write)
{
	long ret = dma_resv_wait_timeout(resv, dma_resv_usage_rw(write), true,
					 MAX_SCHEDULE_TIMEOUT);

	return ret < 0 ? ret : 0;
}
