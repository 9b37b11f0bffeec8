/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* "a, b": the texts with commas between; the caller frees. NULL when memory is out. */
char *text_list_join(char *const *texts);
