/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "date.h"
#include "feed-file.h"
#include "hex.h"
#include "manifest-module.h"
#include "source-date.h"
#include "strv.h"
#include "verb.h"

#include <stddef.h>

typedef struct ManifestOptions {
        const char *id;
        const char *version;
        const char *title;
        const char *description;
        const char *severity;
        const char *issued;
        const char *level;
        FeedValues cves;
        const char *release;
        const char *arch;
        const char *distro;
        const char *kernel_build_id;
        FeedValues functions;
        bool no_function;
        bool replace;
        const char *file;
        const char *min_daemon;
        FeedValues supersedes;
        FeedValues depends;
        FeedValues conflicts;
        bool irreversible;
        const char *out;
} ManifestOptions;

static int no_memory(Failure *f)
{
        return failure_set_errno(f, -ENOMEM, "Cannot make the manifest");
}

/* Copies text, where there is one, into a field of the manifest. */
static int set_text(char **field, const char *text, Failure *f)
{
        if (!text)
                return 0;
        *field = strdup(text);
        return *field ? 0 : no_memory(f);
}

static int set_ids(char ***field, const FeedValues *values, Failure *f)
{
        for (size_t i = 0; i < values->n; i++)
                if (strv_append(field, values->values[i]) < 0)
                        return no_memory(f);
        return 0;
}

/* "ID[,CVSS[,URL]]" */
static int add_cve(Manifest *m, const char *text, Failure *f)
{
        ManifestCve *cve = &m->cves[m->n_cves++];
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy;
        int r;

        if (!copy)
                return no_memory(f);
        r = set_text(&cve->id, strsep(&rest, ","), f);
        if (r < 0)
                return r;
        r = set_text(&cve->cvss, strsep(&rest, ","), f);
        if (r < 0)
                return r;
        return set_text(&cve->url, rest, f);
}

