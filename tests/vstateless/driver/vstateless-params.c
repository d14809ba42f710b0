// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters
 *
 * All can be written at any time, so that one boot runs many tests. Those
 * that shape a file's controls and queues take effect at the next open, those
 * that shape formats at the next S_FMT, those of memory at its allocation.
 */

#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "driver.h"

struct vstateless_params vstateless_params = {
	.poison			= true,
	.stride_align		= 64,
	.height_align		= 16,
	.extra_lines		= 8,
	.sizeimage_extra	= 4096,
	.timeout_ms		= 2000,
	.decode_mode		= VSTATELESS_MENU_BOTH_SECOND,
	.start_code		= VSTATELESS_MENU_BOTH_SECOND,
	.hold			= true,
	.max_buffers		= 32,
	.requires_requests	= true,
};

static const char * const decode_modes[] = {
	[VSTATELESS_MENU_FIRST]		= "slice",
	[VSTATELESS_MENU_SECOND]	= "frame",
	[VSTATELESS_MENU_BOTH_FIRST]	= "both-slice",
	[VSTATELESS_MENU_BOTH_SECOND]	= "both-frame",
};

static const char * const start_codes[] = {
	[VSTATELESS_MENU_FIRST]		= "none",
	[VSTATELESS_MENU_SECOND]	= "annexb",
	[VSTATELESS_MENU_BOTH_FIRST]	= "both-none",
	[VSTATELESS_MENU_BOTH_SECOND]	= "both-annexb",
};

static int set_name(const char * const *names, size_t count, const char *val,
		    int *value)
{
	int ret = __sysfs_match_string(names, count, val);

	if (ret < 0)
		return ret;

	*value = ret;
	return 0;
}

static int set_decode_mode(const char *val, const struct kernel_param *kp)
{
	return set_name(decode_modes, ARRAY_SIZE(decode_modes), val, kp->arg);
}

static int get_decode_mode(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", decode_modes[*(int *)kp->arg]);
}

static int set_start_code(const char *val, const struct kernel_param *kp)
{
	return set_name(start_codes, ARRAY_SIZE(start_codes), val, kp->arg);
}

static int get_start_code(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", start_codes[*(int *)kp->arg]);
}

static const struct kernel_param_ops decode_mode_ops = {
	.set	= set_decode_mode,
	.get	= get_decode_mode,
};

static const struct kernel_param_ops start_code_ops = {
	.set	= set_start_code,
	.get	= get_start_code,
};

#define VSTATELESS_PARAM(name, type, text)				\
	module_param_named(name, vstateless_params.name, type, 0644);	\
	MODULE_PARM_DESC(name, text)

VSTATELESS_PARAM(hwtime_us, uint, "least time of a job, in microseconds");
VSTATELESS_PARAM(null, bool, "complete jobs without pixels and without a model");
VSTATELESS_PARAM(coherent, bool, "the CPU sees device memory without a SYNC");
VSTATELESS_PARAM(poison, bool, "fill memory with patterns before it is written");
VSTATELESS_PARAM(window, bool, "detect CPU accesses outside a SYNC window");
VSTATELESS_PARAM(stride_align, uint, "alignment of bytesperline; 1: no padding");
VSTATELESS_PARAM(height_align, uint, "alignment of the CAPTURE height");
VSTATELESS_PARAM(extra_lines, uint, "lines behind the aligned height");
VSTATELESS_PARAM(sizeimage_extra, uint, "bytes behind a picture's last plane");
VSTATELESS_PARAM(timeout_ms, uint, "watchdog of a job; 0: none");
VSTATELESS_PARAM(hold, bool, "offer V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF");
VSTATELESS_PARAM(max_buffers, uint, "buffers of a queue, up to 64");
VSTATELESS_PARAM(inject_error, uint, "this job since the last reset fails");
VSTATELESS_PARAM(inject_every, uint, "every so many jobs one fails");
VSTATELESS_PARAM(inject_hang, uint, "this job since the last reset never ends");
VSTATELESS_PARAM(requires_requests, bool, "refuse OUTPUT buffers without a request");

module_param_cb(decode_mode, &decode_mode_ops, &vstateless_params.decode_mode, 0644);
MODULE_PARM_DESC(decode_mode, "frame, slice, both-frame or both-slice");
module_param_cb(start_code, &start_code_ops, &vstateless_params.start_code, 0644);
MODULE_PARM_DESC(start_code, "none, annexb, both-none or both-annexb");
