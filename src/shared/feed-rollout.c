/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-rollout.h"

#include "patch-ref.h"
#include "strv.h"

#include <openssl/evp.h>

#define BUCKETS 10000

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

uint32_t feed_rollout_bucket(const char *host_id, const char *id, const char *version)
{
        char text[64 + PATCH_ID_MAX + PATCH_VERSION_MAX + 3];
        uint8_t digest[EVP_MAX_MD_SIZE];
        uint32_t number;

        (void) snprintf(text, sizeof(text), "%.64s %s=%s", host_id, id, version);
        /* It fails where memory is out; the last bucket then waits longest, which harms nobody. */
        if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1)
                return BUCKETS - 1;
        number = (uint32_t) digest[0] << 24 | (uint32_t) digest[1] << 16 | (uint32_t) digest[2] << 8 |
                 digest[3];
        return (uint32_t) (((uint64_t) number * BUCKETS) >> 32);
}

uint32_t feed_rollout_reach(const FeedPatch *patch, time_t now)
{
        uint64_t begun = (uint64_t) patch->percent * 100, passed;

        if (patch->not_before != 0 && now < patch->not_before)
                return 0;
        if (patch->ramp == 0)
                return (uint32_t) begun;
        passed = (uint64_t) (now - patch->not_before);
        if (passed >= patch->ramp)
                return BUCKETS;
        return (uint32_t) (begun + (BUCKETS - begun) * passed / patch->ramp);
}

static bool is_kept_out(const FeedPatch *patch, char *const *pins)
{
        for (char *const *pin = pins; pin && *pin; pin++) {
                size_t n = strcspn(*pin, "=");

                if (strlen(patch->id) == n && strncmp(patch->id, *pin, n) == 0) {
                        if (!streq(patch->version, *pin + n + 1))
                                return true;
                        continue;
                }
                for (char **id = patch->supersedes; id && *id; id++)
                        if (strlen(*id) == n && strncmp(*id, *pin, n) == 0)
                                return true;
        }
        return false;
}

static FeedOffer offer(const FeedPatch *patch, const FeedHost *host)
{
        if (patch->withdrawn != FEED_WITHDRAWAL_NONE)
                return FEED_OFFER_WITHDRAWN;
        if (!streq(patch->channel, FEED_CHANNEL) && !streq_ptr(patch->channel, host->channel))
                return FEED_OFFER_OTHER_CHANNEL;
        if (is_kept_out(patch, host->pins))
                return FEED_OFFER_PINNED;
        if (patch->not_before != 0 && host->now < patch->not_before)
                return FEED_OFFER_TOO_EARLY;
        if (feed_rollout_bucket(host->id, patch->id, patch->version) >= feed_rollout_reach(patch, host->now))
                return FEED_OFFER_LATER;
        return FEED_OFFER_YES;
}

/* Whether newer makes older needless: by its list, or as a later version of the same. */
static bool supersedes(const FeedPatch *newer, const FeedPatch *older)
{
        if (streq(newer->id, older->id))
                return patch_version_compare(newer->version, older->version) > 0;
        return strv_contains(newer->supersedes, older->id);
}

/* Two that name each other would otherwise leave neither: of those the first stays. */
static bool is_superseded(const FeedIndex *index, const FeedOffer *offers, size_t i)
{
        const FeedPatch *older = &index->patches[i];

        for (size_t j = 0; j < index->n_patches; j++) {
                const FeedPatch *newer = &index->patches[j];

                if (offers[j] == FEED_OFFER_YES && j != i && supersedes(newer, older) &&
                    !(i < j && supersedes(older, newer)))
                        return true;
        }
        return false;
}

void feed_rollout_offers(const FeedIndex *index, const FeedHost *host, FeedOffer *ret_offers)
{
        FeedOffer marks[FEED_PATCHES_MAX];

        for (size_t i = 0; i < index->n_patches; i++)
                ret_offers[i] = marks[i] = offer(&index->patches[i], host);
        for (size_t i = 0; i < index->n_patches; i++)
                if (marks[i] == FEED_OFFER_YES && is_superseded(index, marks, i))
                        ret_offers[i] = FEED_OFFER_SUPERSEDED;
}
