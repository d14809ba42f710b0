// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma-bufs: exported CAPTURE and OUTPUT buffers, and imported ones
 *
 * DMA_BUF_IOCTL_SYNC on an exported buffer is what moves data between the
 * device's and the CPU's side. Other devices (attach, map) get the device's
 * side: for them no synchronisation is needed.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <media/videobuf2-v4l2.h>

#include "driver.h"

struct vstateless_export {
	struct vstateless_mem *mem;
	struct dma_buf *dbuf;
	int windows;			/* opened through this dma-buf */
};

static int open_window(struct dma_buf *dbuf, enum dma_data_direction dir)
{
	struct vstateless_export *export = dbuf->priv;
	struct vstateless_mem *mem = export->mem;
	struct vstateless_dev *dev = mem->ctx->dev;

	vstateless_count(dev, VSTATELESS_SYNC_START, 1);
	mutex_lock(&mem->lock);
	export->windows++;
	mem->windows++;
	if (dir != DMA_TO_DEVICE && mem->cpu_stale) {
		/* Cleared first: a job that ends meanwhile sets it again. */
		mem->cpu_stale = false;
		memcpy(mem->cpu, mem->dev, mem->size);
		vstateless_count(dev, VSTATELESS_SYNC_COPIES, 1);
	}
	mutex_unlock(&mem->lock);
	return 0;
}

/* The core waits for fences only after this: too late for the copy. */
static int begin_cpu_access(struct dma_buf *dbuf, enum dma_data_direction dir)
{
	int ret = vstateless_fence_wait(dbuf->resv, dir != DMA_FROM_DEVICE);

	return ret ?: open_window(dbuf, dir);
}

/* Close "count" windows. mem->lock held. */
static void close_windows(struct vstateless_export *export, int count)
{
	struct vstateless_mem *mem = export->mem;

	export->windows -= count;
	mem->windows -= count;
	if (mem->window && !export->windows)
		unmap_mapping_range(export->dbuf->file->f_mapping, 0, 0, 1);
	if (!mem->windows)
		vstateless_mem_hide(mem);
}

static int end_cpu_access(struct dma_buf *dbuf, enum dma_data_direction dir)
{
	struct vstateless_export *export = dbuf->priv;
	struct vstateless_mem *mem = export->mem;

	mutex_lock(&mem->lock);
	if (dir != DMA_FROM_DEVICE && mem->cpu != mem->dev)
		memcpy(mem->dev, mem->cpu, mem->size);
	if (export->windows)
		close_windows(export, 1);
	else
		vstateless_count(mem->ctx->dev, VSTATELESS_SYNC_UNBALANCED, 1);
	mutex_unlock(&mem->lock);
	return 0;
}

static vm_fault_t export_fault(struct vm_fault *vmf)
{
	struct vstateless_export *export = vmf->vma->vm_private_data;

	return vstateless_mem_fault(export->mem, vmf, READ_ONCE(export->windows));
}

static void export_open(struct vm_area_struct *vma)
{
	struct vstateless_export *export = vma->vm_private_data;

	vstateless_mem_get_user(export->mem);
	vstateless_count(export->mem->ctx->dev, VSTATELESS_VMA_CLIENT, 1);
}

static void export_close(struct vm_area_struct *vma)
{
	struct vstateless_export *export = vma->vm_private_data;

	vstateless_count(export->mem->ctx->dev, VSTATELESS_VMA_CLIENT, -1);
	vstateless_mem_put_user(export->mem);
}

static const struct vm_operations_struct export_vm_ops = {
	.open	= export_open,
	.close	= export_close,
	.fault	= export_fault,
};

static int export_mmap(struct dma_buf *dbuf, struct vm_area_struct *vma)
{
	struct vstateless_export *export = dbuf->priv;

	vma->vm_private_data = export;
	return vstateless_mem_mmap(export->mem, vma, &export_vm_ops);
}

