/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The module loader, through libkmod. */

#include "cleanup.h"
#include "file.h"
#include "host.h"

#include <fcntl.h>
#include <libkmod.h>

typedef struct kmod_ctx KmodContext;
typedef struct kmod_module KmodModule;
typedef struct kmod_list KmodList;

DEFINE_CLEANUP(KmodContext *, kmod_unref);
DEFINE_CLEANUP(KmodModule *, kmod_module_unref);
DEFINE_CLEANUP(KmodList *, kmod_module_unref_list);

/* A context for each call: it is cheap beside loading a module, and sees a depmod that just ran. */
static int context_new(KmodContext **ret)
{
        KmodContext *ctx = kmod_new(NULL, NULL);

        if (!ctx)
                return -ENOMEM;
        *ret = ctx;
        return 0;
}

static int lookup(KmodContext *ctx, const char *name, KmodList **ret)
{
        _cleanup_(kmod_module_unref_listp) KmodList *list = NULL;
        int r;

        r = kmod_module_new_from_lookup(ctx, name, &list);
        if (r < 0)
                return r;
        if (!list)
                return -ENOENT;
        *ret = TAKE_PTR(list);
        return 0;
}

static int find(const char *name)
{
        _cleanup_(kmod_unrefp) KmodContext *ctx = NULL;
        _cleanup_(kmod_module_unref_listp) KmodList *list = NULL;
        int r;

        r = context_new(&ctx);
        if (r < 0)
                return r;
        return lookup(ctx, name, &list);
}

static int load(const char *name)
{
        _cleanup_(kmod_unrefp) KmodContext *ctx = NULL;
        _cleanup_(kmod_module_unref_listp) KmodList *list = NULL;
        KmodList *item;
        int r;

        r = context_new(&ctx);
        if (r < 0)
                return r;
        r = lookup(ctx, name, &list);
        if (r < 0)
                return r;
        kmod_list_foreach(item, list)
        {
                _cleanup_(kmod_module_unrefp) KmodModule *module = kmod_module_get_module(item);

                r = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL,
                                                    NULL);
                if (r == KMOD_PROBE_APPLY_BLACKLIST)
                        return -EPERM;
                if (r < 0 && r != -EEXIST)
                        return r;
        }
        return 0;
}

static int insert(int fd, const char *parameters)
{
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
        _cleanup_(kmod_unrefp) KmodContext *ctx = NULL;
        _cleanup_(kmod_module_unrefp) KmodModule *module = NULL;
        int r;

        r = context_new(&ctx);
        if (r < 0)
                return r;
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        r = kmod_module_new_from_path(ctx, path, &module);
        if (r < 0)
                return r;
        return kmod_module_insert_module(module, 0, parameters);
}

static int remove_module(const char *name)
{
        _cleanup_(kmod_unrefp) KmodContext *ctx = NULL;
        _cleanup_(kmod_module_unrefp) KmodModule *module = NULL;
        int r;

        r = context_new(&ctx);
        if (r < 0)
                return r;
        r = kmod_module_new_from_name(ctx, name, &module);
        if (r < 0)
                return r;
        return kmod_module_remove_module(module, 0);
}

static int set(const char *path, const char *value)
{
        return file_write_attribute(AT_FDCWD, path, value);
}

const KmodOps kmod_libkmod = {
        .find = find,
        .load = load,
        .insert = insert,
        .remove = remove_module,
        .set = set,
};
