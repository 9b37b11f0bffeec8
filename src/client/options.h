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

/* How many a command line may have. */
#define CVES_MAX     64
#define PRODUCTS_MAX 16

typedef struct Options {
        bool help;
        bool version;
        bool json;
        bool quiet;
        bool no_ask_password;
        bool no_pager;
        bool apply;         /* of import */
        bool all;           /* of quarantine and apply */
        bool from_kpatch;   /* of import */
        bool yes;           /* go on where else somebody would be asked */
        bool kpatch;        /* of list */
        bool vex;           /* of cve */
        const char *output; /* of metrics; NULL: standard output */
        bool dry_run;
        bool scheduled;
        bool download;
        bool runtime;               /* of apply */
        const char *policy;         /* NULL: not given */
        const char *cves[CVES_MAX]; /* of apply */
        size_t n_cves;
        const char *products[PRODUCTS_MAX]; /* of cve: package URLs */
        size_t n_products;
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
void options_print_help(const Terminal *out, const Verb *verb);
