/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec rows, one per coded format
 */

#ifndef CODECS_H
#define CODECS_H

#include "model.h"

extern const struct model_codec model_mpeg2;
extern const struct model_codec model_h264;
extern const struct model_codec model_vp8;
extern const struct model_codec model_vp9;
extern const struct model_codec model_hevc;
extern const struct model_codec model_av1;

#endif
