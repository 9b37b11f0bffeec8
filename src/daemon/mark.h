/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <json-c/json.h>

/* Small facts about single patches that outlive the daemon: FOLDER/NAME.json below the state folder, NAME
 * being a reference or a word without "=". Each is written whole or not at all. */

#define MARK_ATTEMPTS   "attempts"
#define MARK_QUARANTINE "quarantine"
#define MARK_HOLDS      "holds"
#define MARK_IMPORTS    "imports"
#define MARK_TRIALS     "trials"
#define MARK_POSTPONED  "postponed"

typedef struct json_object JsonObject;

/* o stays the caller's. */
int mark_write(const char *state_dir, const char *folder, const char *name, JsonObject *o, Failure *f);

/* Changes nothing. Errors: -ENOENT; -EBADMSG where it is damaged; any other says nothing of the file. */
int mark_read(const char *state_dir, const char *folder, const char *name, JsonObject **ret);

/* The same, but one that is damaged is set aside and then is not there: -ENOENT. */
int mark_read_or_lose(const char *state_dir, const char *folder, const char *name, JsonObject **ret);

/* Renames one that is damaged to NAME.json.broken, and says so in the log. */
void mark_set_aside(const char *state_dir, const char *folder, const char *name);

/* 1 or 0, whatever it holds. */
int mark_exists(const char *state_dir, const char *folder, const char *name);

/* 1 or 0: whether one was set aside. */
int mark_was_lost(const char *state_dir, const char *folder, const char *name);

/* One that is not there is fine. */
int mark_remove(const char *state_dir, const char *folder, const char *name, Failure *f);
int mark_remove_lost(const char *state_dir, const char *folder, const char *name, Failure *f);

/* The names, sorted; freed by strv_free(). */
int mark_list(const char *state_dir, const char *folder, char ***ret_names, Failure *f);
int mark_list_with_lost(const char *state_dir, const char *folder, char ***ret_names, Failure *f);

/* A member, or "" and 0 where there is none of that type. The text is o's. */
const char *mark_get_text(JsonObject *o, const char *key);
uint64_t mark_get_number(JsonObject *o, const char *key);

/* The present time as marks and generations have it (RFC 3339); the caller frees. NULL when memory is out.
 */
char *mark_now(void);

/* The same of when one was written last, also one that was set aside. */
char *mark_written(const char *state_dir, const char *folder, const char *name);
