# SPDX-License-Identifier: LGPL-2.1-or-later
# Rules for the model; included by ../Makefile, which sets OUT.
#
#   make model OUT=DIR [MODEL_SANITIZE=1]      -> DIR/vstateless-model
#
# libavcodec and dav1d are built once and cached (build-ffmpeg, build-dav1d).
# Objects live in $(OUT)/model; with MODEL_SANITIZE=1 give another OUT.

MODEL_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
MODEL_SANITIZE ?= 0
export MODEL_SANITIZE

MODEL_CC ?= $(CC)
MODEL_OBJ := $(OUT)/model
# These include a decoder's source and so need libavcodec's own flags.
MODEL_CODEC_SRCS := h264.c h264_dpb.c h264_params.c h264_slices.c hevc.c hevc_params.c \
	hevc_slices.c mpeg2.c vp8.c vp8_header.c vp9.c vp9_setup.c
# These see dav1d's internals.
MODEL_DAV1D_SRCS := av1.c av1_header.c
MODEL_SRCS := av1_check.c av1_check_filter.c av1_check_frame.c check.c h264_check.c \
	h264_check_slice.c h264_header.c h264_poc.c hevc_check.c hevc_header.c hevc_inter.c \
	hevc_rps.c job.c layout.c model.c mpeg2_check.c output.c record.c replay.c \
	vp8_check.c vp9_check.c vp9_compressed.c vp9_header.c worker.c
MODEL_OBJS := $(addprefix $(MODEL_OBJ)/,$(MODEL_SRCS:.c=.o) $(MODEL_CODEC_SRCS:.c=.o) \
	$(MODEL_DAV1D_SRCS:.c=.o))

MODEL_CFLAGS := -std=gnu17 -O3 -g -Wall -Wextra -MMD -MP -fno-pie -fno-strict-aliasing
# A static program runs in a guest whose root is another distribution too.
MODEL_LDFLAGS := -static -no-pie
ifeq ($(MODEL_SANITIZE),1)
MODEL_CFLAGS += -fsanitize=address,undefined -fno-omit-frame-pointer
MODEL_LDFLAGS := -no-pie -fsanitize=address,undefined
endif

# Where the cached libraries are: stamp files name them, so that this fragment
# costs nothing until the model is built.
$(MODEL_OBJ)/ffmpeg.mk: $(MODEL_DIR)/build-ffmpeg
	@mkdir -p $(@D)
	@dir=$$(CC="$(MODEL_CC)" $(MODEL_DIR)/build-ffmpeg) && echo "MODEL_FFMPEG := $$dir" >$@.tmp
	@mv $@.tmp $@

$(MODEL_OBJ)/dav1d.mk: $(MODEL_DIR)/build-dav1d
	@mkdir -p $(@D)
	@dir=$$(CC="$(MODEL_CC)" $(MODEL_DIR)/build-dav1d) && echo "MODEL_DAV1D := $$dir" >$@.tmp
	@mv $@.tmp $@

# The system's kernel headers may be older than a codec's controls.
$(MODEL_OBJ)/uapi.mk: $(MODEL_DIR)/../../../tools/uapi-headers
	@mkdir -p $(@D)
	@option=$$(CC="$(MODEL_CC)" $< $(@D)/uapi) && echo "MODEL_UAPI := $$option" >$@.tmp
	@mv $@.tmp $@

ifneq ($(filter model $(OUT)/vstateless-model $(MODEL_OBJ)/%,$(MAKECMDGOALS)),)
include $(MODEL_OBJ)/ffmpeg.mk
include $(MODEL_OBJ)/dav1d.mk
include $(MODEL_OBJ)/uapi.mk
endif
-include $(MODEL_OBJS:.o=.d)

# -isystem: warnings in libavcodec's sources are not ours.
MODEL_INCLUDES = -isystem $(MODEL_FFMPEG)/obj -isystem $(MODEL_FFMPEG)/src \
	-I$(MODEL_DIR) -I$(MODEL_DIR)/../include $(MODEL_UAPI)

$(addprefix $(MODEL_OBJ)/,$(MODEL_CODEC_SRCS:.c=.o)): MODEL_CFLAGS += -DHAVE_AV_CONFIG_H \
	-DBUILDING_avcodec -D_ISOC11_SOURCE -D_FILE_OFFSET_BITS=64 -D_POSIX_C_SOURCE=200112 \
	-D_XOPEN_SOURCE=600 -fno-math-errno -fno-signed-zeros -fno-tree-vectorize

# dav1d's config.h has to be found before FFmpeg's.
$(addprefix $(MODEL_OBJ)/,$(MODEL_DAV1D_SRCS:.c=.o)): MODEL_FIRST = -isystem $(MODEL_DAV1D)/obj \
	-isystem $(MODEL_DAV1D)/obj/include -isystem $(MODEL_DAV1D)/src/include -isystem $(MODEL_DAV1D)/src

$(MODEL_OBJ)/%.o: $(MODEL_DIR)/%.c $(MODEL_OBJ)/ffmpeg.mk $(MODEL_OBJ)/dav1d.mk \
		$(MODEL_OBJ)/uapi.mk
	$(MODEL_CC) $(MODEL_CFLAGS) $(MODEL_FIRST) $(MODEL_INCLUDES) -c -o $@ $<

# Our objects come first: each defines every symbol of the source that it
# includes, so the linker never takes the archive's copy of that source.
$(OUT)/vstateless-model: $(MODEL_OBJS)
	$(MODEL_CC) $(MODEL_LDFLAGS) -o $@ $^ $(MODEL_FFMPEG)/obj/libavcodec/libavcodec.a \
		$(MODEL_FFMPEG)/obj/libavutil/libavutil.a \
		$(MODEL_DAV1D)/obj/src/libdav1d.a -lm

.PHONY: model
model: $(OUT)/vstateless-model ## build the model (OUT=DIR, MODEL_SANITIZE=1)
