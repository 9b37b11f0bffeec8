#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: append kpatchd.apply=0
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

is_patched && fail "applied in spite of kpatchd.apply=0"
[[ ! -e $SYSFS ]] || fail "even the core is loaded"
expect_output 'kpatchd.apply=0' kpatchctl status
[[ $(state_of fix) == stored ]] || fail "status says $(state_of fix)"
step "by hand it is applied" kpatchctl apply fix
is_patched || fail "not patched"
step "and kpatchd --reapply leaves all alone" /usr/libexec/kpatchd/kpatchd --reapply
in_kernel kpatch_sample_hardening && fail "kpatchd --reapply applied something"
systemctl mask dbus.socket dbus.service
# In the next boot the core must not stop the machine, until somebody lets it.
budget=/sys/module/kpatch_core/parameters/pause_budget_us
echo 'options kpatch_core pause_budget_us=0' > /etc/modprobe.d/kpatchd-test.conf
cat > /etc/systemd/system/let-it.service << END
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sh -c 'until [ -e $budget ]; do sleep 0.1; done; sleep 4; echo 1000 > $budget'
[Install]
WantedBy=sysinit.target
END
systemctl --quiet enable let-it.service
