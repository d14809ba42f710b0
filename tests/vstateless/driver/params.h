/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameters of the virtual stateless decoder; README.md says what each does
 */

#ifndef VSTATELESS_PARAMS_H
#define VSTATELESS_PARAMS_H

#include <linux/types.h>

/* Both values of a menu or only one; the value that a new file starts with. */
enum vstateless_menu {
	VSTATELESS_MENU_FIRST,		/* only slice, none */
	VSTATELESS_MENU_SECOND,		/* only frame, annexb */
	VSTATELESS_MENU_BOTH_FIRST,
	VSTATELESS_MENU_BOTH_SECOND,
};

#define VSTATELESS_PARAM_FORMATS	4

/* When a CAPTURE buffer gets a fence. */
enum vstateless_fence_mode {
	VSTATELESS_FENCE_NONE,
	VSTATELESS_FENCE_QUEUE,		/* when it is queued */
	VSTATELESS_FENCE_START,		/* when its job starts */
};

struct vstateless_params {
	unsigned int hwtime_us;
	bool null;
	bool coherent;
	bool poison;
	bool window;
	unsigned int stride_align;
	unsigned int height_align;
	unsigned int extra_lines;
	unsigned int sizeimage_extra;
	unsigned int timeout_ms;
	int decode_mode;
	int start_code;
	u32 format[VSTATELESS_PARAM_FORMATS];	/* 0: no more */
	int fence;
	bool hold;
	unsigned int max_buffers;
	unsigned int inject_error;
	unsigned int inject_every;
	unsigned int inject_hang;
	unsigned int stall;
	bool requires_requests;
	bool vp9_compressed_hdr;
	bool resize;
	unsigned int hevc_slices;
	unsigned int hevc_entry_points;
	bool hevc_ext_rps;
	bool av1_film_grain;
	bool cache_hints;
};

extern struct vstateless_params vstateless_params;

#endif
