// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is not coherent
 *
 * A plane has two sets of pages: those that the device reads and writes (the
 * model maps them) and those that the client maps. Data moves between them only
 * where a real non-coherent system would clean or invalidate caches: to the
 * device when an OUTPUT buffer is prepared, to the CPU at DMA_BUF_IOCTL_SYNC.
 * Poison tells who looked at the wrong side, or too early.
 */

#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <media/videobuf2-v4l2.h>

#include "driver.h"

#define VSTATELESS_POISON_CPU_ALLOC	0xc0
#define VSTATELESS_POISON_CPU_QUEUED	0xc1
#define VSTATELESS_POISON_DEV_ALLOC	0xd0
#define VSTATELESS_POISON_DEV_JOB	0xd1

static unsigned long mem_bytes(const struct vstateless_mem *mem)
{
	return mem->cpu && mem->cpu != mem->dev ? 2 * mem->size : mem->size;
}

static void mem_free(struct vstateless_mem *mem)
{
	if (mem->import) {
		dma_buf_vunmap_unlocked(mem->import, &mem->import_map);
		dma_buf_put(mem->import);
	}
	if (mem->cpu != mem->dev)
		vfree(mem->cpu);
	vfree(mem->dev);
	dma_resv_fini(&mem->resv);
	vstateless_ctx_put(mem->ctx);
	mutex_destroy(&mem->lock);
	kfree(mem);
}

static void mem_release(struct kref *kref)
{
	struct vstateless_mem *mem = container_of(kref, struct vstateless_mem, total);
	struct vstateless_dev *dev = mem->ctx->dev;

	vstateless_count(dev, VSTATELESS_MEM_LIVE, -1);
	vstateless_count(dev, VSTATELESS_MEM_BYTES, -(s64)mem_bytes(mem));
	mem_free(mem);
}

void vstateless_mem_get(struct vstateless_mem *mem)
{
	kref_get(&mem->total);
}

void vstateless_mem_put(struct vstateless_mem *mem)
{
	kref_put(&mem->total, mem_release);
}

void vstateless_mem_get_user(struct vstateless_mem *mem)
{
	refcount_inc(&mem->users);
}

/* The last user is gone: a worker that has mapped the pages has to unmap them. */
void vstateless_mem_put_user(struct vstateless_mem *mem)
{
	struct vstateless_ctx *ctx = mem->ctx;
	bool wake = false;

	if (!refcount_dec_and_test(&mem->users))
		return;

	xa_erase(&ctx->dev->mems, mem->id);
	spin_lock(&ctx->dev->lock);
	if (ctx->worker && atomic_read(&mem->dev_vmas)) {
		vstateless_mem_get(mem);
		list_add_tail(&mem->gone, &ctx->gone);
		wake = true;
	}
	spin_unlock(&ctx->dev->lock);
	if (wake)
		vstateless_model_wake(ctx);
	vstateless_mem_put(mem);
}

static struct vstateless_mem *mem_new(struct vb2_buffer *vb, unsigned long size)
{
	struct vstateless_mem *mem = kzalloc_obj(*mem, GFP_KERNEL);

	if (!mem)
		return NULL;

	kref_init(&mem->total);
	refcount_set(&mem->users, 1);
	mutex_init(&mem->lock);
	dma_resv_init(&mem->resv);
	INIT_LIST_HEAD(&mem->gone);
	mem->ctx = vstateless_ctx_get(vb2_get_drv_priv(vb->vb2_queue));
	mem->size = PAGE_ALIGN(size);
	mem->capture = V4L2_TYPE_IS_CAPTURE(vb->type);
	mem->window = mem->capture && vstateless_params.window;
	mem->dev = vmalloc_user(mem->size);
	if (!mem->dev) {
		mem_free(mem);
		return NULL;
	}
	return mem;
}

/* Make it visible to the model. Ids are never used again. */
static int mem_publish(struct vstateless_mem *mem)
{
	struct vstateless_dev *dev = mem->ctx->dev;
	int ret;

	if (vstateless_params.poison) {
		memset(mem->dev, VSTATELESS_POISON_DEV_ALLOC, mem->size);
		if (mem->cpu && mem->cpu != mem->dev)
			memset(mem->cpu, VSTATELESS_POISON_CPU_ALLOC, mem->size);
	}

	mem->id = atomic64_inc_return(&dev->last_mem);
	ret = xa_insert(&dev->mems, mem->id, mem, GFP_KERNEL);
	if (ret)
		return ret;

	vstateless_count(dev, VSTATELESS_MEM_LIVE, 1);
	vstateless_count(dev, VSTATELESS_MEM_BYTES, mem_bytes(mem));
	return 0;
}

