# FATE rows of the V4L2 request hwaccel: each stream of list.txt, decoded in
# each way, against one reference that software decoding made.
#
#   fate-v4l2request                       all of them
#   fate-v4l2request-software, -hw         without, with a device
#   fate-v4l2request-CODEC, -CODEC-NAME    all of a codec, of a stream
#   fate-v4l2request-CODEC-NAME-{software,direct,auto,map,fallback}
#
# GEN=1 with the software rows makes the references; all other rows must never
# be run with it.

V4L2REQUEST_CLIPS ?= $(SRC_PATH)/tests/clips
export V4L2REQUEST_CLIPS

# codec/name/expectation, a word per stream
V4L2REQUEST_ROWS := $(shell awk '!/^\#/ && NF >= 4 { print $$1 "/" $$2 "/" $$4 }' $(V4L2REQUEST_CLIPS)/list.txt)

V4L2REQUEST_MODES-hw       = direct auto map
V4L2REQUEST_MODES-fallback = fallback

V4L2REQUEST_DECODER-mpeg2 = MPEG2VIDEO_DECODER
V4L2REQUEST_DECODER-h264  = H264_DECODER
V4L2REQUEST_HWACCEL-mpeg2 = MPEG2_V4L2REQUEST_HWACCEL
V4L2REQUEST_HWACCEL-h264  = H264_V4L2REQUEST_HWACCEL

V4L2REQUEST_COMMON = RAWVIDEO_ENCODER FRAMEMD5_MUXER FORMAT_FILTER SCALE_FILTER FILE_PROTOCOL PIPE_PROTOCOL

# $(1) group, $(2) codec, $(3) name, $(4) mode
define V4L2REQUEST_TEST
FATE_V4L2REQUEST_$(1)-$$(call ALLYES, $$(V4L2REQUEST_COMMON) $$(V4L2REQUEST_$(if $(filter SW,$(1)),DECODER,HWACCEL)-$(2))) += \
    fate-v4l2request-$(2)-$(3)-$(4)
fate-v4l2request-$(2) fate-v4l2request-$(2)-$(3): fate-v4l2request-$(2)-$(3)-$(4)
fate-v4l2request-$(2)-$(3)-$(4): CMD = runlocal fate/v4l2request.sh $(2) $(3) $(4)
fate-v4l2request-$(2)-$(3)-$(4): REF = $$(SRC_PATH)/tests/ref/fate/v4l2request-$(2)-$(3)
endef

# $(1) codec/name/expectation
define V4L2REQUEST_STREAM
$(call V4L2REQUEST_TEST,SW,$(word 1,$(1)),$(word 2,$(1)),software)
$(foreach mode,$(V4L2REQUEST_MODES-$(word 3,$(1))),$(call V4L2REQUEST_TEST,HW,$(word 1,$(1)),$(word 2,$(1)),$(mode))
)
endef

$(foreach row,$(V4L2REQUEST_ROWS),$(eval $(call V4L2REQUEST_STREAM,$(subst /, ,$(row)))))

FATE_FFMPEG-yes += $(FATE_V4L2REQUEST_SW-yes)

# Like all tests of hardware not part of a plain "make fate".
FATE_HW-yes += $(FATE_V4L2REQUEST_HW-yes)
$(FATE_V4L2REQUEST_HW-yes): ffmpeg$(PROGSSUF)$(EXESUF)

fate-v4l2request-software: $(FATE_V4L2REQUEST_SW-yes)
fate-v4l2request-hw: $(FATE_V4L2REQUEST_HW-yes)
fate-v4l2request: fate-v4l2request-software fate-v4l2request-hw
