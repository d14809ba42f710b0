# SPDX-License-Identifier: LGPL-2.1-or-later
# Build the kernel module for one kernel

driver_sources := $(wildcard $(TOP)/driver/*.[ch]) $(TOP)/driver/Kbuild \
	$(wildcard $(TOP)/include/*.h)
driver_release = $(shell cat $(KERNEL_BUILD)/include/config/kernel.release)
driver_arch = $(shell grep -qsx CONFIG_UML=y $(KERNEL_BUILD)/.config && echo ARCH=um)
driver_out = $(or $(OUT),$(HOST_OUT)/$(driver_release))
driver_dir = $(driver_out)/module

driver: ## kernel module for the kernel built in KERNEL_BUILD
	@test -f $(KERNEL_BUILD)/include/config/kernel.release || \
		{ echo "$(KERNEL_BUILD) is no build directory of a kernel: set KERNEL_BUILD" >&2; exit 1; }
	@mkdir -p $(driver_dir)
	@ln -sf $(driver_sources) $(driver_dir)/
	$(MAKE) -C $(KERNEL_BUILD) $(driver_arch) M=$(driver_dir) modules
	@cp $(driver_dir)/vstateless.ko $(driver_out)/vstateless.ko

.PHONY: driver
