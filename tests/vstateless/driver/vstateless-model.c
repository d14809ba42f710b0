// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vstateless: the program that decodes for the hardware
 *
 * See vstateless.h for the protocol. A file becomes the server by its first
 * WAIT_CONTEXT or a worker by BIND, and never changes its role.
 */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "driver.h"

/* Wake those who may have to act for a context: its worker, or the server. */
void vstateless_model_wake(struct vstateless_ctx *ctx)
{
	wake_up_all(&ctx->wait);
	wake_up_all(&ctx->dev->server_wait);
}

static int hello(struct vstateless_file *f, void __user *arg)
{
	struct vstateless_hello hello;
	bool same;

	if (copy_from_user(&hello, arg, sizeof(hello)))
		return -EFAULT;

	same = hello.protocol == VSTATELESS_PROTOCOL;
	hello.protocol = VSTATELESS_PROTOCOL;
	if (copy_to_user(arg, &hello, sizeof(hello)))
		return -EFAULT;
	if (!same)
		return -EPROTO;

	WRITE_ONCE(f->hello, true);
	return 0;
}

/* The id of a context whose job nobody decodes, or 0. */
static u64 orphan(struct vstateless_dev *dev)
{
	struct vstateless_job *job;
	u64 id = 0;

	spin_lock(&dev->lock);
	job = dev->job;
	if (job && job->state == VSTATELESS_JOB_PENDING &&
	    !job->ctx->worker && !job->ctx->offered) {
		job->ctx->offered = true;
		id = job->ctx->id;
	}
	spin_unlock(&dev->lock);
	return id;
}

static int wait_context(struct vstateless_file *f, void __user *arg)
{
	struct vstateless_dev *dev = f->dev;
	struct vstateless_context context = { 0 };
	int ret = 0;

	spin_lock(&dev->lock);
	if (f->ctx)
		ret = -EINVAL;
	else if (dev->server && dev->server != f)
		ret = -EBUSY;
	else
		dev->server = f;
	spin_unlock(&dev->lock);
	if (ret)
		return ret;

	ret = wait_event_interruptible(dev->server_wait,
				       (context.id = orphan(dev)));
	if (ret)
		return ret;
	return copy_to_user(arg, &context, sizeof(context)) ? -EFAULT : 0;
}

static struct vstateless_ctx *find_ctx(struct vstateless_dev *dev, u64 id)
{
	struct vstateless_ctx *ctx;

	list_for_each_entry(ctx, &dev->contexts, list)
		if (ctx->id == id)
			return ctx;
	return NULL;
}

static int bind(struct vstateless_file *f, void __user *arg)
{
	struct vstateless_dev *dev = f->dev;
	struct vstateless_context context;
	struct vstateless_ctx *ctx;
	int ret = 0;

	if (copy_from_user(&context, arg, sizeof(context)))
		return -EFAULT;

	spin_lock(&dev->lock);
	ctx = find_ctx(dev, context.id);
	if (f->ctx || dev->server == f) {
		ret = -EINVAL;
	} else if (!ctx) {
		ret = -ENODEV;
	} else if (ctx->worker) {
		ret = -EBUSY;
	} else {
		f->ctx = vstateless_ctx_get(ctx);
		ctx->worker = f;
	}
	spin_unlock(&dev->lock);
	return ret;
}

/* What there is to tell a worker. Only one of the three is set. */
struct news {
	u32 type;
	struct vstateless_mem *mem;
	struct vstateless_job *job;
};

/* False: nothing. Takes references to what it returns. */
static bool take_news(struct vstateless_ctx *ctx, struct news *news)
{
	struct vstateless_dev *dev = ctx->dev;
	struct vstateless_job *job;
	bool found = true;

	spin_lock(&dev->lock);
	job = dev->job;
	news->mem = list_first_entry_or_null(&ctx->gone, struct vstateless_mem, gone);
	if (news->mem) {
		list_del_init(&news->mem->gone);
		news->type = VSTATELESS_EVENT_MEM_GONE;
	} else if (ctx->streamoff) {
		ctx->streamoff = false;
		news->type = VSTATELESS_EVENT_STREAMOFF;
	} else if (job && job->ctx == ctx && job->state == VSTATELESS_JOB_PENDING) {
		job->state = VSTATELESS_JOB_DISPATCHED;
		news->job = vstateless_job_get(job);
		news->type = VSTATELESS_EVENT_JOB;
	} else {
		found = !ctx->open;
	}
	spin_unlock(&dev->lock);
	return found;
}

/* The worker did not get the job: it can be asked for again. */
static void untake_job(struct vstateless_job *job)
{
	struct vstateless_dev *dev = job->ctx->dev;

	spin_lock(&dev->lock);
	if (dev->job == job && job->state == VSTATELESS_JOB_DISPATCHED)
		job->state = VSTATELESS_JOB_PENDING;
	spin_unlock(&dev->lock);
}

/* The job itself, its controls and its bitstream, to where the caller says. */
static int copy_job(struct vstateless_job *job, void __user *arg,
		    struct vstateless_event *event)
{
	struct vstateless_event request = *event;

	*event = job->event;
	event->controls = request.controls;
	event->controls_capacity = request.controls_capacity;
	event->bitstream = request.bitstream;
	event->bitstream_capacity = request.bitstream_capacity;

