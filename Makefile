# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tree of each FFmpeg version is made by tools/ffmpeg-tree and built by
# FFmpeg's own Makefile; what ./configure chose is in build/config.mk.

#= FFMPEG=7.1|8.1|9.0     the version to build and test (default: the configured one)
#= PROFILE=full|test      what to build of it (default: the configured one)
#= SANITIZE=1             build with ASan and UBSan, in build/ffmpeg-VERSION-asan
#= JOBS=N                 number of parallel jobs (default: number of processors)
#= DESTDIR=DIR            put in front of the prefix by install
#= V=1                    show the commands

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
SHELL := /bin/sh

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
BUILD := $(ROOT)/build
VERSIONS := 7.1 8.1 9.0

# demo installs what configure needs, and then calls make anew.
NO_CONFIG := help clean distclean patch check-hooks check-patch demo
TEST_GOALS := $(filter check% demo% fate% conformance% bench%,$(MAKECMDGOALS))

-include $(BUILD)/config.mk
ifeq ($(wildcard $(BUILD)/config.mk),)
FFMPEG = 7.1
# Tests want the small build, everything else the one to install.
PROFILE = $(if $(TEST_GOALS),test,full)
ifneq ($(if $(MAKECMDGOALS),$(filter-out $(NO_CONFIG),$(MAKECMDGOALS)),all),)
$(BUILD)/config.mk:
	+cd $(ROOT) && ./configure --ffmpeg=$(FFMPEG) --profile=$(PROFILE)
endif
endif

JOBS ?= $(shell nproc)
SOURCE := $(if $(filter custom,$(FFMPEG)),$(CUSTOM_SOURCE),$(FFMPEG))
TREE := $(BUILD)/ffmpeg-$(FFMPEG)$(if $(SANITIZE),-asan)
# Tests need the small, static build: beside a full one it has its own tree.
ifneq ($(TEST_GOALS),)
ifeq ($(PROFILE)$(filter command,$(origin PROFILE)),full)
PROFILE := test
TREE := $(TREE)-test
endif
endif

# A make that was not told how many jobs to run would compile one file at a time.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
# Two makes at once in one tree would break each other's files.
lock = flock $(TREE).lock
# tests/uml/run puts build/ffmpeg-$FFMPEG_VERSION first on its PATH.
export FFMPEG_VERSION := $(notdir $(TREE:$(BUILD)/ffmpeg-%=%))
# The compiler's cache is for all checkouts: their own paths are no part of its keys.
CACHE := $(or $(V4L2REQUEST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ffmpeg-v4l2request)
export CCACHE_DIR ?= $(CACHE)/ccache
export CCACHE_BASEDIR := $(ROOT)
export CCACHE_NOHASHDIR := 1
# Our variables are none of FFmpeg's Makefile, whose tests use FFMPEG too.
unexport FFMPEG PROFILE PREFIX SANITIZE
MAKEOVERRIDES =
# Libraries outside the loader's path are found by the programs' rpath.
rpath = $(if $(filter full,$(PROFILE)),$(if $(filter-out /usr /usr/local,$(PREFIX)),--enable-rpath))

##@ Build

all: tree ## build the configured FFmpeg, with our hwaccel in it
	+@$(lock) $(MAKE) -C $(TREE) $(jobs)
	@$(lock) $(ROOT)/tools/build-info '$(TREE)' $(if $(rpath),'$(PREFIX)/lib')

tree: ## only get, patch and configure its source
	@{ printf '%s\n' '--prefix=$(PREFIX)' $(rpath) $(if $(UAPI_OPTION),'--extra-cflags=$(UAPI_OPTION)') && \
	    $(ROOT)/tools/ffmpeg-options $(PROFILE) $(if $(SANITIZE),--sanitize) && \
	    cat $(BUILD)/options; } >$(TREE).options
	@$(lock) $(ROOT)/tools/ffmpeg-tree '$(SOURCE)' '$(TREE)' '$(TREE).options'

install: all ## install it below the prefix that configure was given
	+@$(lock) $(MAKE) -C $(TREE) install DESTDIR='$(DESTDIR)'
	@$(ROOT)/tools/install-tools install '$(TREE)' '$(DESTDIR)$(PREFIX)'

uninstall: ## remove what install put there
	+@$(lock) $(MAKE) -C $(TREE) uninstall DESTDIR='$(DESTDIR)'
	@$(ROOT)/tools/install-tools uninstall '$(TREE)' '$(DESTDIR)$(PREFIX)'

patch: ## write build/patches/ffmpeg-VERSION-v4l2request.diff for each FFmpeg version
	@for version in $(VERSIONS); do $(ROOT)/tools/make-patch $$version $(BUILD)/patches || exit 1; done

##@ Test

fate: all ## run the FATE tests of this project in the tree (they need a decoder)
	+@$(lock) $(MAKE) -C $(TREE) fate-v4l2request

check-hooks: ## test the hooks on all FFmpeg versions, and their applier
	@$(ROOT)/tests/hooks.sh

check-patch: ## test the patches: patch -p1 on pristine trees must give the patched trees
	@$(ROOT)/tests/patch.sh

-include $(ROOT)/tests/tests.mk

##@ Clean

clean: ## remove objects and programs, keep trees and configuration
	+@for tree in $(wildcard $(BUILD)/ffmpeg-*/ffbuild/config.mak); do \
	    $(MAKE) -C "$${tree%/ffbuild/config.mak}" clean || exit 1; done
	rm -rf $(BUILD)/patches

distclean: ## remove everything that was built, the configuration too (the cache stays)
	rm -rf $(BUILD)

##@ Help

help: ## list the targets and variables
	@awk -f $(ROOT)/tools/make-help.awk $(MAKEFILE_LIST)

.PHONY: all tree install uninstall patch fate check-hooks check-patch clean distclean help
