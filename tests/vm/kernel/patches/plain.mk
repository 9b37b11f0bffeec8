# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds a module that is no patch of the kit's, but is called like one. Set MODULE and SOURCE.
KDIR ?= /lib/modules/$(shell uname -r)/build
OUT ?= build
out := $(abspath $(OUT))
MAKEOVERRIDES :=

.PHONY: all
all:
	@mkdir -p "$(out)"
	@cp -pu $(SOURCE) "$(out)/$(MODULE).c"
	@echo 'obj-m := $(MODULE).o' >"$(out)/Kbuild"
	+$(MAKE) -C "$(KDIR)" M="$(out)" $(if $(W),W=$(W)) modules
