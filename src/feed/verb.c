/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "verb.h"

#include "nearest.h"

#include <getopt.h>

#define OPTIONS_MAX 24

/* getopt returns this plus the row. */
#define LONG_BASE 256

static size_t count_options(const FeedVerb *verb)
{
        size_t n = 0;

        while (verb->options && verb->options[n].name)
                n++;
        return n;
}

static void print_help(const FeedVerb *verb)
{
        printf("kpatch-feed %s [OPTION...]%s%s\n\n%s.\n\n", verb->name, *verb->arguments ? " " : "",
               verb->arguments, verb->help);
        for (size_t i = 0; i < count_options(verb); i++) {
                const FeedOption *option = &verb->options[i];
                char left[48];

                (void) snprintf(left, sizeof(left), "--%s%s%s", option->name, option->value ? " " : "",
                                strempty(option->value));
                printf("  %-32s %s%s\n", left, option->help, option->required ? " (needed)" : "");
        }
        printf("  %-32s %s\n", "-h, --help", "Show this help");
}

static int store(const FeedOption *option, const char *value, void *options, Failure *f)
{
        void *field = (char *) options + option->offset;
        FeedValues *values = field;

        switch (option->type) {
        case FEED_OPTION_FLAG:
                *(bool *) field = true;
                break;
        case FEED_OPTION_STRING:
                *(const char **) field = value;
                break;
        case FEED_OPTION_VALUES:
                if (values->n == ELEMENTSOF(values->values))
                        return failure_set(f, FAILURE_USAGE, "'--%s' may be given %zu times at most.",
                                           option->name, ELEMENTSOF(values->values));
                values->values[values->n++] = value;
                break;
        }
        return 0;
}

static bool is_given(const FeedOption *option, const void *options)
{
        const void *field = (const char *) options + option->offset;

        return option->type == FEED_OPTION_STRING ? *(const char *const *) field != NULL
                                                  : ((const FeedValues *) field)->n > 0;
}

static int check_complete(const FeedVerb *verb, const void *options, size_t n_args, Failure *f)
{
        for (size_t i = 0; i < count_options(verb); i++)
                if (verb->options[i].required && !is_given(&verb->options[i], options))
                        return failure_set(f, FAILURE_USAGE, "'%s' needs '--%s %s'.", verb->name,
                                           verb->options[i].name, verb->options[i].value);
        if (n_args < verb->min_args || n_args > verb->max_args)
                return failure_set(f, FAILURE_USAGE, "'%s' is used as: kpatch-feed %s [OPTION...]%s%s",
                                   verb->name, verb->name, *verb->arguments ? " " : "", verb->arguments);
        return 0;
}

static int refuse_unknown(const FeedVerb *verb, const char *word, Failure *f)
{
        const char *names[OPTIONS_MAX], *nearest = NULL;
        size_t n = count_options(verb);
        char name[64];

        for (size_t i = 0; i < n; i++)
                names[i] = verb->options[i].name;
        if (strncmp(word, "--", 2) == 0) {
                (void) snprintf(name, sizeof(name), "%.*s", (int) strcspn(word + 2, "="), word + 2);
                nearest = nearest_find(name, names, n);
        }
        if (nearest)
                return failure_set(f, FAILURE_USAGE, "'%s' has no option '%.60s'; is '--%s' meant?",
                                   verb->name, word, nearest);
        return failure_set(f, FAILURE_USAGE, "'%s' has no option '%.60s'; 'kpatch-feed %s -h' shows them.",
                           verb->name, word, verb->name);
}

int feed_verb_parse(const FeedVerb *verb, int argc, char **argv, void *options, char ***ret_args,
                    size_t *ret_n_args, Failure *f)
{
        struct option table[OPTIONS_MAX + 2] = { { .name = "help", .val = 'h' } };
        size_t n = count_options(verb), n_args;
        int c, r;

        for (size_t i = 0; i < n; i++)
                table[1 + i] = (struct option){
                        .name = verb->options[i].name,
                        .has_arg = verb->options[i].value ? required_argument : no_argument,
                        .val = LONG_BASE + (int) i,
                };
        opterr = 0;
        optind = 0;
        while ((c = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
                if (c == 'h') {
                        print_help(verb);
                        return 1;
                }
                if (c == ':')
                        return failure_set(f, FAILURE_USAGE, "'%s' needs a value.", argv[optind - 1]);
                if (c < LONG_BASE)
                        return refuse_unknown(verb, argv[optind - 1], f);
                r = store(&verb->options[c - LONG_BASE], optarg, options, f);
                if (r < 0)
                        return r;
        }
        n_args = (size_t) (argc - optind);
        r = check_complete(verb, options, n_args, f);
        if (r < 0)
                return r;
        *ret_args = argv + optind;
        *ret_n_args = n_args;
        return 0;
}
