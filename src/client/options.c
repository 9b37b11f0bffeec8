/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "options.h"

#include "cleanup.h"
#include "display.h"
#include "nearest.h"

#include <getopt.h>

typedef struct OptionInfo {
        char letter;       /* 0: none */
        const char *name;  /* without its dashes */
        const char *value; /* what the help calls its value; NULL: it takes none */
        const char *verbs; /* those that have it, with blanks around each; NULL: all */
        int (*set)(Options *o, const char *value, Failure *f);
        const char *help;
} OptionInfo;

static int set_help(Options *o, const char *value, Failure *f)
{
        o->help = true;
        return 0;
}

static int set_version(Options *o, const char *value, Failure *f)
{
        o->version = true;
        return 0;
}

static int set_json(Options *o, const char *value, Failure *f)
{
        o->json = true;
        return 0;
}

static int set_quiet(Options *o, const char *value, Failure *f)
{
        o->quiet = true;
        return 0;
}

static int set_color(Options *o, const char *value, Failure *f)
{
        static const char *const words[] = {
                [COLOR_AUTO] = "auto",
                [COLOR_ALWAYS] = "always",
                [COLOR_NEVER] = "never",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(words[i], value)) {
                        o->color = (ColorMode) i;
                        return 0;
                }
        return failure_set(f, FAILURE_USAGE, "'--color' takes auto, always or never, not '%s'.", value);
}

static int set_no_ask_password(Options *o, const char *value, Failure *f)
{
        o->no_ask_password = true;
        return 0;
}

static int set_no_pager(Options *o, const char *value, Failure *f)
{
        o->no_pager = true;
        return 0;
}

static int set_scheduled(Options *o, const char *value, Failure *f)
{
        o->scheduled = true;
        return 0;
}

static int set_download(Options *o, const char *value, Failure *f)
{
        o->download = true;
        return 0;
}

static int set_all(Options *o, const char *value, Failure *f)
{
        o->all = true;
        return 0;
}

static int set_kpatch(Options *o, const char *value, Failure *f)
{
        o->kpatch = true;
        return 0;
}

static int set_vex(Options *o, const char *value, Failure *f)
{
        o->vex = true;
        return 0;
}

static int set_dry_run(Options *o, const char *value, Failure *f)
{
        o->dry_run = true;
        return 0;
}

static int set_runtime(Options *o, const char *value, Failure *f)
{
        o->runtime = true;
        return 0;
}

static int set_apply(Options *o, const char *value, Failure *f)
{
        o->apply = true;
        return 0;
}

static int set_output(Options *o, const char *value, Failure *f)
{
        if (value[0] == 0)
                return failure_set(f, FAILURE_USAGE, "'--output' takes a file.");
        o->output = value;
        return 0;
}

static int set_policy(Options *o, const char *value, Failure *f)
{
        if (!streq(value, "strict") && !streq(value, "gradual"))
                return failure_set(f, FAILURE_USAGE, "'--policy' takes strict or gradual, not '%s'.", value);
        o->policy = value;
        return 0;
}

static int set_yes(Options *o, const char *value, Failure *f)
{
        o->yes = true;
        return 0;
}

static int set_from_kpatch(Options *o, const char *value, Failure *f)
{
        o->from_kpatch = true;
        return 0;
}

static int set_cve(Options *o, const char *value, Failure *f)
{
        if (o->n_cves == CVES_MAX)
                return failure_set(f, FAILURE_USAGE, "'--cve' is given more than %d times.", CVES_MAX);
        o->cves[o->n_cves++] = value;
        return 0;
}

/* What packageurl.org makes of a name is nothing but these. */
static int set_product(Options *o, const char *value, Failure *f)
{
        static const char scheme[] = "pkg:";
        bool good = strncmp(value, scheme, strlen(scheme)) == 0 && strchr(value + strlen(scheme), '/');

        for (const char *c = value; *c; c++)
                good = good && *c > ' ' && *c < 0x7f && !strchr("\"\\<>^`{|}", *c);
        if (!good)
                return failure_set(
                                f, FAILURE_USAGE,
                                "'--product' takes a package URL, such as pkg:deb/debian/linux@6.1.1-1, not '%s'.",
                                value);
        if (o->n_products == PRODUCTS_MAX)
                return failure_set(f, FAILURE_USAGE, "'--product' is given more than %d times.",
                                   PRODUCTS_MAX);
        o->products[o->n_products++] = value;
        return 0;
}

static int parse_number(const char *option, const char *value, uint64_t max, uint64_t *ret, Failure *f)
{
        size_t n = strspn(value, "0123456789");

        if (n == 0 || n > 18 || value[n] != 0 || strtoull(value, NULL, 10) > max)
                return failure_set(f, FAILURE_USAGE, "'--%s' takes a number, not '%s'.", option, value);
        *ret = strtoull(value, NULL, 10);
        return 0;
}

