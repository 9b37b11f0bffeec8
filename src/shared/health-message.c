/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "health-message.h"

#include "cleanup.h"
#include "fetch-message.h"

int health_request_fill(HealthRequest *request, char *const *words, const char *patch, const char *feed)
{
        HealthRequest filled = { .version = HEALTH_VERSION };
        size_t at = 0;
        int r;

        for (; words && *words; words++) {
                size_t size = strlen(*words) + 1;

                if (filled.n_words == HEALTH_WORDS_MAX || size > sizeof(filled.command) - at)
                        return -E2BIG;
                memcpy(filled.command + at, *words, size);
                at += size;
                filled.n_words++;
        }
        if (filled.n_words == 0)
                return -EINVAL;
        r = fetch_set_text(filled.patch, sizeof(filled.patch), patch);
        if (r >= 0)
                r = fetch_set_text(filled.feed, sizeof(filled.feed), feed);
        if (r < 0)
                return -E2BIG;
        *request = filled;
        return 0;
}

int health_request_words(HealthRequest *request, char *ret[HEALTH_WORDS_MAX + 1])
{
        char *word = request->command, *end = request->command + sizeof(request->command);

        if (request->version != HEALTH_VERSION || request->n_words == 0 ||
            request->n_words > HEALTH_WORDS_MAX || !memchr(request->patch, 0, sizeof(request->patch)) ||
            !memchr(request->feed, 0, sizeof(request->feed)))
                return -EPROTO;
        for (size_t i = 0; i < request->n_words; i++) {
                char *stop = memchr(word, 0, (size_t) (end - word));

                if (!stop)
                        return -EPROTO;
                ret[i] = word;
                word = stop + 1;
        }
        ret[request->n_words] = NULL;
        return 0;
}
