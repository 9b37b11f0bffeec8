/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "host-view.h"

#include "cleanup.h"
#include "file.h"
#include "json-build.h"
#include "kernel.h"
#include "page.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/utsname.h>

#define SYSFS "/sys"

/* Where each engine shows what it has, a folder for each module. */
static const struct {
        const char *engine;
        const char *folder;
} places[] = {
        { "core", SYSFS "/kernel/kpatch" },
        { "livepatch", SYSFS "/kernel/livepatch" },
};

typedef struct Visit {
        int (*module)(void *to, const char *engine, const char *module, bool enabled);
        void *to;
} Visit;

static bool is_enabled(const char *folder, const char *module)
{
        _cleanup_free_ char *path = text_format("%s/%s/enabled", folder, module), *line = NULL;

        return path && file_read_line(AT_FDCWD, path, &line) >= 0 && streq(line, "1");
}

static int visit_place(const Visit *v, const char *engine, const char *folder)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, NULL, alphasort), r = 0;

        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;

                if (r >= 0 && entries[i]->d_type == DT_DIR && name[0] != '.')
                        r = v->module(v->to, engine, name, is_enabled(folder, name));
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int visit_modules(const Visit *v)
{
        int r = 0;

        FOREACH_ARRAY (place, places, ELEMENTSOF(places))
                if (r >= 0)
                        r = visit_place(v, place->engine, place->folder);
        return r;
}

/* As far as it can be read: a release that is empty, or no kernel. */
static void read_kernel(Kernel **ret_kernel, struct utsname *ret_name)
{
        if (uname(ret_name) < 0)
                ret_name->release[0] = '\0';
        if (kernel_read(SYSFS, ret_name->release, ret_kernel, NULL) < 0)
                *ret_kernel = NULL;
}

typedef struct Print {
        const Terminal *out;
        bool begun;
} Print;

static int print_module(void *to, const char *engine, const char *module, bool enabled)
{
        Print *p = to;
        const char *label = p->begun ? NULL : "In kernel";

        p->begun = true;
        return page_linef(p->out, label, enabled ? STYLE_GOOD : STYLE_PLAIN, "%s, %s by %s", module,
                          enabled ? "in force" : "disabled", engine);
}

int host_view_print(const Terminal *out)
{
        _cleanup_(kernel_freep) Kernel *kernel = NULL;
        Print print = { .out = out };
        struct utsname name;
        int r;

        read_kernel(&kernel, &name);
        page_line(out, "Kernel", STYLE_PLAIN, strna(name.release));
        page_line(out, "Build-id", STYLE_PLAIN, strna(kernel ? kernel->build_id_text : NULL));
        r = visit_modules(&(Visit){ print_module, &print });
        if (r >= 0 && !print.begun)
                page_line(out, "In kernel", STYLE_PLAIN, "no module of a patch");
        return r;
}

static int reply_module(void *to, const char *engine, const char *module, bool enabled)
{
        json_object *object = json_append_object(to);

        if (!object || json_add_text(object, "engine", engine) < 0 ||
            json_add_text(object, "module", module) < 0 || json_add_bool(object, "enabled", enabled) < 0)
                return -ENOMEM;
        return 0;
}

int host_view_reply(json_object *reply, Failure *f)
{
        _cleanup_(kernel_freep) Kernel *kernel = NULL;
        json_object *object = json_add_object(reply, "kernel"), *modules = json_add_array(reply, "modules");
        struct utsname name;

        read_kernel(&kernel, &name);
        if (!object || !modules || json_add_text(object, "release", name.release) < 0 ||
            json_add_text(object, "build_id", kernel ? kernel->build_id_text : NULL) < 0 ||
            visit_modules(&(Visit){ reply_module, modules }) < 0)
                return json_no_memory(f);
        return 0;
}