	if (copy_to_user(arg, event, sizeof(*event)))
		return -EFAULT;
	if (event->controls_size > event->controls_capacity ||
	    event->bitstream_size > event->bitstream_capacity)
		return -ENOSPC;
	if (copy_to_user(u64_to_user_ptr(event->controls), job->controls,
			 event->controls_size) ||
	    copy_to_user(u64_to_user_ptr(event->bitstream), job->bitstream->dev,
			 event->bitstream_size))
		return -EFAULT;
	return 0;
}

static int copy_news(struct news *news, void __user *arg,
		     struct vstateless_event *event)
{
	int ret;

	if (news->job) {
		ret = copy_job(news->job, arg, event);
		if (ret)
			untake_job(news->job);
		vstateless_job_put(news->job);
		return ret;
	}

	event->type = news->type;
	if (news->mem) {
		event->mem = news->mem->id;
		vstateless_mem_put(news->mem);
	}
	return copy_to_user(arg, event, sizeof(*event)) ? -EFAULT : 0;
}

static int get(struct vstateless_file *f, void __user *arg)
{
	struct vstateless_ctx *ctx = READ_ONCE(f->ctx);
	struct vstateless_event *event;
	struct news news = { 0 };
	int ret;

	if (!ctx)
		return -EINVAL;

	event = memdup_user(arg, sizeof(*event));
	if (IS_ERR(event))
		return PTR_ERR(event);

	ret = wait_event_interruptible(ctx->wait, take_news(ctx, &news));
	if (!ret)
		ret = news.type ? copy_news(&news, arg, event) : -ENODEV;
	kfree(event);
	return ret;
}

static int done(struct vstateless_file *f, void __user *arg)
{
	struct vstateless_ctx *ctx = READ_ONCE(f->ctx);
	struct vstateless_done done;

	if (!ctx)
		return -EINVAL;
	if (copy_from_user(&done, arg, sizeof(done)))
		return -EFAULT;
	if (done.flags & ~VSTATELESS_DONE_LOSE)
		return -EINVAL;
	return vstateless_job_done(ctx, &done);
}

static long model_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vstateless_file *f = file->private_data;
	void __user *p = (void __user *)arg;

	if (cmd == VSTATELESS_IOC_HELLO)
		return hello(f, p);
	if (!READ_ONCE(f->hello))
		return -EPROTO;

	switch (cmd) {
	case VSTATELESS_IOC_WAIT_CONTEXT:
		return wait_context(f, p);
	case VSTATELESS_IOC_BIND:
		return bind(f, p);
	case VSTATELESS_IOC_GET:
		return get(f, p);
	case VSTATELESS_IOC_DONE:
		return done(f, p);
	default:
		return -ENOTTY;
	}
}

static int model_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vstateless_file *f = file->private_data;
	struct vstateless_ctx *ctx = READ_ONCE(f->ctx);
	unsigned int shift = VSTATELESS_MMAP_SHIFT - PAGE_SHIFT;

	if (!ctx || vma->vm_pgoff & ((1UL << shift) - 1))
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	return vstateless_mem_mmap_dev(ctx, vma->vm_pgoff >> shift, vma);
}

static int model_open(struct inode *inode, struct file *file)
{
	struct vstateless_dev *dev =
		container_of(file->private_data, struct vstateless_dev, misc);
	struct vstateless_file *f = kzalloc_obj(*f, GFP_KERNEL);

	if (!f)
		return -ENOMEM;

	f->dev = dev;
	file->private_data = f;
	return nonseekable_open(inode, file);
}

/* A new server has to hear of the contexts that this one was offered. */
static void server_gone(struct vstateless_dev *dev)
{
	struct vstateless_ctx *ctx;

	dev->server = NULL;
	list_for_each_entry(ctx, &dev->contexts, list)
		ctx->offered = ctx->worker;
}

static void worker_gone(struct vstateless_ctx *ctx)
{
	struct vstateless_dev *dev = ctx->dev;
	struct vstateless_mem *mem, *next;
	LIST_HEAD(gone);

	vstateless_job_worker_gone(ctx);

	spin_lock(&dev->lock);
	ctx->worker = NULL;
	ctx->offered = false;
	/* The next worker knows nothing that it could forget. */
	ctx->streamoff = false;
	list_splice_init(&ctx->gone, &gone);
	spin_unlock(&dev->lock);

	list_for_each_entry_safe(mem, next, &gone, gone) {
		list_del_init(&mem->gone);
		vstateless_mem_put(mem);
	}
	vstateless_model_wake(ctx);
	vstateless_ctx_put(ctx);
}

static int model_release(struct inode *inode, struct file *file)
{
	struct vstateless_file *f = file->private_data;

	spin_lock(&f->dev->lock);
	if (f->dev->server == f)
		server_gone(f->dev);
	spin_unlock(&f->dev->lock);
	if (f->ctx)
		worker_gone(f->ctx);
	kfree(f);
	return 0;
}

static const struct file_operations model_fops = {
	.owner		= THIS_MODULE,
	.open		= model_open,
	.release	= model_release,
	.unlocked_ioctl	= model_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= model_mmap,
};

int vstateless_model_init(struct vstateless_dev *dev)
{
	dev->misc.minor = MISC_DYNAMIC_MINOR;
	dev->misc.name = VSTATELESS_NAME;
	dev->misc.fops = &model_fops;
	return misc_register(&dev->misc);
}

void vstateless_model_exit(struct vstateless_dev *dev)
{
	misc_deregister(&dev->misc);
}
