/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before everything else, so that every line in the log says whose it is. */
#define pr_fmt(fmt) "kpatch_core: " fmt
