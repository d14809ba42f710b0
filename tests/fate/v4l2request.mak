# FATE rows of the V4L2 request hwaccel: each stream of list.txt, decoded in
# each way, against one reference that software decoding made.
#
#   fate-v4l2request                       all of them
#   fate-v4l2request-software, -hw         without, with a device
#   fate-v4l2request-CODEC, -CODEC-NAME    all of a codec, of a stream
#   fate-v4l2request-CODEC-NAME-{software,direct,auto,map,fallback,refused}
#
# GEN=1 makes references, in the software rows only.

V4L2REQUEST_CLIPS ?= $(SRC_PATH)/tests/clips
export V4L2REQUEST_CLIPS

# codec/name for each stream, codec/name/mode for each test with a device. A tree
# may lack the streams (a patch cannot carry them), but then nobody may believe
# that they were tested.
ifneq (,$(wildcard $(V4L2REQUEST_CLIPS)/list.txt))
V4L2REQUEST_STREAMS := $(shell awk '!/^\#/ && NF >= 4 { print $$1 "/" $$2 }' $(V4L2REQUEST_CLIPS)/list.txt)
V4L2REQUEST_ROWS := $(shell awk -f $(SRC_PATH)/tests/fate/v4l2request-rows.awk $(V4L2REQUEST_CLIPS)/list.txt)
else ifneq (,$(filter fate-v4l2request%,$(MAKECMDGOALS)))
$(error $(V4L2REQUEST_CLIPS) has no list.txt: set V4L2REQUEST_CLIPS to the folder of the streams)
endif

V4L2REQUEST_SW-mpeg2 = MPEG2VIDEO_DECODER
V4L2REQUEST_SW-h264  = H264_DECODER
V4L2REQUEST_SW-hevc  = HEVC_DECODER
V4L2REQUEST_SW-vp8   = VP8_DECODER
V4L2REQUEST_SW-vp9   = VP9_DECODER
V4L2REQUEST_SW-av1   = LIBDAV1D_DECODER
V4L2REQUEST_HW-mpeg2 = MPEG2_V4L2REQUEST_HWACCEL
V4L2REQUEST_HW-h264  = H264_V4L2REQUEST_HWACCEL
V4L2REQUEST_HW-hevc  = HEVC_V4L2REQUEST_HWACCEL
V4L2REQUEST_HW-vp8   = VP8_V4L2REQUEST_HWACCEL
V4L2REQUEST_HW-vp9   = VP9_V4L2REQUEST_HWACCEL
V4L2REQUEST_HW-av1   = AV1_V4L2REQUEST_HWACCEL

V4L2REQUEST_COMMON = RAWVIDEO_ENCODER FRAMEMD5_MUXER FORMAT_FILTER SCALE_FILTER FILE_PROTOCOL PIPE_PROTOCOL

# $(1) group (SW or HW), $(2) codec, $(3) name, $(4) mode
define V4L2REQUEST_TEST
FATE_V4L2REQUEST_$(1) += fate-v4l2request-$(2)-$(3)-$(4)
fate-v4l2request-$(2) fate-v4l2request-$(2)-$(3): fate-v4l2request-$(2)-$(3)-$(4)
fate-v4l2request-$(2)-$(3)-$(4): CMD = runlocal fate/v4l2request.sh $(2) $(3) $(4)
fate-v4l2request-$(2)-$(3)-$(4): REF = $(SRC_PATH)/tests/ref/fate/v4l2request-$(2)-$(3)

endef

# A test exists when the build has what it needs.
V4L2REQUEST_TEST_IF = $(if $(call ALLYES, $(V4L2REQUEST_COMMON) $(V4L2REQUEST_$(1)-$(2))),$(call V4L2REQUEST_TEST,$(1),$(2),$(3),$(4)))

# $(1) group, $(2) codec name mode
V4L2REQUEST_ROW = $(call V4L2REQUEST_TEST_IF,$(1),$(word 1,$(2)),$(word 2,$(2)),$(word 3,$(2)))

$(foreach row,$(V4L2REQUEST_STREAMS),$(eval $(call V4L2REQUEST_ROW,SW,$(subst /, ,$(row)/software))))
$(foreach row,$(V4L2REQUEST_ROWS),$(eval $(call V4L2REQUEST_ROW,HW,$(subst /, ,$(row)))))

FATE_FFMPEG-yes += $(FATE_V4L2REQUEST_SW)

# Like all tests of hardware not part of a plain "make fate".
FATE_HW-yes += $(FATE_V4L2REQUEST_HW)
$(FATE_V4L2REQUEST_HW): ffmpeg$(PROGSSUF)$(EXESUF)
$(FATE_V4L2REQUEST_HW): override GEN =

fate-v4l2request-software: $(FATE_V4L2REQUEST_SW)
fate-v4l2request-hw: $(FATE_V4L2REQUEST_HW)
fate-v4l2request: fate-v4l2request-software fate-v4l2request-hw
