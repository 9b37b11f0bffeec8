# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds a patch module. A patch's Makefile is two lines:
#
#   MODULE := kpatch_example
#   include /usr/share/kpatchd/kit/kpatch.mk
#
# and is called as
#
#   make KDIR=/path/to/headers OUT=/path/to/build [BUILD_ID=hex | VMLINUZ=/path/to/kernel]
#
# MODULE    the module's name
# SOURCES   its C files; default: $(MODULE).c
# KPATCH_CFLAGS  more flags for the compiler
# KDIR      headers of the kernel that is to be patched; default: of the running one
# OUT       where everything is built; relative to the patch's directory; default: ./build.
#           The sources are never written to. Holds $(MODULE).ko afterwards.
# BUILD_ID  build-id of the kernel that is to be patched, in hex; found by itself (kpatch-buildid)
# TARGETS   modules of that kernel that the patch names in its tables
# MODULES   folder where their files are found; default: /lib/modules/ of the kernel that KDIR is for
# VMLINUZ   kernel image, vmlinux or notes file to take it from, where it is not in /boot
# CORE      a folder where kpatch_core was built for KDIR; default: built beside the patch
# DEBUG     1 keeps the debug information, which makes the module large and tells where it was built
# V, W, C, CF, CHECK, CC, LLVM, ARCH and CROSS_COMPILE are handed on to kbuild.

kpatch_kit := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
kpatch_headers := $(foreach header,kpatch.h kpatch-info.h kpatch-trampoline.h kpatch-extern.h kpatch-shadow.h,"$(kpatch_kit)/$(header)")
kpatch_core_src := $(dir $(firstword $(wildcard $(kpatch_kit)/core/Kbuild $(kpatch_kit)/../kmod-core/Kbuild)))

KDIR ?= /lib/modules/$(shell uname -r)/build
OUT ?= build
SOURCES ?= $(MODULE).c

out := $(abspath $(OUT))
CORE ?= $(out)/kpatch_core
core := $(abspath $(CORE))
headers := $(wildcard *.h)
objects := $(SOURCES:.c=.o)

# Only these reach kbuild: a variable of ours that happens to be one of its own must not.
MAKEOVERRIDES :=
kbuild_args := $(foreach v,V W C CF CHECK CC LLVM ARCH CROSS_COMPILE,$(if $($(v)),$(if $(filter command environment,$(firstword $(origin $(v)))),$(v)="$($(v))")))

.PHONY: all clean
all: $(core)/Module.symvers
	$(if $(MODULE),,$(error set MODULE to the module's name))
	@test -e "$(KDIR)/Makefile" || { echo "$(KDIR): no kernel headers there; set KDIR" >&2; exit 1; }
	@mkdir -p "$(out)"
	@cp -pu $(SOURCES) $(headers) $(kpatch_headers) "$(out)/"
	@set -e; id="$(BUILD_ID)"; \
	test -n "$$id" || id=$$("$(kpatch_kit)/kpatch-buildid" $(if $(VMLINUZ),"$(VMLINUZ)",--kdir "$(KDIR)")); \
	targets=; \
	for target in $(TARGETS); do \
		target_id=$$("$(kpatch_kit)/kpatch-buildid" --module "$$target" $(if $(MODULES),"$(MODULES)",--kdir "$(KDIR)")); \
		targets="$$targets $$target=$$target_id"; \
	done; \
	sum=$$({ cat $(SOURCES) $(headers) $(kpatch_headers); echo "$$id$$targets"; } | sha256sum); \
	{ \
		echo 'obj-m := $(MODULE).o'; \
		$(if $(filter-out $(MODULE).o,$(objects)),echo '$(MODULE)-y := $(objects)';) \
		echo 'ccflags-y := -I$$(src) $(KPATCH_CFLAGS)'; \
		echo "ccflags-y += -DKPATCH_BUILD_ID='\"$$id\"' -DKPATCH_CHECKSUM='\"$${sum%% *}\"'"; \
		for target in $$targets; do \
			echo "ccflags-y += -DKPATCH_TARGET_$${target%=*}='\"$${target#*=}\"'"; \
		done; \
	} >"$(out)/Kbuild"
	+$(MAKE) -C "$(KDIR)" M="$(out)" KBUILD_EXTRA_SYMBOLS="$(core)/Module.symvers" \
		KCFLAGS="$(KCFLAGS) -ffile-prefix-map=$(out)/=" $(kbuild_args) modules
	$(if $(DEBUG),,@$(CROSS_COMPILE)strip --strip-debug "$(out)/$(MODULE).ko")

# What a patch imports from kpatch_core, with the checksums that this kernel's configuration asks for.
$(core)/Module.symvers:
	$(if $(kpatch_core_src),,$(error the source of kpatch_core is not beside the kit; set CORE))
	+$(MAKE) -C "$(kpatch_core_src)" KDIR="$(KDIR)" OUT="$(core)" $(kbuild_args)

clean:
	@test ! -e "$(out)/Kbuild" || $(MAKE) -C "$(KDIR)" M="$(out)" clean
