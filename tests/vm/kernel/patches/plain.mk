# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds a module that is no patch of the kit's, but is called like one. Set MODULE and SOURCE,
# and KPATCH_CFLAGS for more of the compiler's flags.
KDIR ?= /lib/modules/$(shell uname -r)/build
OUT ?= build
out := $(abspath $(OUT))
MAKEOVERRIDES :=

.PHONY: all
all:
	@mkdir -p "$(out)"
	@cp -pu $(SOURCE) "$(out)/$(MODULE).c"
	@{ echo 'obj-m := $(MODULE).o'; echo 'ccflags-y := $(KPATCH_CFLAGS)'; } >"$(out)/Kbuild"
	+$(MAKE) -C "$(KDIR)" M="$(out)" $(if $(W),W=$(W)) modules