static int set_deadline(Options *o, const char *value, Failure *f)
{
        uint64_t seconds;
        int r;

        r = parse_number("deadline", value, UINT32_MAX, &seconds, f);
        if (r < 0)
                return r;
        o->has_deadline = true;
        o->deadline = (uint32_t) seconds;
        return 0;
}

static int set_limit(Options *o, const char *value, Failure *f)
{
        uint64_t number;
        int r;

        r = parse_number("limit", value, UINT32_MAX, &number, f);
        if (r < 0)
                return r;
        o->has_limit = number > 0;
        o->limit = (uint32_t) number;
        return 0;
}

static int set_to(Options *o, const char *value, Failure *f)
{
        o->has_to = true;
        return parse_number("to", value, UINT64_MAX, &o->to, f);
}

/* clang-format off */
static const OptionInfo table[] = {
        { 0,   "all",             NULL,   " apply load unload quarantine ", set_all, "All there are, instead of those named" },
        { 0,   "apply",           NULL,   " import ", set_apply,         "Apply the patch once it is imported" },
        { 0,   "cve",             "CVE",  " apply ", set_cve,          "What closes it; may be repeated" },
        { 'y', "yes",             NULL,   " apply ", set_yes,          "Do not ask, where that changes more than was named" },
        { 0,   "dry-run",         NULL,   " import apply load unload install uninstall rollback quarantine hold unhold remove ", set_dry_run, "Change nothing, but say whether it could be done" },
        { 0,   "from-kpatch",     NULL,   " import ", set_from_kpatch,   "What kpatch has installed, below a folder" },
        { 0,   "runtime",         NULL,   " apply rollback ", set_runtime,        "Until the next boot only" },
        { 0,   "policy",          "POLICY", " apply rollback ", set_policy, "Of tasks in the way: strict or gradual" },
        { 0,   "deadline",        "SECONDS", " apply rollback ", set_deadline, "When a transition is turned back; 0: never" },
        { 0,   "output",          "FILE", " metrics ", set_output,    "Write to a file, at once" },
        { 0,   "scheduled",       NULL,   " refresh ", set_scheduled,  "Leave feeds alone that keep failing, as the timer does" },
        { 0,   "download",        NULL,   " refresh ", set_download,   "Store what they have for this host, whatever their policy" },
        { 0,   "to",              "GENERATION", " rollback ", set_to,    "Go to that generation, back or forth" },
        { 0,   "kpatch",          NULL,   " list ", set_kpatch,        "As 'kpatch list' prints it" },
        { 0,   "vex",             NULL,   " cve ", set_vex,            "Write an OpenVEX document, for scanners" },
        { 0,   "product",         "PURL", " cve ", set_product,        "What scanners call this kernel; may be repeated" },
        { 'n', "limit",           "NUMBER", " history ", set_limit,     "At most so many events" },
        { 0,   "json",            NULL,   NULL,     set_json,            "Answer in JSON" },
        { 'q', "quiet",           NULL,   NULL,     set_quiet,           "Say nothing but errors; of lists, names only" },
        { 0,   "no-ask-password", NULL,   NULL,     set_no_ask_password, "Fail rather than ask for authorization" },
        { 0,   "no-pager",        NULL,   NULL,     set_no_pager,        "Show what is long as it is, not through a pager" },
        { 0,   "color",           "WHEN", NULL,     set_color,           "Colours: auto, always or never" },
        { 'h', "help",            NULL,   NULL,     set_help,            "Show this help" },
        { 0,   "version",         NULL,   NULL,     set_version,         "Show the version" },
};
/* clang-format on */

/* getopt returns this plus the row for an option without a letter. */
#define LONG_BASE 256

static const OptionInfo *option_find(int c)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (c == (row->letter ? row->letter : LONG_BASE + (int) (row - table)))
                        return row;
        return NULL;
}

static void make_getopt_tables(struct option *long_options, char *letters)
{
        /* The colon in front makes getopt tell a missing value from an unknown option. */
        *letters++ = ':';
        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                *long_options++ = (struct option){
                        .name = row->name,
                        .has_arg = row->value ? required_argument : no_argument,
                        .val = row->letter ? row->letter : LONG_BASE + (int) (row - table),
                };
                if (row->letter)
                        *letters++ = row->letter;
                if (row->letter && row->value)
                        *letters++ = ':';
        }
        *long_options = (struct option){};
        *letters = 0;
}

