# SPDX-License-Identifier: LGPL-2.1-or-later
# Targets of the tests; included by the Makefile.

#= AREAS="fate fault"     what make check runs: areas, all, once or version
#= VECTORS=DIR            conformance: folder with streams and md5.txt
#= CODEC=avc              conformance: only this folder of VECTORS
#= DEVICE=/dev/media0     demo: a real decoder instead of the virtual one

AREAS ?= all
RUN := $(ROOT)/tests/run
TEST_TOOLS := $(BUILD)/tests/$(FFMPEG_VERSION)

check: check-build ## build what is missing, run all tests
	@$(RUN) $(AREAS)

check-build: all ## build what the tests need: FFmpeg, kernel, driver, model, clients
	@$(ROOT)/tests/prepare

check-fate: check-build ## all streams in all ways against software
	@$(RUN) fate

check-static: ## shellcheck, checkpatch, licences
	@$(RUN) static

check-uml: check-build ## test the runner of the test kernel
	@$(RUN) uml

demo: ## decode camera footage through the hwaccel, compare with software
	@+$(ROOT)/tests/demo/run $(if $(DEVICE),--device '$(DEVICE)')

demo-build: check-build
demo-build-device: all

.PHONY: demo demo-build demo-build-device check check-build check-fate check-static check-uml
