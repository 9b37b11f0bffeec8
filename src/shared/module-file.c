/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "module-file.h"

#include "hex.h"
#include "manifest-fields.h"
#include "module-sections.h"

/* The version of the kit's modinfo that is understood here. */
#define KPATCH_ABI "2"

/* While .modinfo is walked: which of its entries were seen. Values are borrowed from the image. */
typedef struct Modinfo {
        const char *name;
        const char *vermagic;
        const char *abi;
        const char *build_id;
        const char *replace;
        const char *livepatch;
        ModuleFile *module;
        Failure *failure;
} Modinfo;

static int invalid(Failure *f, const char *what)
{
        return failure_set(f, FAILURE_MODULE_INVALID, "The module's .modinfo %s.", what);
}

static int no_memory(Failure *f)
{
        return failure_set_errno(f, -ENOMEM, "Cannot read the module");
}

static int take_single(Modinfo *info, const char **slot, const char *value)
{
        if (*slot)
                return invalid(info->failure, "has an entry twice that may be there once");
        *slot = value;
        return 0;
}

static int take_name(Modinfo *info, const char *value)
{
        return take_single(info, &info->name, value);
}

static int take_vermagic(Modinfo *info, const char *value)
{
        return take_single(info, &info->vermagic, value);
}

static int take_abi(Modinfo *info, const char *value)
{
        return take_single(info, &info->abi, value);
}

static int take_build_id(Modinfo *info, const char *value)
{
        return take_single(info, &info->build_id, value);
}

static int take_replace(Modinfo *info, const char *value)
{
        return take_single(info, &info->replace, value);
}

/* The kernel looks for the entry alone, so that it may stand in each of a module's source files. */
static int take_livepatch(Modinfo *info, const char *value)
{
        info->livepatch = value;
        return 0;
}

static int parse_sympos(const char *text, uint32_t *ret)
{
        size_t n = strspn(text, "0123456789");
        unsigned long value;

        if (n == 0 || n > 9 || text[n] != 0)
                return -EINVAL;
        value = strtoul(text, NULL, 10);
        *ret = (uint32_t) value;
        return 0;
}

/* "object:name,sympos" */
static int take_function(Modinfo *info, const char *value)
{
        ModuleFile *m = info->module;
        const char *colon = strchr(value, ':'), *comma = strrchr(value, ',');
        ManifestFunction *larger, *function;

        if (!colon || !comma || comma < colon)
                return invalid(info->failure, "has a kpatch_func that is not like vmlinux:name,0");
        if (m->n_functions >= MANIFEST_FUNCTIONS_MAX)
                return invalid(info->failure, "names too many functions");
        larger = reallocarray(m->functions, m->n_functions + 1, sizeof(*m->functions));
        if (!larger)
                return no_memory(info->failure);
        m->functions = larger;
        function = &m->functions[m->n_functions++];
        *function = (ManifestFunction){
                .object = strndup(value, (size_t) (colon - value)),
                .name = strndup(colon + 1, (size_t) (comma - colon - 1)),
        };
        if (!function->object || !function->name)
                return no_memory(info->failure);
        if (!module_name_is_valid(function->object) || strlen(function->name) > MANIFEST_SYMBOL_MAX ||
            !manifest_symbol_is_valid(function->name) || parse_sympos(comma + 1, &function->sympos) < 0)
                return invalid(info->failure, "has a kpatch_func that is not like vmlinux:name,0");
        FOREACH_ARRAY (other, m->functions, m->n_functions - 1)
                if (manifest_function_equal(other, function))
                        return invalid(info->failure, "names a function twice");
        return 0;
}

static const struct {
        const char *key;
        int (*take)(Modinfo *info, const char *value);
} entries[] = {
        { "name=", take_name },
        { "vermagic=", take_vermagic },
        { "livepatch=", take_livepatch },
        { "kpatch_abi=", take_abi },
        { "kpatch_build_id=", take_build_id },
        { "kpatch_replace=", take_replace },
        { "kpatch_func=", take_function },
};

static int read_modinfo(Modinfo *info, const ModuleSections *sections)
{
        const char *end = sections->modinfo + sections->modinfo_size;
        int r;

        /* The last byte is a NUL, so that strlen() stays within. */
        for (const char *s = sections->modinfo; s < end; s += strlen(s) + 1)
                FOREACH_ARRAY (entry, entries, ELEMENTSOF(entries)) {
                        if (strncmp(s, entry->key, strlen(entry->key)) != 0)
                                continue;
                        r = entry->take(info, s + strlen(entry->key));
                        if (r < 0)
                                return r;
                }
        return 0;
}

static int take_core(ModuleFile *m, const Modinfo *info)
{
        if (!streq(info->abi, KPATCH_ABI))
                return failure_set(info->failure, FAILURE_ENGINE_UNSUPPORTED,
                                   "The patch was built with version %.20s of the patch kit's interface, "
                                   "and version " KPATCH_ABI " is known.",
                                   info->abi);
        m->engine = "core";
        if (!info->build_id || hex_decode(info->build_id, m->target_build_id, BUILD_ID_SIZE) < 0)
                return invalid(info->failure, "does not say for which kernel build the patch is");
        m->has_target_build_id = true;
        if (m->n_functions == 0)
                return invalid(info->failure, "names no function that the patch replaces");
        if (info->replace && !streq(info->replace, "0") && !streq(info->replace, "1"))
                return invalid(info->failure, "has a kpatch_replace that is neither 0 nor 1");
        m->replace = info->replace && streq(info->replace, "1");
        return 0;
}

static int take_modinfo(ModuleFile *m, const Modinfo *info)
{
        Failure *f = info->failure;

        if (!info->name || !module_name_is_valid(info->name))
                return invalid(f, "does not say the module's name");
        if (!info->vermagic || !*info->vermagic || !manifest_line_is_valid(info->vermagic))
                return invalid(f, "does not say the module's vermagic");
        m->name = strdup(info->name);
        m->vermagic = strdup(info->vermagic);
        if (!m->name || !m->vermagic)
                return no_memory(f);
        if (info->abi && info->livepatch)
                return invalid(f, "has the marks of two engines");
        if (info->abi)
                return take_core(m, info);
        if (!info->livepatch)
                return failure_set(f, FAILURE_NOT_A_PATCH, "The kernel module %s is not a live patch.",
                                   m->name);
        if (m->n_functions > 0)
                return invalid(f, "has entries of another engine");
        m->engine = "livepatch";
        return 0;
}

int module_file_parse(const void *data, size_t size, ModuleFile **ret, Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *m = calloc(1, sizeof(*m));
        Modinfo info = { .module = m, .failure = f };
        ModuleSections sections;
        int r;

        if (!m)
                return no_memory(f);
        r = module_sections_find(data, size, &sections, f);
        if (r < 0)
                return r;
        r = read_modinfo(&info, &sections);
        if (r < 0)
                return r;
        r = take_modinfo(m, &info);
        if (r < 0)
                return r;
        if (sections.build_id_note) {
                if (elf_notes_find_build_id(sections.build_id_note, sections.build_id_note_size,
                                            m->build_id) < 0)
                        return failure_set(f, FAILURE_MODULE_INVALID, "The module's build-id is broken.");
                m->has_build_id = true;
        }
        *ret = TAKE_PTR(m);
        return 0;
}

ModuleFile *module_file_free(ModuleFile *m)
{
        if (!m)
                return NULL;
        free(m->name);
        free(m->vermagic);
        manifest_functions_free(m->functions, m->n_functions);
        free(m);
        return NULL;
}
