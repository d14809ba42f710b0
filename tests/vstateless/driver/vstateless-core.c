// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual stateless V4L2 decoder that returns real pixels
 *
 * To applications this is a memory-to-memory decoder as those in Rockchip,
 * Allwinner or MediaTek chips, with the Request API. The decoding is done by a
 * program in userspace (see vstateless.h) that gets nothing but what an
 * application handed over: controls, the bytes of an OUTPUT buffer, and CAPTURE
 * buffers named by timestamps. The driver knows no bitstream syntax.
 *
 * It exists to test applications. It is no decoder to be used for its own sake.
 */

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <media/v4l2-ioctl.h>

#include "driver.h"

struct vstateless_ctx *vstateless_ctx_get(struct vstateless_ctx *ctx)
{
	kref_get(&ctx->kref);
	return ctx;
}

static void ctx_release(struct kref *kref)
{
	struct vstateless_ctx *ctx = container_of(kref, struct vstateless_ctx, kref);

	mutex_destroy(&ctx->lock);
	kfree(ctx);
}

/* May be called with the device's lock held. */
void vstateless_ctx_put(struct vstateless_ctx *ctx)
{
	kref_put(&ctx->kref, ctx_release);
}

static struct vstateless_ctx *new_ctx(struct vstateless_dev *dev)
{
	struct vstateless_ctx *ctx = kzalloc_obj(*ctx, GFP_KERNEL);

	if (!ctx)
		return NULL;

	ctx->dev = dev;
	kref_init(&ctx->kref);
	mutex_init(&ctx->lock);
	spin_lock_init(&ctx->table_lock);
	INIT_LIST_HEAD(&ctx->list);
	INIT_LIST_HEAD(&ctx->gone);
	init_waitqueue_head(&ctx->wait);
	v4l2_fh_init(&ctx->fh, &dev->vdev);
	ctx->fh.ctrl_handler = &ctx->hdl;
	return ctx;
}

static void publish_ctx(struct vstateless_ctx *ctx)
{
	struct vstateless_dev *dev = ctx->dev;

	spin_lock(&dev->lock);
	ctx->id = ++dev->last_ctx;
	ctx->open = true;
	list_add_tail(&ctx->list, &dev->contexts);
	spin_unlock(&dev->lock);
	vstateless_count(dev, VSTATELESS_CTX_OPEN, 1);
	vstateless_count(dev, VSTATELESS_CTX_LIVE, 1);
}

static int vstateless_open(struct file *file)
{
	struct vstateless_dev *dev = video_drvdata(file);
	struct vstateless_ctx *ctx = new_ctx(dev);
	int ret;

	if (!ctx)
		return -ENOMEM;

	/* Controls are checked against the format as soon as they exist. */
	ctx->codec = vstateless_codec_enum(0);
	ret = vstateless_ctrl_init(ctx);
	if (ret)
		goto free_ctx;
	vstateless_set_default_format(ctx);

	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(dev->m2m_dev, ctx,
					    vstateless_queue_init);
	if (IS_ERR(ctx->fh.m2m_ctx)) {
		ret = PTR_ERR(ctx->fh.m2m_ctx);
		goto free_ctrl;
	}

	publish_ctx(ctx);
	vstateless_fh_add(&ctx->fh, file);
	return 0;

free_ctrl:
	v4l2_ctrl_handler_free(&ctx->hdl);
free_ctx:
	v4l2_fh_exit(&ctx->fh);
	vstateless_ctx_put(ctx);
	return ret;
}

/*
 * The queues go first: they complete requests, which need the controls.
 * Exported buffers and the worker may keep the context's memory for longer.
 */
static int vstateless_release(struct file *file)
{
	struct vstateless_ctx *ctx = vstateless_file_to_ctx(file);
	struct vstateless_dev *dev = ctx->dev;

	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	vstateless_fh_del(&ctx->fh, file);
	v4l2_ctrl_handler_free(&ctx->hdl);
	v4l2_fh_exit(&ctx->fh);

	spin_lock(&dev->lock);
	ctx->open = false;
	list_del(&ctx->list);
	spin_unlock(&dev->lock);
	vstateless_model_wake(ctx);

	vstateless_count(dev, VSTATELESS_CTX_LIVE, -1);
	vstateless_ctx_put(ctx);
	return 0;
}

static const struct v4l2_file_operations vstateless_fops = {
	.owner		= THIS_MODULE,
	.open		= vstateless_open,
	.release	= vstateless_release,
	.poll		= v4l2_m2m_fop_poll,
	.unlocked_ioctl	= video_ioctl2,
	.mmap		= v4l2_m2m_fop_mmap,
};

static const struct media_device_ops vstateless_media_ops = {
	.req_alloc	= vstateless_request_alloc,
	.req_free	= vstateless_request_free,
	.req_validate	= vstateless_request_validate,
	.req_queue	= v4l2_m2m_request_queue,
};

