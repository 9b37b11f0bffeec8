/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Makes text fit for a bus, a journal and a terminal, in place: whatever is not UTF-8, and every control
 * character, becomes a question mark. */
void text_sanitize(char *text);
