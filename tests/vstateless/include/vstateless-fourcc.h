/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Pixel formats that are younger than the headers of some kernels which driver
 * and model are built with, or not in mainline Linux
 */

#ifndef VSTATELESS_FOURCC_H
#define VSTATELESS_FOURCC_H

#include <linux/videodev2.h>

#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15	v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_NV20
#define V4L2_PIX_FMT_NV20	v4l2_fourcc('N', 'V', '2', '0')
#endif
#ifndef V4L2_PIX_FMT_NV15_4L4
#define V4L2_PIX_FMT_NV15_4L4	v4l2_fourcc('V', 'T', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_P010_4L4
#define V4L2_PIX_FMT_P010_4L4	v4l2_fourcc('T', '0', '1', '0')
#endif
#ifndef V4L2_PIX_FMT_MT2110T
#define V4L2_PIX_FMT_MT2110T	v4l2_fourcc('M', 'T', '2', 'T')
#endif
#ifndef V4L2_PIX_FMT_MT2110R
#define V4L2_PIX_FMT_MT2110R	v4l2_fourcc('M', 'T', '2', 'R')
#endif
/* Raspberry Pi's */
#ifndef V4L2_PIX_FMT_NV12_COL128
#define V4L2_PIX_FMT_NV12_COL128	v4l2_fourcc('N', 'C', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12_10_COL128
#define V4L2_PIX_FMT_NV12_10_COL128	v4l2_fourcc('N', 'C', '3', '0')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_COL128
#define V4L2_PIX_FMT_NV12MT_COL128	v4l2_fourcc('N', 'c', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_10_COL128
#define V4L2_PIX_FMT_NV12MT_10_COL128	v4l2_fourcc('N', 'c', '3', '0')
#endif

#endif