/* letter is what getopt puts into optopt: 0 for a long option that it does not know. */
static int refuse_unknown(const char *word, int letter, Failure *f)
{
        const char *names[ELEMENTSOF(table)];
        const char *nearest;
        size_t n = strcspn(word, "=");
        char name[64];

        if (letter != 0 && option_find(letter))
                return failure_set(f, FAILURE_USAGE, "'--%s' takes no value.", option_find(letter)->name);
        if (letter != 0)
                return failure_set(f, FAILURE_USAGE, "There is no option '-%c'; -h shows those there are.",
                                   letter);

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                names[i] = table[i].name;
        snprintf(name, sizeof(name), "%.*s", n > 2 ? (int) n - 2 : 0, n > 2 ? word + 2 : "");
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        if (nearest)
                return failure_set(f, FAILURE_USAGE, "There is no option '%.*s'; did you mean '--%s'?",
                                   (int) n, word, nearest);
        return failure_set(f, FAILURE_USAGE, "There is no option '%.*s'; -h shows those there are.", (int) n,
                           word);
}

/* Reads all options into o and those that were seen into a mask of rows. Returns the first error. */
static int read_options(Options *o, int argc, char **argv, unsigned *ret_seen, Failure *f)
{
        struct option long_options[ELEMENTSOF(table) + 1];
        char letters[2 * ELEMENTSOF(table) + 2];
        unsigned seen = 0;
        int c, result = 0;

        make_getopt_tables(long_options, letters);
        opterr = 0;
        while ((c = getopt_long(argc, argv, letters, long_options, NULL)) >= 0) {
                const OptionInfo *row = option_find(c);
                Failure *report = result < 0 ? NULL : f;
                int r;

                if (row) {
                        seen |= 1U << (row - table);
                        r = row->set(o, optarg, report);
                } else if (c == ':')
                        r = failure_set(report, FAILURE_USAGE, "'%s' needs a value.", argv[optind - 1]);
                else
                        r = refuse_unknown(argv[optind - 1], optopt, report);
                if (r < 0)
                        result = r;
        }
        *ret_seen = seen;
        return result;
}

static bool is_of_verb(const OptionInfo *row, const Verb *verb)
{
        char word[32];

        snprintf(word, sizeof(word), " %s ", verb->name);
        return !row->verbs || strstr(row->verbs, word);
}

static int check_verb_options(const Verb *verb, unsigned seen, Failure *f)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (seen & (1U << (row - table)) && !is_of_verb(row, verb)) {
                        size_t n = strcspn(row->verbs + 1, " ");

                        return failure_set(f, FAILURE_USAGE, "'--%s' is an option of '%.*s', not of '%s'.",
                                           row->name, (int) n, row->verbs + 1, verb->name);
                }
        return 0;
}

int options_parse(Options *o, int argc, char **argv, Failure *f)
{
        unsigned seen;
        int r;

        r = read_options(o, argc, argv, &seen, f);
        if (r < 0) {
                /* It may have an exit status of its own for that. */
                (void) verb_find(argv[optind], &o->verb, NULL);
                return r;
        }
        o->args = argv + optind;
        if (o->version || (o->help && !o->args[0]))
                return 0;

        r = verb_find(o->args[0], &o->verb, f);
        if (r < 0)
                return r;
        if (o->args[0])
                o->args++;
        while (o->args[o->n_args])
                o->n_args++;
        if (o->help)
                return 0;
        r = check_verb_options(o->verb, seen, f);
        if (r < 0)
                return r;
        if (o->n_args < o->verb->min_args || o->n_args > o->verb->max_args)
                return failure_set(f, FAILURE_USAGE, "Too %s arguments: it is 'kpatchctl %s%s%s'.",
                                   o->n_args < o->verb->min_args ? "few" : "many", o->verb->name,
                                   o->verb->arguments[0] ? " " : "", o->verb->arguments);
        return 0;
}

/* What an option does, and in the help of all verbs of which it is. */
static void print_meaning(const OptionInfo *row, bool with_verbs, const Terminal *out, size_t indent)
{
        char text[512];

        if (with_verbs)
                snprintf(text, sizeof(text), "%s (%.*s)", row->help, (int) strlen(row->verbs) - 2,
                         row->verbs + 1);
        else
                snprintf(text, sizeof(text), "%s", row->help);
        display_write_wrapped(out, text, indent);
        fputc('\n', out->file);
}

void options_print_help(const Terminal *out, const Verb *verb)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                char text[64];
                int n;

                if (verb && !is_of_verb(row, verb))
                        continue;
                snprintf(text, sizeof(text), "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
                         row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
                         row->value ? "=" : "", strempty(row->value));
                n = fprintf(out->file, "  %-22s ", text);
                print_meaning(row, row->verbs && !verb, out, n > 0 ? (size_t) n : 0);
        }
}
