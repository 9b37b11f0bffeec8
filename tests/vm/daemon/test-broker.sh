#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The same story on both system buses: dbus-daemon first, then dbus-broker, which the first boot has enabled.
# vm: copy lib.sh watch broker-story.sh
# vm: then broker-story.sh dbus-broker.service
exec "$(dirname "$0")/broker-story.sh" dbus.service
