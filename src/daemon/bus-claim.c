/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-claim.h"

#include "cleanup.h"
#include "log.h"

typedef struct BusClaim BusClaim;

struct BusClaim {
        Bus *bus;
        BusClaim *next;
        uint32_t job;
        char *sender;
        sd_bus_track *track; /* NULL: the job goes on without its caller */
};

static void claim_free(BusClaim *c)
{
        sd_bus_track_unref(c->track);
        free(c->sender);
        free(c);
}
DEFINE_CLEANUP(BusClaim *, claim_free);

static void remove_claim(Bus *b, BusClaim *claim)
{
        for (BusClaim **link = &b->claims; *link; link = &(*link)->next)
                if (*link == claim) {
                        *link = claim->next;
                        claim_free(claim);
                        return;
                }
}

static bool job_is_wanted(const Bus *b, uint32_t job)
{
        for (size_t i = 0; i < b->manager->n_jobs; i++)
                if (b->manager->jobs[i]->id == job && b->manager->jobs[i]->wanted)
                        return true;
        for (const BusClaim *c = b->claims; c; c = c->next)
                if (c->job == job)
                        return true;
        return false;
}

static int on_caller_gone(sd_bus_track *track, void *userdata)
{
        BusClaim *claim = userdata;
        Bus *b = claim->bus;
        uint32_t job = claim->job;

        (void) track;
        remove_claim(b, claim);
        if (!job_is_wanted(b, job)) {
                log_info("Job %u is cancelled: nobody who asked for it is there any more.", job);
                manager_cancel(b->manager, job);
        }
        return 0;
}

int bus_claim_add(Bus *b, const Job *j, sd_bus_message *call, bool attached)
{
        _cleanup_(claim_freep) BusClaim *c = calloc(1, sizeof(BusClaim));
        int r = 0;

        if (!c)
                return -ENOMEM;
        c->bus = b;
        c->job = j->id;
        c->sender = strdup(sd_bus_message_get_sender(call));
        if (!c->sender)
                return -ENOMEM;
        if (attached) {
                r = sd_bus_track_new(b->bus, &c->track, on_caller_gone, c);
                if (r >= 0)
                        r = sd_bus_track_add_sender(c->track, call);
        }
        if (r < 0)
                return r;
        c->next = b->claims;
        b->claims = TAKE_PTR(c);
        return 0;
}

bool bus_claim_is_alone(const Bus *b, const Job *j, const char *sender)
{
        bool found = false;

        if (j->wanted)
                return false;
        for (const BusClaim *c = b->claims; c; c = c->next) {
                if (c->job != j->id)
                        continue;
                if (!streq(c->sender, sender))
                        return false;
                found = true;
        }
        return found;
}

void bus_claim_drop(Bus *b, const Job *j)
{
        BusClaim *next;

        for (BusClaim *c = b->claims; c; c = next) {
                next = c->next;
                if (c->job == j->id)
                        remove_claim(b, c);
        }
}

void bus_claim_drop_all(Bus *b)
{
        while (b->claims)
                remove_claim(b, b->claims);
}
