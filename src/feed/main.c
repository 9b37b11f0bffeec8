/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* kpatch-feed: what a publisher of patches makes keys, trust roots, signed manifests and feeds with. */

#include "config.h"

#include "cleanup.h"
#include "nearest.h"
#include "verb.h"

/* In the order of their use. */
static const FeedVerb *const verbs[] = {
        &feed_verb_keygen,   &feed_verb_root,   &feed_verb_manifest,  &feed_verb_sign,    &feed_verb_init,
        &feed_verb_add,      &feed_verb_stage,  &feed_verb_timestamp, &feed_verb_publish, &feed_verb_rollout,
        &feed_verb_withdraw, &feed_verb_kernel, &feed_verb_rotate,    &feed_verb_prune,   &feed_verb_mirror,
        &feed_verb_verify,   &feed_verb_show,   &feed_verb_build_id,
};

static void print_help(void)
{
        puts("kpatch-feed VERB [OPTION...] [ARGUMENT...]\n\n"
             "Make keys, trust roots, signed manifests and feeds of live patches for kpatchd.\n");
        FOREACH_ARRAY (verb, verbs, ELEMENTSOF(verbs))
                printf("  %-10s %s\n", (*verb)->name, (*verb)->help);
        puts("\n  -h, --help   Show this help, or that of a verb after it\n"
             "  --version    Show the version");
}

/* NULL, and a failure, where there is none of that name. */
static const FeedVerb *find_verb(const char *name, Failure *f)
{
        const char *names[ELEMENTSOF(verbs)], *nearest;

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                names[i] = verbs[i]->name;
                if (streq(name, names[i]))
                        return verbs[i];
        }
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        if (nearest)
                failure_set(f, FAILURE_USAGE, "There is no verb '%.40s'; is '%s' meant?", name, nearest);
        else
                failure_set(f, FAILURE_USAGE,
                            "There is no verb '%.40s'; 'kpatch-feed -h' shows those that are.", name);
        return NULL;
}

static int run(int argc, char **argv, Failure *f)
{
        _cleanup_free_ void *options = NULL;
        const FeedVerb *verb;
        char **args;
        size_t n_args;
        int r;

        if (argc < 2)
                return failure_set(f, FAILURE_USAGE, "A verb is needed; 'kpatch-feed -h' shows them.");
        if (streq(argv[1], "-h") || streq(argv[1], "--help")) {
                print_help();
                return 0;
        }
        if (streq(argv[1], "--version")) {
                puts("kpatch-feed " KPATCHD_VERSION);
                return 0;
        }
        verb = find_verb(argv[1], f);
        if (!verb)
                return -EINVAL;
        options = calloc(1, verb->options_size + 1);
        if (!options)
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        r = feed_verb_parse(verb, argc - 1, argv + 1, options, &args, &n_args, f);
        if (r != 0)
                return r;
        return verb->run(options, args, n_args, f);
}

int main(int argc, char **argv)
{
        _cleanup_failure_ Failure f = {};

        if (run(argc, argv, &f) >= 0 &&
            (fflush(stdout) == 0 || failure_set_errno(&f, -errno, "Cannot write to standard output") == 0))
                return EXIT_SUCCESS;
        fprintf(stderr, "kpatch-feed: %s\n", failure_sentence(&f));
        return failure_info(f.kind)->exit_code;
}
