/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two MPEG-2 files share
 */

#ifndef MPEG2_H
#define MPEG2_H

#include <stdbool.h>

#include <linux/v4l2-controls.h>

struct model;

struct mpeg2_controls {
    const struct v4l2_ctrl_mpeg2_sequence *sequence;
    const struct v4l2_ctrl_mpeg2_picture *picture;
    const struct v4l2_ctrl_mpeg2_quantisation *quantisation;
};

/*
 * Everything about the controls that can be judged without decoding. first:
 * sequence of the first field when this is the second one, or NULL.
 */
int mpeg2_check(struct model *m, const struct mpeg2_controls *ctrl,
                const struct v4l2_ctrl_mpeg2_sequence *first);

#endif
