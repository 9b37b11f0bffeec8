/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "refresh-memory.h"

#include "cleanup.h"

static void memory_clear(RefreshMemory *memory)
{
        free(memory->feed);
        refresh_status_clear(&memory->status);
}

void refresh_memories_clear(RefreshMemories *memories)
{
        FOREACH_ARRAY (memory, memories->items, memories->n)
                memory_clear(memory);
        free(memories->items);
        *memories = (RefreshMemories){};
}

static RefreshMemory *find(const RefreshMemories *memories, const char *feed)
{
        FOREACH_ARRAY (memory, memories->items, memories->n)
                if (streq(memory->feed, feed))
                        return memory;
        return NULL;
}

int refresh_memories_add(RefreshMemories *memories, const char *feed, RefreshStatus *status)
{
        _cleanup_free_ char *name = strdup(feed);
        RefreshMemory *larger;

        if (!name)
                return -ENOMEM;
        larger = reallocarray(memories->items, memories->n + 1, sizeof(RefreshMemory));
        if (!larger)
                return -ENOMEM;
        memories->items = larger;
        larger[memories->n++] = (RefreshMemory){ TAKE_PTR(name), *status };
        *status = (RefreshStatus){};
        return 0;
}

void refresh_memories_update(RefreshMemories *memories, RefreshMemories *newer)
{
        FOREACH_ARRAY (item, newer->items, newer->n) {
                RefreshMemory *old = find(memories, item->feed);

                if (old) {
                        refresh_status_clear(&old->status);
                        old->status = item->status;
                        item->status = (RefreshStatus){};
                } else if (item->status.attempted != 0)
                        (void) refresh_memories_add(memories, item->feed, &item->status);
        }
        refresh_memories_clear(newer);
}

int refresh_memories_recall(const RefreshMemories *memories, const char *feed, RefreshStatus *status)
{
        const RefreshMemory *memory = find(memories, feed);
        _cleanup_free_ char *error = NULL, *message = NULL;

        if (!memory || memory->status.attempted == 0)
                return 0;
        error = memory->status.error ? strdup(memory->status.error) : NULL;
        message = memory->status.message ? strdup(memory->status.message) : NULL;
        if ((memory->status.error && !error) || (memory->status.message && !message))
                return -ENOMEM;
        free(status->error);
        free(status->message);
        status->error = TAKE_PTR(error);
        status->message = TAKE_PTR(message);
        status->attempted = memory->status.attempted;
        status->issued = memory->status.issued;
        status->expired = memory->status.expired;
        status->failures = memory->status.failures;
        status->retry_at = memory->status.retry_at;
        return 0;
}
