# SPDX-License-Identifier: LGPL-2.1-or-later
# Build the raw V4L2 client that tests the driver

driver_test_dir := $(TOP)/driver-test
driver_test_out = $(or $(OUT),$(HOST_OUT))

driver-test: ## raw V4L2 client that tests the kernel module
	@mkdir -p $(driver_test_out)
	$(CC) -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wno-missing-field-initializers \
		$(CFLAGS) -I$(TOP)/include \
		-o $(driver_test_out)/driver-test $(wildcard $(driver_test_dir)/*.c) $(LDFLAGS)

.PHONY: driver-test
