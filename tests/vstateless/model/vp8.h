/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two VP8 files share
 */

#ifndef VP8_H
#define VP8_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

struct model;

/* A buffer that is copied to the golden or the altref one (9.7). */
enum vp8_copy {
    VP8_COPY_NONE,
    VP8_COPY_LAST,
    VP8_COPY_OTHER,			/* altref to golden, golden to altref */
    VP8_COPY_RESERVED,			/* as none */
    VP8_COPY_CURRENT,
};

/*
 * What a frame header leaves for the next ones: values that a frame may change
 * and that stay, and the names of the references.
 */
struct vp8_history {
    bool valid;				/* there was a key frame */
    struct v4l2_ctrl_vp8_frame frame;	/* as the last header makes it */
    struct v4l2_vp8_entropy entropy;	/* for the next frame */
    enum vp8_copy golden, altref;
    bool refresh_last;
};

/*
 * Everything about a job that can be judged without decoding: its control
 * against the header in the OUTPUT buffer, which is parsed here, and against
 * the headers of the jobs before. Updates history.
 */
int vp8_check(struct model *m, const struct v4l2_ctrl_vp8_frame *frame,
              struct vp8_history *history);

#endif