static void init_media(struct vstateless_dev *dev, struct device *parent)
{
	dev->mdev.dev = parent;
	dev->mdev.ops = &vstateless_media_ops;
	strscpy(dev->mdev.model, VSTATELESS_NAME, sizeof(dev->mdev.model));
	strscpy(dev->mdev.bus_info, "platform:" VSTATELESS_NAME,
		sizeof(dev->mdev.bus_info));
	media_device_init(&dev->mdev);
	dev->v4l2_dev.mdev = &dev->mdev;
}

/* No device lock: the context's lock serialises what belongs to one file. */
static void init_video(struct vstateless_dev *dev)
{
	struct video_device *vdev = &dev->vdev;

	strscpy(vdev->name, VSTATELESS_NAME, sizeof(vdev->name));
	vdev->vfl_dir = VFL_DIR_M2M;
	vdev->fops = &vstateless_fops;
	vdev->ioctl_ops = &vstateless_ioctl_ops;
	vdev->release = video_device_release_empty;
	vdev->device_caps = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
	vdev->v4l2_dev = &dev->v4l2_dev;
	video_set_drvdata(vdev, dev);
}

static int register_nodes(struct vstateless_dev *dev)
{
	int ret;

	ret = video_register_device(&dev->vdev, VFL_TYPE_VIDEO, -1);
	if (ret)
		return ret;

	ret = v4l2_m2m_register_media_controller(dev->m2m_dev, &dev->vdev,
						 MEDIA_ENT_F_PROC_VIDEO_DECODER);
	if (ret)
		goto unregister_video;

	ret = vstateless_model_init(dev);
	if (ret)
		goto unregister_controller;

	ret = media_device_register(&dev->mdev);
	if (ret)
		goto exit_model;
	return 0;

exit_model:
	vstateless_model_exit(dev);
unregister_controller:
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
unregister_video:
	video_unregister_device(&dev->vdev);
	return ret;
}

static void init_dev(struct vstateless_dev *dev)
{
	spin_lock_init(&dev->lock);
	INIT_LIST_HEAD(&dev->contexts);
	init_waitqueue_head(&dev->server_wait);
	xa_init(&dev->mems);
}

static int vstateless_probe(struct platform_device *pdev)
{
	struct vstateless_dev *dev = kzalloc_obj(*dev, GFP_KERNEL);
	int ret;

	if (!dev)
		return -ENOMEM;

	init_dev(dev);
	platform_set_drvdata(pdev, dev);
	ret = v4l2_device_register(&pdev->dev, &dev->v4l2_dev);
	if (ret)
		goto free_dev;

	ret = vstateless_job_init(dev);
	if (ret)
		goto unregister_v4l2;

	dev->m2m_dev = v4l2_m2m_init(&vstateless_m2m_ops);
	if (IS_ERR(dev->m2m_dev)) {
		ret = PTR_ERR(dev->m2m_dev);
		goto exit_job;
	}

	init_media(dev, &pdev->dev);
	init_video(dev);
	ret = register_nodes(dev);
	if (ret)
		goto release_m2m;

	vstateless_stats_init(dev);
	return 0;

release_m2m:
	media_device_cleanup(&dev->mdev);
	v4l2_m2m_release(dev->m2m_dev);
exit_job:
	vstateless_job_exit(dev);
unregister_v4l2:
	v4l2_device_unregister(&dev->v4l2_dev);
free_dev:
	kfree(dev);
	return ret;
}

/*
 * Only at module exit: attributes to unbind are suppressed, and open files,
 * requests and dma-bufs hold references to the module.
 */
static void vstateless_remove(struct platform_device *pdev)
{
	struct vstateless_dev *dev = platform_get_drvdata(pdev);

	media_device_unregister(&dev->mdev);
	vstateless_model_exit(dev);
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
	video_unregister_device(&dev->vdev);
	vstateless_stats_exit(dev);
	media_device_cleanup(&dev->mdev);
	v4l2_m2m_release(dev->m2m_dev);
	vstateless_job_exit(dev);
	v4l2_device_unregister(&dev->v4l2_dev);
	xa_destroy(&dev->mems);
	kfree(dev);
}

/* V4L2 and the media controller read the name of a device's driver. */
static struct platform_driver vstateless_driver = {
	.probe	= vstateless_probe,
	.remove	= vstateless_remove,
	.driver	= {
		.name			= VSTATELESS_NAME,
		.suppress_bind_attrs	= true,
	},
};

static struct platform_device *vstateless_device;

static int __init vstateless_init(void)
{
	int ret = platform_driver_register(&vstateless_driver);

	if (ret)
		return ret;

	vstateless_device = platform_device_register_simple(VSTATELESS_NAME,
							    PLATFORM_DEVID_NONE,
							    NULL, 0);
	if (IS_ERR(vstateless_device)) {
		platform_driver_unregister(&vstateless_driver);
		return PTR_ERR(vstateless_device);
	}
	return 0;
}

static void __exit vstateless_exit(void)
{
	platform_device_unregister(vstateless_device);
	platform_driver_unregister(&vstateless_driver);
}

module_init(vstateless_init);
module_exit(vstateless_exit);

MODULE_DESCRIPTION("Virtual stateless decoder");
MODULE_LICENSE("GPL");
VSTATELESS_IMPORT_NS(DMA_BUF);
