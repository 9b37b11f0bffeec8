#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

# The first call starts the daemon, on a machine that has just been started.
answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers

say "up again, with the other patch and without the fatal one"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
in_kernel kpatch_test_fatal && fail "the fatal patch is in force"
expect_output 'fatal=1.*quarantine' kpatchctl status
expect_output '^fatal=1 ' kpatchctl quarantine
[[ $(kpatchctl quarantine --json | jq -r '.quarantine[].patch') == fatal=1 ]] || fail "what is quarantined"
expect_output 'is quarantined' journalctl -b -u kpatchd-reapply

say "whoever asks for it by name gets it"
step "apply, while nobody reads /proc/version" kpatchctl apply fatal
in_kernel kpatch_test_fatal || fail "not in force"
[[ $(kpatchctl quarantine --json | jq '.quarantine | length') -eq 0 ]] || fail "the quarantine is not lifted"

say "the next boot reads it at once"
cat > /etc/systemd/system/reader.service <<'END'
[Unit]
After=kpatchd-reapply.service
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/cat /proc/version
[Install]
WantedBy=sysinit.target
END
step "a unit that does" systemctl enable reader
# An orderly end counts as good, however soon it is.
reboot
