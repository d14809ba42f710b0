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
	.vp9_compressed_hdr	= true,
	.hevc_slices		= 600,
	.hevc_entry_points	= 256,
	.hevc_ext_rps		= true,
	.av1_film_grain		= true,
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

static const char * const fences[] = {
	[VSTATELESS_FENCE_NONE]		= "none",
	[VSTATELESS_FENCE_QUEUE]	= "queue",
	[VSTATELESS_FENCE_START]	= "start",
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

static int set_fence(const char *val, const struct kernel_param *kp)
{
	return set_name(fences, ARRAY_SIZE(fences), val, kp->arg);
}

static int get_fence(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", fences[*(int *)kp->arg]);
}

/* The four characters of V4L2 pixel formats, as "VT12+NV12", or "all". */
static int set_format(const char *val, const struct kernel_param *kp)
{
	u32 fourccs[VSTATELESS_PARAM_FORMATS] = { 0 };
	char text[5 * VSTATELESS_PARAM_FORMATS + 2];
	char *list, *name;
	unsigned int i;

	if (strscpy(text, val, sizeof(text)) < 0)
		return -EINVAL;
	list = strim(text);
	if (!strcmp(list, "all"))
		list = NULL;
	for (i = 0; (name = strsep(&list, "+")); i++) {
		if (i == VSTATELESS_PARAM_FORMATS || strlen(name) != 4)
			return -EINVAL;
		fourccs[i] = v4l2_fourcc(name[0], name[1], name[2], name[3]);
		if (!vstateless_format_exists(fourccs[i]))
			return -EINVAL;
	}
	for (i = 0; i < VSTATELESS_PARAM_FORMATS; i++)
		WRITE_ONCE(((u32 *)kp->arg)[i], fourccs[i]);
	return 0;
}

static int get_format(char *buffer, const struct kernel_param *kp)
{
	const u32 *fourccs = kp->arg;
	int i, length = 0;

	if (!READ_ONCE(fourccs[0]))
		return sysfs_emit(buffer, "all\n");
	for (i = 0; i < VSTATELESS_PARAM_FORMATS && fourccs[i]; i++)
		length += sysfs_emit_at(buffer, length, "%s%c%c%c%c", i ? "+" : "",
					fourccs[i] & 0xff, fourccs[i] >> 8 & 0xff,
					fourccs[i] >> 16 & 0xff,
					fourccs[i] >> 24 & 0xff);
	return length + sysfs_emit_at(buffer, length, "\n");
}

static const struct kernel_param_ops format_ops = {
	.set	= set_format,
	.get	= get_format,
};

static const struct kernel_param_ops decode_mode_ops = {
	.set	= set_decode_mode,
	.get	= get_decode_mode,
};

static const struct kernel_param_ops start_code_ops = {
	.set	= set_start_code,
	.get	= get_start_code,
};

static const struct kernel_param_ops fence_ops = {
	.set	= set_fence,
	.get	= get_fence,
};

module_param_named(hwtime_us, vstateless_params.hwtime_us, uint, 0644);
MODULE_PARM_DESC(hwtime_us, "least time of a job, in microseconds");
module_param_named(null, vstateless_params.null, bool, 0644);
MODULE_PARM_DESC(null, "complete jobs without pixels and without a model");
module_param_named(coherent, vstateless_params.coherent, bool, 0644);
MODULE_PARM_DESC(coherent, "the CPU sees device memory without a SYNC");
module_param_named(poison, vstateless_params.poison, bool, 0644);
MODULE_PARM_DESC(poison, "fill memory with patterns before it is written");
module_param_named(window, vstateless_params.window, bool, 0644);
MODULE_PARM_DESC(window, "detect CPU accesses outside a SYNC window");
module_param_named(stride_align, vstateless_params.stride_align, uint, 0644);
MODULE_PARM_DESC(stride_align, "alignment of bytesperline; 1: no padding");
module_param_named(height_align, vstateless_params.height_align, uint, 0644);
MODULE_PARM_DESC(height_align, "alignment of the CAPTURE height");
module_param_named(extra_lines, vstateless_params.extra_lines, uint, 0644);
MODULE_PARM_DESC(extra_lines, "lines behind the aligned height");
module_param_named(sizeimage_extra, vstateless_params.sizeimage_extra, uint, 0644);
MODULE_PARM_DESC(sizeimage_extra, "bytes behind a picture's last plane");
module_param_named(timeout_ms, vstateless_params.timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "watchdog of a job; 0: none");
module_param_named(hold, vstateless_params.hold, bool, 0644);
MODULE_PARM_DESC(hold, "offer V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF");
module_param_named(max_buffers, vstateless_params.max_buffers, uint, 0644);
MODULE_PARM_DESC(max_buffers, "buffers of a queue, up to 64");
module_param_named(inject_error, vstateless_params.inject_error, uint, 0644);
MODULE_PARM_DESC(inject_error, "this job since the last reset fails");
module_param_named(inject_every, vstateless_params.inject_every, uint, 0644);
MODULE_PARM_DESC(inject_every, "every so many jobs one fails");
module_param_named(inject_hang, vstateless_params.inject_hang, uint, 0644);
MODULE_PARM_DESC(inject_hang, "this job since the last reset never ends");
module_param_named(stall, vstateless_params.stall, uint, 0644);
MODULE_PARM_DESC(stall, "this job since the last reset waits for a write to debugfs' resume");
module_param_named(requires_requests, vstateless_params.requires_requests, bool, 0644);
MODULE_PARM_DESC(requires_requests, "refuse OUTPUT buffers without a request");
module_param_named(hevc_slices, vstateless_params.hevc_slices, uint, 0644);
MODULE_PARM_DESC(hevc_slices, "size of HEVC_SLICE_PARAMS, up to 600; 0: no such control");
module_param_named(hevc_entry_points, vstateless_params.hevc_entry_points, uint, 0644);
MODULE_PARM_DESC(hevc_entry_points, "size of HEVC_ENTRY_POINT_OFFSETS, up to 1024; 0: no such control");
module_param_named(hevc_ext_rps, vstateless_params.hevc_ext_rps, bool, 0644);
MODULE_PARM_DESC(hevc_ext_rps, "offer HEVC_EXT_SPS_ST_RPS and _LT_RPS (not in Linux 6.12)");

module_param_named(vp9_compressed_hdr, vstateless_params.vp9_compressed_hdr, bool, 0644);
MODULE_PARM_DESC(vp9_compressed_hdr, "have V4L2_CID_STATELESS_VP9_COMPRESSED_HDR");
module_param_named(resize, vstateless_params.resize, bool, 0644);
MODULE_PARM_DESC(resize, "the frame size may change while buffers are in use");
module_param_named(av1_film_grain, vstateless_params.av1_film_grain, bool, 0644);
MODULE_PARM_DESC(av1_film_grain, "apply film grain: have its control");
module_param_named(cache_hints, vstateless_params.cache_hints, bool, 0644);
MODULE_PARM_DESC(cache_hints, "offer V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS");

module_param_cb(decode_mode, &decode_mode_ops, &vstateless_params.decode_mode, 0644);
MODULE_PARM_DESC(decode_mode, "frame, slice, both-frame or both-slice");
module_param_cb(start_code, &start_code_ops, &vstateless_params.start_code, 0644);
MODULE_PARM_DESC(start_code, "none, annexb, both-none or both-annexb");
module_param_cb(fence, &fence_ops, &vstateless_params.fence, 0644);
MODULE_PARM_DESC(fence, "CAPTURE buffers get a fence: none, queue or start");
module_param_cb(format, &format_ops, &vstateless_params.format, 0644);
MODULE_PARM_DESC(format, "the CAPTURE formats where they fit (VT12+NV12), or all");
