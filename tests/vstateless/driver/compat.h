/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that the driver is built for (6.12 and 7.x)
 *
 * The version limits are those at which the interface changed upstream; they
 * are only proven for 6.12 and 7.3.
 */

#ifndef VSTATELESS_COMPAT_H
#define VSTATELESS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/videodev2.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>

/* Without a description of these the core of kernels that lack them warns. */
#include "vstateless-fourcc.h"

#ifndef kzalloc_obj
#define kzalloc_obj(object, gfp)	kzalloc(sizeof(object), gfp)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)

static inline struct v4l2_fh *vstateless_file_to_fh(struct file *file)
{
	return file->private_data;
}

static inline void vstateless_fh_add(struct v4l2_fh *fh, struct file *file)
{
	file->private_data = fh;
	v4l2_fh_add(fh);
}

static inline void vstateless_fh_del(struct v4l2_fh *fh, struct file *file)
{
	v4l2_fh_del(fh);
}

static inline void vstateless_copy_metadata(const struct vb2_v4l2_buffer *src,
					    struct vb2_v4l2_buffer *dst)
{
	v4l2_m2m_buf_copy_metadata(src, dst, true);
}

#else

#define vstateless_file_to_fh	file_to_v4l2_fh
#define vstateless_fh_add	v4l2_fh_add
#define vstateless_fh_del	v4l2_fh_del
#define vstateless_copy_metadata v4l2_m2m_buf_copy_metadata

#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)

#define VSTATELESS_IMPORT_NS(ns)	MODULE_IMPORT_NS(ns)

/* Later kernels release the queue's lock while they wait, without callbacks. */
#define VSTATELESS_VB2_WAIT_OPS				\
	.wait_prepare	= vb2_ops_wait_prepare,		\
	.wait_finish	= vb2_ops_wait_finish,

static inline void
vstateless_timer_setup(struct hrtimer *timer,
		       enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->function = function;
}

#else

#define VSTATELESS_IMPORT_NS(ns)	MODULE_IMPORT_NS(__stringify(ns))
#define VSTATELESS_VB2_WAIT_OPS

static inline void
vstateless_timer_setup(struct hrtimer *timer,
		       enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}

#endif

#endif
