# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds a module that patches are made for. Set MODULE and SOURCES, which are not called like it,
# and KPATCH_CFLAGS for more of the compiler's flags.
KDIR ?= /lib/modules/$(shell uname -r)/build
OUT ?= build
out := $(abspath $(OUT))
MAKEOVERRIDES :=

.PHONY: all
all:
	@mkdir -p "$(out)"
	@cp -pu $(SOURCES) $(wildcard *.h) "$(out)/"
	@{ echo 'obj-m := $(MODULE).o'; echo '$(MODULE)-y := $(SOURCES:.c=.o)'; echo 'ccflags-y := $(KPATCH_CFLAGS)'; } >"$(out)/Kbuild"
	+$(MAKE) -C "$(KDIR)" M="$(out)" $(if $(W),W=$(W)) modules
