/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-read.h"

#include "model.h"

int bus_replace_text(char **field, const char *text)
{
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

int bus_read_engines(sd_bus_message *m, void *field)
{
        EngineList *list = field;
        const char *name, *detail;
        int available, r;

        engine_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(sbs)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(sbs)", &name, &available, &detail)) > 0) {
                EngineInfo *engine = LIST_GROW(list->items, list->n);

                if (!engine)
                        return -ENOMEM;
                engine->name = strdup(name);
                engine->available = available;
                engine->detail = strdup(detail);
                if (!engine->name || !engine->detail)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_trust_roots(sd_bus_message *m, void *field)
{
        TrustRootList *list = field;
        const char *name;
        uint64_t expires;
        int r;

        trust_root_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(st)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(st)", &name, &expires)) > 0) {
                TrustRootInfo *root = LIST_GROW(list->items, list->n);

                if (!root)
                        return -ENOMEM;
                root->expires = expires;
                root->name = strdup(name);
                if (!root->name)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_quarantine(sd_bus_message *m, void *field)
{
        QuarantineList *list = field;
        const char *patch, *why, *since;
        int r;

        quarantine_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(sss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(sss)", &patch, &why, &since)) > 0) {
                QuarantineInfo *item = LIST_GROW(list->items, list->n);

                if (!item)
                        return -ENOMEM;
                item->patch = strdup(patch);
                item->why = strdup(why);
                item->since = strdup(since);
                if (!item->patch || !item->why || !item->since)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_level(sd_bus_message *m, void *field)
{
        LevelInfo *l = field;
        const char *level, *patch, *trust_root;
        int r;

        r = sd_bus_message_read(m, "(sss)", &level, &patch, &trust_root);
        if (r >= 0)
                r = bus_replace_text(&l->level, level);
        if (r >= 0)
                r = bus_replace_text(&l->patch, patch);
        return r < 0 ? r : bus_replace_text(&l->trust_root, trust_root);
}

int bus_read_reboot(sd_bus_message *m, void *field)
{
        RebootList *list = field;
        const char *kind, *reason;
        int r;

        reboot_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ss)", &kind, &reason)) > 0) {
                RebootInfo *item = LIST_GROW(list->items, list->n);

                if (!item)
                        return -ENOMEM;
                item->kind = strdup(kind);
                item->reason = strdup(reason);
                if (!item->kind || !item->reason)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_functions(sd_bus_message *m, void *field)
{
        FunctionList *list = field;
        const char *object, *name;
        uint32_t sympos;
        int r;

        function_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(ssu)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ssu)", &object, &name, &sympos)) > 0) {
                FunctionInfo *function = LIST_GROW(list->items, list->n);

                if (!function)
                        return -ENOMEM;
                function->sympos = sympos;
                function->object = strdup(object);
                function->name = strdup(name);
                if (!function->object || !function->name)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_versions(sd_bus_message *m, void *field)
{
        FeedVersions *versions = field, read;
        int r;

        r = sd_bus_message_read(m, "(ttt)", &read.feed, &read.timestamp, &read.root);
        if (r >= 0)
                *versions = read;
        return r;
}

int bus_read_feed_patches(sd_bus_message *m, void *field)
{
        FeedPatchList *list = field;
        const char *patch, *offer, *severity, *reason;
        int r;

        feed_patch_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(ssss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ssss)", &patch, &offer, &severity, &reason)) > 0) {
                FeedPatchInfo *item = LIST_GROW(list->items, list->n);

                if (!item)
                        return -ENOMEM;
                item->patch = strdup(patch);
                item->offer = strdup(offer);
                item->severity = strdup(severity);
                item->reason = strdup(reason);
                if (!item->patch || !item->offer || !item->severity || !item->reason)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_feed_failure(sd_bus_message *m, void *field)
{
        FeedFailure *failure = field;
        const char *name, *sentence;
        int r;

        r = sd_bus_message_read(m, "(ss)", &name, &sentence);
        if (r >= 0)
                r = bus_replace_text(&failure->name, name);
        return r < 0 ? r : bus_replace_text(&failure->sentence, sentence);
}

int bus_read_objects_of_patch(sd_bus_message *m, void *field)
{
        ObjectList *list = field;
        const char *name, *state;
        int r;

        object_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ss)", &name, &state)) > 0) {
                ObjectInfo *object = LIST_GROW(list->items, list->n);

                if (!object)
                        return -ENOMEM;
                object->name = strdup(name);
                object->state = strdup(state);
                if (!object->name || !object->state)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_stragglers(sd_bus_message *m, void *field)
{
        StragglerList *list = field;
        const char *name, *function;
        uint32_t pid;
        int r;

        straggler_list_clear(list);
        r = sd_bus_message_enter_container(m, 'a', "(uss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(uss)", &pid, &name, &function)) > 0) {
                StragglerInfo *item = LIST_GROW(list->items, list->n);

                if (!item)
                        return -ENOMEM;
                item->pid = pid;
                item->name = strdup(name);
                item->function = strdup(function);
                if (!item->name || !item->function)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_pause(sd_bus_message *m, void *field)
{
        PauseInfo *pause = field;

        return sd_bus_message_read(m, "(ttuu)", &pause->last, &pause->max, &pause->stacks, &pause->tries);
}