static int export_vmap(struct dma_buf *dbuf, struct iosys_map *map)
{
	struct vstateless_export *export = dbuf->priv;

	iosys_map_set_vaddr(map, export->mem->cpu);
	return 0;
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct vstateless_export *export = attachment->dmabuf->priv;
	struct vstateless_mem *mem = export->mem;
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;
	int ret;

	sgt = kzalloc_obj(*sgt, GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, mem->size >> PAGE_SHIFT, GFP_KERNEL);
	if (ret)
		goto free_sgt;
	for_each_sgtable_sg(sgt, sg, i)
		sg_set_page(sg, vmalloc_to_page(mem->dev + i * PAGE_SIZE),
			    PAGE_SIZE, 0);

	ret = dma_map_sgtable(attachment->dev, sgt, dir, 0);
	if (ret)
		goto free_table;
	return sgt;

free_table:
	sg_free_table(sgt);
free_sgt:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void export_unmap(struct dma_buf_attachment *attachment,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attachment->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static void export_release(struct dma_buf *dbuf)
{
	struct vstateless_export *export = dbuf->priv;
	struct vstateless_mem *mem = export->mem;

	vstateless_count(mem->ctx->dev, VSTATELESS_DMABUF_LIVE, -1);
	mutex_lock(&mem->lock);
	if (export->windows) {
		vstateless_count(mem->ctx->dev, VSTATELESS_SYNC_UNBALANCED, 1);
		mem->windows -= export->windows;
	}
	mutex_unlock(&mem->lock);
	vstateless_mem_put_user(mem);
	kfree(export);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf		= export_map,
	.unmap_dma_buf		= export_unmap,
	.begin_cpu_access	= begin_cpu_access,
	.end_cpu_access		= end_cpu_access,
	.mmap			= export_mmap,
	.vmap			= export_vmap,
	.release		= export_release,
};

struct dma_buf *vstateless_dmabuf_export(struct vb2_buffer *vb, void *buf_priv,
					 unsigned long flags)
{
	struct vstateless_mem *mem = buf_priv;
	struct vstateless_export *export;
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	export = kzalloc_obj(*export, GFP_KERNEL);
	if (!export)
		return NULL;

	export->mem = mem;
	info.ops = &export_ops;
	info.size = mem->size;
	info.flags = flags;
	info.resv = &mem->resv;
	info.priv = export;
	export->dbuf = dma_buf_export(&info);
	if (IS_ERR(export->dbuf)) {
		kfree(export);
		return NULL;
	}

	vstateless_mem_get_user(mem);
	vstateless_count(mem->ctx->dev, VSTATELESS_DMABUF_LIVE, 1);
	return export->dbuf;
}

/*
 * Access to an imported buffer, for the device. The exporter's operations are
 * called directly: dma_buf_begin_cpu_access() would also wait for fences, the
 * job's own among them. So would begin_cpu_access() of a buffer of this driver.
 */
static int import_begin(struct dma_buf *dbuf, enum dma_data_direction dir)
{
	if (dbuf->ops == &export_ops)
		return open_window(dbuf, dir);
	if (dbuf->ops->begin_cpu_access)
		return dbuf->ops->begin_cpu_access(dbuf, dir);
	return 0;
}

static void import_access(struct vstateless_mem *mem, bool write,
			  unsigned long bytes)
{
	enum dma_data_direction dir = write ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	struct dma_buf *dbuf = mem->import;

	if (import_begin(dbuf, write ? DMA_BIDIRECTIONAL : dir))
		return;
	if (write)
		iosys_map_memcpy_to(&mem->import_map, 0, mem->dev, bytes);
	else
		iosys_map_memcpy_from(mem->dev, &mem->import_map, 0, bytes);
	if (dbuf->ops->end_cpu_access)
		dbuf->ops->end_cpu_access(dbuf, dir);
	vstateless_count(mem->ctx->dev, VSTATELESS_IMPORT_COPIES, 1);
}

/* Read an imported buffer: the client has filled it. */
void vstateless_dmabuf_pull(struct vstateless_mem *mem, unsigned long bytes)
{
	import_access(mem, false, min_t(unsigned long, bytes, mem->import->size));
}

/* Write an imported buffer: a job is complete. */
void vstateless_dmabuf_push(struct vstateless_mem *mem)
{
	import_access(mem, true, min_t(unsigned long, mem->size, mem->import->size));
}
