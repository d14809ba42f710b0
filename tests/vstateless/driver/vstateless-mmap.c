// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of memory: the client's (V4L2 and dma-buf) and the model's
 *
 * With the parameter "window" the client's mappings of CAPTURE buffers are
 * filled by page faults, and emptied when the last SYNC window closes. A fault
 * without an open window is an access that a non-coherent system would answer
 * with old data.
 */

#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "driver.h"

static void report_access(struct vstateless_mem *mem, unsigned long offset)
{
	struct vstateless_dev *dev = mem->ctx->dev;
	bool stale = READ_ONCE(mem->cpu_stale);

	vstateless_count(dev, VSTATELESS_BAD_ACCESS, 1);
	if (stale)
		vstateless_count(dev, VSTATELESS_STALE_READS, 1);
	dev_warn_ratelimited(dev->v4l2_dev.dev,
			     "bad access: %s[%d] at 0x%lx of buffer %llu%s, outside a SYNC window\n",
			     current->comm, task_pid_nr(current), offset,
			     mem->id, stale ? " (stale)" : "");
}

/*
 * Serve a fault in a client's mapping. The access is in order if "windows", the
 * number of open SYNC windows that cover this mapping, is not zero.
 */
vm_fault_t vstateless_mem_fault(struct vstateless_mem *mem, struct vm_fault *vmf,
				int windows)
{
	struct vstateless_dev *dev = mem->ctx->dev;
	unsigned long offset = vmf->pgoff << PAGE_SHIFT;
	struct page *page;

	if (offset >= mem->size)
		return VM_FAULT_SIGBUS;

	/*
	 * Buffers without windows fault, too, after another one was hidden:
	 * all V4L2 mappings are at offset 0 of the same node.
	 */
	if (mem->window)
		vstateless_count(dev, VSTATELESS_WINDOW_FAULTS, 1);
	if (mem->window && windows <= 0)
		report_access(mem, offset);

	page = vmalloc_to_page(mem->cpu + offset);
	get_page(page);
	vmf->page = page;
	return 0;
}

static vm_fault_t v4l2_fault(struct vm_fault *vmf)
{
	struct vstateless_mem *mem = vmf->vma->vm_private_data;

	return vstateless_mem_fault(mem, vmf, READ_ONCE(mem->windows));
}

static void v4l2_open(struct vm_area_struct *vma)
{
	struct vstateless_mem *mem = vma->vm_private_data;

	vstateless_mem_get_user(mem);
	vstateless_count(mem->ctx->dev, VSTATELESS_VMA_CLIENT, 1);
	mutex_lock(&mem->lock);
	mem->mapping = vma->vm_file->f_mapping;
	mem->vmas++;
	mutex_unlock(&mem->lock);
}

static void v4l2_close(struct vm_area_struct *vma)
{
	struct vstateless_mem *mem = vma->vm_private_data;

	vstateless_count(mem->ctx->dev, VSTATELESS_VMA_CLIENT, -1);
	mutex_lock(&mem->lock);
	if (!--mem->vmas)
		mem->mapping = NULL;
	mutex_unlock(&mem->lock);
	vstateless_mem_put_user(mem);
}

static const struct vm_operations_struct v4l2_vm_ops = {
	.open	= v4l2_open,
	.close	= v4l2_close,
	.fault	= v4l2_fault,
};

/*
 * Give a client's mapping its pages, now or by its operations' faults, and
 * count it. The operations' private data has been set.
 */
int vstateless_mem_mmap(struct vstateless_mem *mem, struct vm_area_struct *vma,
			const struct vm_operations_struct *ops)
{
	int ret;

	if (vma->vm_pgoff + vma_pages(vma) > mem->size >> PAGE_SHIFT)
		return -EINVAL;

	if (!mem->window) {
		ret = remap_vmalloc_range(vma, mem->cpu, vma->vm_pgoff);
		if (ret)
			return ret;
	}
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = ops;
	ops->open(vma);
	return 0;
}

/* vb2's mmap of a buffer that has not been imported. */
int vstateless_mem_mmap_v4l2(void *buf_priv, struct vm_area_struct *vma)
{
	vma->vm_private_data = buf_priv;
	return vstateless_mem_mmap(buf_priv, vma, &v4l2_vm_ops);
}

/* Empty the V4L2 mappings, so that the next access is noticed. mem->lock held. */
void vstateless_mem_hide(struct vstateless_mem *mem)
{
	lockdep_assert_held(&mem->lock);
	if (mem->window && mem->mapping)
		unmap_mapping_range(mem->mapping, 0, mem->size, 1);
}

static void dev_open(struct vm_area_struct *vma)
{
	struct vstateless_mem *mem = vma->vm_private_data;

	vstateless_mem_get(mem);
	atomic_inc(&mem->dev_vmas);
	vstateless_count(mem->ctx->dev, VSTATELESS_VMA_DEV, 1);
}

static void dev_close(struct vm_area_struct *vma)
{
	struct vstateless_mem *mem = vma->vm_private_data;

	vstateless_count(mem->ctx->dev, VSTATELESS_VMA_DEV, -1);
	atomic_dec(&mem->dev_vmas);
	vstateless_mem_put(mem);
}

static const struct vm_operations_struct dev_vm_ops = {
	.open	= dev_open,
	.close	= dev_close,
};

static struct vstateless_mem *find_mem(struct vstateless_ctx *ctx, u64 id)
{
	struct vstateless_mem *mem;

	xa_lock(&ctx->dev->mems);
	mem = xa_load(&ctx->dev->mems, id);
	if (mem && mem->ctx == ctx)
		vstateless_mem_get(mem);
	else
		mem = NULL;
	xa_unlock(&ctx->dev->mems);
	return mem;
}

/*
 * Map the device's side for a context's worker. Children do not inherit it: a
 * forked process must not keep the memory of a closed context alive.
 * 0, -ENOENT (no such memory in this context) or -EINVAL.
 */
int vstateless_mem_mmap_dev(struct vstateless_ctx *ctx, u64 id,
			    struct vm_area_struct *vma)
{
	struct vstateless_mem *mem = find_mem(ctx, id);
	int ret;

	if (!mem)
		return -ENOENT;

	ret = remap_vmalloc_range(vma, mem->dev, 0);
	if (!ret) {
		vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
		vma->vm_private_data = mem;
		vma->vm_ops = &dev_vm_ops;
		dev_open(vma);
	}
	vstateless_mem_put(mem);
	return ret;
}
