# SPDX-License-Identifier: LGPL-2.1-or-later
# Targets of the tests; included by the Makefile.

#= AREAS="fate fault"     what make check runs: areas, all, once or version
#= VECTORS=DIR            conformance: folder with streams and md5.txt
#= CODEC=avc              conformance: only this folder of VECTORS
#= DEVICE=/dev/media0     demo: a real decoder instead of the virtual one

AREAS ?= all
RUN := $(ROOT)/tests/run

check: check-build ## build what is missing, run all tests
	@$(RUN) $(AREAS)

check-build: all ## build what the tests need: FFmpeg, kernel, driver, model, clients
	@$(ROOT)/tests/prepare

# What a target says in make help is on its own line, its recipe is common.
check-fate: ## all streams in all ways against software
check-modes: ## other decode modes, start codes, memory, timing, threads, processors
check-formats: ## all layouts of frames, the choice among them
check-fault: ## jobs, system calls, streams and devices that fail
check-driver: ## the kernel module: raw client, v4l2-compliance, Debian's headers
check-driver-debug: ## the module in a kernel with KASAN, lockdep, kmemleak (only when asked for)
check-clients: ## DRM devices, chains of ffmpeg that users type, metadata of frames
check-interop-mpv: ## stock mpv of Debian 13 on our libraries
check-interop-gstreamer: ## stock GStreamer on the virtual decoder
check-interop-controls: ## the same control fields as GStreamer
check-sensitivity-quick: ## each control field, wrong, is noticed as doc/sensitivity.md says
check-sensitivity: ## the same in all streams (only when asked for)
check-sync-removed: ## without DMA_BUF_IOCTL_SYNC frames must be wrong
check-asan: ## streams and faults with ASan and UBSan
check-tools: ## v4l2request-info, v4l2request-dump, codec-sweep, messages of the library
check-valgrind: ## memory errors and leaks around the ioctls
check-uml: ## the runner of the test kernel
in_guest = clients interop-mpv fate modes formats fault driver driver-debug interop-gstreamer interop-controls sensitivity sensitivity-quick sync-removed asan valgrind uml tools
$(in_guest:%=check-%): check-build
	@$(RUN) $(@:check-%=%)

# mpv of Debian 13 is linked to the libraries of FFmpeg 7.1, whatever is tested else.
libs: ## shared libraries of FFmpeg 7.1 for check-interop-mpv, in build/ffmpeg-7.1-libs
	@+$(MAKE) tree all FFMPEG=7.1 PROFILE=libs SANITIZE= TREE=$(BUILD)/ffmpeg-7.1-libs

check-interop-mpv: libs

interop-mpv: check-interop-mpv

interop: check-interop-mpv ## clients that nobody here wrote and that make check leaves out: mpv, weston

interop-gstreamer: ## the same, writes doc/interop-gstreamer.md anew
interop-controls: ## the same, writes doc/interop-controls.md anew
sensitivity: ## each control field, wrong, in all streams: writes doc/sensitivity.md anew
interop-gstreamer interop-controls sensitivity: check-build
	@GEN=1 $(RUN) $@

check-aarch64: ## the copies' NEON functions, cross compiled and on qemu (only when asked for)
	@$(RUN) aarch64

check-static: ## shellcheck, checkpatch, licences
	@$(RUN) static

conformance: check-build ## decode VECTORS=DIR [CODEC=avc], compare with its md5.txt
	@test -n '$(VECTORS)' || { echo 'conformance: VECTORS=DIR is missing' >&2; exit 1; }
	@$(ROOT)/tests/uml/run --mem 2G --timeout 7200 -- $(ROOT)/tests/conformance \
	    $(if $(CODEC),--only '$(CODEC)') '$(abspath $(VECTORS))'

bench: check-build ## speed of a 1080p H.264 film, relative to software
	@$(ROOT)/tests/bench/run

bench-copy: all ## speed of downloads' copies, relative to memcpy and to libyuv
	@$(ROOT)/tests/bench/copy

demo: ## decode camera footage through the hwaccel, compare with software
	@+$(ROOT)/tests/demo/run $(if $(DEVICE),--device '$(DEVICE)')

demo-build: check-build
demo-build-device: all

.PHONY: check check-build check-static check-aarch64 libs interop interop-mpv interop-gstreamer interop-controls sensitivity conformance bench bench-copy demo demo-build demo-build-device $(in_guest:%=check-%)
