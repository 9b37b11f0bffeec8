/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "verbs.h"

#include <stdio.h>

/* The parsed command line. */

typedef enum ColorMode {
        COLOR_AUTO,
        COLOR_ALWAYS,
        COLOR_NEVER,
} ColorMode;

typedef struct Options {
        bool help;
        bool version;
        bool json;
        bool quiet;
        bool no_ask_password;
        bool apply; /* of import */
        bool all;   /* of quarantine */
        bool dry_run;
        bool scheduled;
        bool runtime;       /* of apply */
        const char *policy; /* NULL: not given */
        bool has_deadline;
        uint32_t deadline; /* seconds */
        bool has_limit;
        uint32_t limit; /* of history */
        bool has_to;    /* of rollback */
        uint64_t to;    /* a generation */
        ColorMode color;

        const Verb *verb; /* NULL only where help or version is set */
        char **args;      /* into argv, NULL-terminated: what follows the verb */
        size_t n_args;
} Options;

/* Fills *o, which must be {}. Options may stand anywhere before "--". All of the command line is read even
 * past an error, so that o->json and o->color hold for reporting it. Errors: FAILURE_USAGE. */
int options_parse(Options *o, int argc, char **argv, Failure *f);

/* One line for each option of the verb, or of all verbs where verb is NULL. */
void options_print_help(FILE *out, const Verb *verb);
