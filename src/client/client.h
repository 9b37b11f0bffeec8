/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json.h"
#include "options.h"
#include "terminal.h"

/* What a verb works with: its command line, where its output goes, and in JSON the reply that main() prints
 * when the verb is done, whatever became of it. */
struct Client {
        Options options;
        Terminal out;
        Terminal err;
        json_object *reply; /* owned; NULL where text is wanted */
};

/* What `cve` answers with where not all holes are closed: none that the table of failures has. */
#define CVE_STATUS_OPEN    70
#define CVE_STATUS_UNKNOWN 71

/* How long a verb that only reads may take, in seconds, once kpatchd runs. */
#define STATUS_LIMIT 2
#define READ_LIMIT   10
/* And how long those with the first of these limits take in all where kpatchd has to be started for them: a
 * machine that is booting, or is slow, needs some. */
#define STATUS_START_LIMIT 15
/* And one that asks polkit first: people need time to find their password. */
#define CHANGE_LIMIT 600
