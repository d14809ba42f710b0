/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_NODES_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_NODES_H

/**
 * @file
 * Device nodes of the media subsystem: which exist, and what they are called.
 */

/**
 * List the nodes of all media devices, by libudev if it can be loaded and
 * knows any, else by sysfs, else by the names in /dev.
 *
 * @param logctx for messages
 * @param[out] paths array of strings with nb_paths elements; free the strings
 *                   and the array with av_free(), also after an error
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_v4l2_request_list_media(void *logctx, char ***paths, int *nb_paths);

/**
 * Find the path of a character device.
 *
 * @param major,minor its device number
 * @return a string to free with av_free(), NULL if there is no such node
 */
char *ff_v4l2_request_node_path(unsigned major, unsigned minor);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_NODES_H */
