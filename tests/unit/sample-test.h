/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A manifest with every member there is, and a root with two keys, valid but signed by nobody. */
extern const char sample_manifest[];
extern const char sample_root[];