static int set_cves(Manifest *m, const FeedValues *values, Failure *f)
{
        int r;

        m->cves = calloc(values->n + 1, sizeof(*m->cves));
        if (!m->cves)
                return no_memory(f);
        for (size_t i = 0; i < values->n; i++) {
                r = add_cve(m, values->values[i], f);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int set_issued(Manifest *m, const ManifestOptions *options, Failure *f)
{
        char text[DATE_TEXT_SIZE];
        time_t now;
        int r;

        if (options->issued)
                return set_text(&m->issued, options->issued, f);
        r = source_date_now(&now, f);
        if (r < 0)
                return r;
        return date_format(now, text) < 0 ? no_memory(f) : set_text(&m->issued, text, f);
}

static int fill_from_options(Manifest *m, const ManifestOptions *options, Failure *f)
{
        const struct {
                char **field;
                const char *text;
        } texts[] = {
                { &m->id, options->id },
                { &m->version, options->version },
                { &m->title, options->title },
                { &m->description, options->description },
                { &m->severity, options->severity },
                { &m->level, options->level },
                { &m->kernel_release, options->release },
                { &m->kernel_arch, options->arch ? options->arch : "x86_64" },
                { &m->kernel_distro, options->distro },
                { &m->min_daemon, options->min_daemon },
        };
        int r;

        FOREACH_ARRAY (text, texts, ELEMENTSOF(texts)) {
                r = set_text(text->field, text->text, f);
                if (r < 0)
                        return r;
        }
        r = set_issued(m, options, f);
        if (r < 0)
                return r;
        r = set_cves(m, &options->cves, f);
        if (r < 0)
                return r;
        r = set_ids(&m->supersedes, &options->supersedes, f);
        if (r < 0)
                return r;
        r = set_ids(&m->depends, &options->depends, f);
        if (r < 0)
                return r;
        m->reversible = !options->irreversible;
        return set_ids(&m->conflicts, &options->conflicts, f);
}

/* The kernel build, which a mainline livepatch does not say. */
static int set_kernel(Manifest *m, const ModuleFile *module, const ManifestOptions *options, Failure *f)
{
        if (options->kernel_build_id &&
            hex_decode(options->kernel_build_id, m->kernel_build_id, BUILD_ID_SIZE) < 0)
                return failure_set(f, FAILURE_USAGE, "'--kernel-build-id' takes 40 hexadecimal digits.");
        if (!module->has_target_build_id && !options->kernel_build_id)
                return failure_set(
                                f, FAILURE_USAGE,
                                "The module does not say for which kernel build it is; '--kernel-build-id' does.");
        if (module->has_target_build_id && options->kernel_build_id &&
            memcmp(m->kernel_build_id, module->target_build_id, BUILD_ID_SIZE) != 0)
                return failure_set(f, FAILURE_BUILD_ID_MISMATCH,
                                   "The module is for another kernel build than '--kernel-build-id' says.");
        return 0;
}

/* "OBJECT:NAME[,SYMPOS]" */
static int add_function(Manifest *m, const char *text, Failure *f)
{
        ManifestFunction *function = &m->functions[m->n_functions++];
        const char *colon = strchr(text, ':'), *comma = strrchr(text, ',');
        size_t digits = comma ? strspn(comma + 1, "0123456789") : 0;

        if (!colon || (comma && (comma < colon || digits == 0 || digits > 9 || comma[1 + digits])))
                return failure_set(f, FAILURE_USAGE,
                                   "'--function' takes OBJECT:NAME or OBJECT:NAME,SYMPOS, not '%s'.", text);
        function->object = strndup(text, (size_t) (colon - text));
        function->name = comma ? strndup(colon + 1, (size_t) (comma - colon - 1)) : strdup(colon + 1);
        if (!function->object || !function->name)
                return no_memory(f);
        function->sympos = comma ? (uint32_t) strtoul(comma + 1, NULL, 10) : 0;
        return 0;
}

/* What a mainline livepatch does not say of itself; kpatchd compares it with what the kernel shows. */
static int set_functions(Manifest *m, const ModuleFile *module, const ManifestOptions *options, Failure *f)
{
        const FeedValues *values = &options->functions;

        if (module->has_target_build_id) {
                if (values->n > 0 || options->no_function || options->replace)
                        return failure_set(
                                        f, FAILURE_USAGE,
                                        "The module names its functions itself: '--function', '--no-function' and "
                                        "'--replace' are for the kernel's own livepatches.");
                return 0;
        }
        if (values->n == 0 && !options->no_function)
                return failure_set(
                                f, FAILURE_USAGE,
                                "The module does not say which functions it replaces; '--function OBJECT:NAME' does, or "
                                "'--no-function' where it has callbacks only.");
        if (values->n > 0 && options->no_function)
                return failure_set(f, FAILURE_USAGE, "'--function' and '--no-function' exclude each other.");
        m->functions = calloc(values->n + 1, sizeof(*m->functions));
        if (!m->functions)
                return no_memory(f);
        m->replace = options->replace;
        for (size_t i = 0; i < values->n; i++) {
                int r = add_function(m, values->values[i], f);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int fill_from_module(Manifest *m, ModuleFile *module, const ManifestOptions *options,
                            const char *bytes, size_t size, const char *path, Failure *f)
{
        const char *slash = strrchr(path, '/');
        const char *file = options->file ? options->file : slash ? slash + 1 : path;
        int r;

        r = set_kernel(m, module, options, f);
        if (r >= 0)
                r = set_functions(m, module, options, f);
        return r < 0 ? r : manifest_take_module(m, module, bytes, size, file, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const ManifestOptions *options = data;
        _cleanup_(manifest_freep) Manifest *m = calloc(1, sizeof(*m)), *check = NULL;
        _cleanup_(module_file_freep) ModuleFile *module = NULL;
        _cleanup_free_ char *bytes = NULL, *text = NULL;
        size_t size;
        int r;

        if (!m)
                return no_memory(f);
        r = feed_file_read(args[0], "module", MODULE_SIZE_MAX, &bytes, &size, f);
        if (r < 0)
                return r;
        r = module_file_parse(bytes, size, &module, f);
        if (r < 0)
                return r;
        r = fill_from_options(m, options, f);
        if (r < 0)
                return r;
        r = fill_from_module(m, module, options, bytes, size, args[0], f);
        if (r < 0)
                return r;
        r = manifest_format(m, &text, f);
        if (r < 0)
                return r;
        /* A manifest that no host would read is not written. */
        r = manifest_parse(text, strlen(text), &check, f);
        if (r < 0)
                return r;
        return feed_file_write(options->out, text, f);
}

/* clang-format off */
#define STRING(name, value, required, field, help) \
        { name, value, FEED_OPTION_STRING, required, offsetof(ManifestOptions, field), help }
#define VALUES(name, value, field, help) \
        { name, value, FEED_OPTION_VALUES, false, offsetof(ManifestOptions, field), help }
static const FeedOption table[] = {
        STRING("id", "ID", true, id, "The patch's id"),
        STRING("version", "VERSION", true, version, "The patch's version"),
        STRING("title", "TEXT", true, title, "What it fixes, in one line"),
        STRING("description", "TEXT", false, description, "What it fixes, in full"),
        STRING("severity", "WORD", false, severity, "low, moderate, important or critical"),
        STRING("issued", "DATE", false, issued, "When it was issued; $SOURCE_DATE_EPOCH or now"),
        VALUES("cve", "ID[,CVSS[,URL]]", cves, "A CVE that it closes; again for more"),
        STRING("release", "RELEASE", false, release, "The kernel's release; the vermagic's first word"),
        STRING("arch", "ARCH", false, arch, "The kernel's architecture; x86_64"),
        STRING("level", "VERSION", false, level, "The kernel package whose fixes a kernel has with it"),
        STRING("distro", "TEXT", false, distro, "Who built the kernel"),
        STRING("kernel-build-id", "HEX", false, kernel_build_id, "Where the module does not say it"),
        VALUES("function", "OBJECT:NAME[,N]", functions, "What a livepatch of the kernel's own replaces; again for more"),
        { "no-function", NULL, FEED_OPTION_FLAG, false, offsetof(ManifestOptions, no_function),
          "Such a livepatch has callbacks only" },
        { "replace", NULL, FEED_OPTION_FLAG, false, offsetof(ManifestOptions, replace),
          "Such a livepatch takes the place of those before it" },
        STRING("file", "NAME", false, file, "The module's file name at the publisher's"),
        STRING("min-daemon", "VERSION", false, min_daemon, "The oldest kpatchd that can apply it"),
        VALUES("supersedes", "ID", supersedes, "A patch that is not needed any more; again for more"),
        VALUES("depends", "ID", depends, "A patch that must be in force; again for more"),
        VALUES("conflicts", "ID", conflicts, "A patch that must not be in force; again for more"),
        { "irreversible", NULL, FEED_OPTION_FLAG, false, offsetof(ManifestOptions, irreversible),
          "It cannot be rolled back" },
        STRING("out", "FILE", true, out, "Where the manifest is written, to be signed; '-' is standard output"),
        {},
};
/* clang-format on */

const FeedVerb feed_verb_manifest = {
        .name = "manifest",
        .arguments = "MODULE.ko",
        .help = "Describe a patch module in a manifest, which 'sign' then signs",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(ManifestOptions),
        .run = run,
};
