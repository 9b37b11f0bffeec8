/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Payloads with every member there is, valid but signed by nobody. */
extern const char sample_manifest[];
extern const char sample_root[]; /* with two keys */
extern const char sample_timestamp[];
extern const char sample_feed[];
extern const char sample_index[];