static void *vstateless_mem_alloc(struct vb2_buffer *vb, struct device *unused,
				  unsigned long size)
{
	struct vstateless_mem *mem = mem_new(vb, size);
	int ret = -ENOMEM;

	if (!mem)
		return ERR_PTR(-ENOMEM);

	mem->cpu = vstateless_params.coherent ? mem->dev : vmalloc_user(mem->size);
	if (mem->cpu)
		ret = mem_publish(mem);
	if (ret) {
		mem_free(mem);
		return ERR_PTR(ret);
	}
	/* All memory here has to be synchronised; this only tells who asked. */
	if (vb->vb2_queue->non_coherent_mem)
		vstateless_count(mem->ctx->dev, VSTATELESS_NON_COHERENT, 1);
	return mem;
}

static void vstateless_mem_vb2_put(void *buf_priv)
{
	vstateless_mem_put_user(buf_priv);
}

/*
 * An imported buffer is device memory of its own, too: what the hardware wrote
 * goes into the exporter's memory when the job is complete. The reference to
 * the dma-buf and its mapping last as long as the memory, because vb2 detaches
 * (REQBUFS, another dma-buf at this index) while a job may still hold it.
 */
static void *vstateless_mem_attach(struct vb2_buffer *vb, struct device *unused,
				   struct dma_buf *dbuf, unsigned long size)
{
	struct vstateless_mem *mem;
	int ret;

	if (dbuf->size < size)
		return ERR_PTR(-EFAULT);

	mem = mem_new(vb, size);
	if (!mem)
		return ERR_PTR(-ENOMEM);

	ret = dma_buf_vmap_unlocked(dbuf, &mem->import_map);
	if (!ret) {
		get_dma_buf(dbuf);
		mem->import = dbuf;
		ret = mem_publish(mem);
	}
	if (ret) {
		mem_free(mem);
		return ERR_PTR(ret);
	}
	return mem;
}

static int vstateless_mem_map(void *buf_priv)
{
	return 0;
}

static void vstateless_mem_unmap(void *buf_priv)
{
}

static void *vstateless_mem_vaddr(struct vb2_buffer *vb, void *buf_priv)
{
	struct vstateless_mem *mem = buf_priv;

	return mem->dev;
}

static unsigned int vstateless_mem_num_users(void *buf_priv)
{
	struct vstateless_mem *mem = buf_priv;

	return refcount_read(&mem->users);
}

/* Hand bytes that the CPU wrote to the device. 0 or -EINVAL. Sleeps. */
int vstateless_mem_to_device(struct vstateless_mem *mem, unsigned long bytes)
{
	if (bytes > mem->size)
		return -EINVAL;

	if (mem->import)
		vstateless_dmabuf_pull(mem, bytes);
	else if (mem->cpu != mem->dev)
		memcpy(mem->dev, mem->cpu, bytes);
	return 0;
}

/*
 * A CAPTURE buffer goes to the driver. Only the CPU's side is poisoned: a job
 * that is queued already may still read the device's side as a reference.
 */
void vstateless_mem_queued(struct vstateless_mem *mem)
{
	if (!mem->cpu || mem->cpu == mem->dev || !vstateless_params.poison)
		return;

	mutex_lock(&mem->lock);
	memset(mem->cpu, VSTATELESS_POISON_CPU_QUEUED, mem->size);
	mem->cpu_stale = true;
	vstateless_mem_hide(mem);
	mutex_unlock(&mem->lock);
	vstateless_count(mem->ctx->dev, VSTATELESS_POISON_CPU, 1);
}

/* The hardware starts a new picture: nothing of an old one may survive. */
void vstateless_mem_new_frame(struct vstateless_mem *mem)
{
	if (!vstateless_params.poison)
		return;

	memset(mem->dev, VSTATELESS_POISON_DEV_JOB, mem->size);
	vstateless_count(mem->ctx->dev, VSTATELESS_POISON_DEV, 1);
}

/* A job has written the device's side. Sleeps. */
void vstateless_mem_decoded(struct vstateless_mem *mem)
{
	if (mem->import) {
		vstateless_dmabuf_push(mem);
		return;
	}
	mutex_lock(&mem->lock);
	mem->cpu_stale = mem->cpu != mem->dev;
	mutex_unlock(&mem->lock);
}

/* Part of vb2_buffer_done(): with interrupts off, before the buffer is seen. */
static void vstateless_mem_finish(void *buf_priv)
{
	vstateless_fence_signal(buf_priv);
}

const struct vb2_mem_ops vstateless_mem_ops = {
	.alloc		= vstateless_mem_alloc,
	.put		= vstateless_mem_vb2_put,
	.get_dmabuf	= vstateless_dmabuf_export,
	.attach_dmabuf	= vstateless_mem_attach,
	.detach_dmabuf	= vstateless_mem_vb2_put,
	.map_dmabuf	= vstateless_mem_map,
	.unmap_dmabuf	= vstateless_mem_unmap,
	.finish		= vstateless_mem_finish,
	.vaddr		= vstateless_mem_vaddr,
	.num_users	= vstateless_mem_num_users,
	.mmap		= vstateless_mem_mmap_v4l2,
};
