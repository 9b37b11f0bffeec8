/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "engine.h"
#include "generation.h"
#include "patch-state.h"

/* A patch as the daemon shows it: stored with a verified manifest, or known only from the present generation
 * (its manifest cannot be verified any more), or known only from the kernel (somebody loaded it by hand). */
typedef struct Patch {
        char *ref;          /* "id=version"; of one loaded by hand: the module's name */
        char *id;           /* of one loaded by hand: the module's name */
        char *version;      /* or "" */
        Manifest *manifest; /* or NULL */
        char *root_name;    /* or NULL */
        const Engine *engine;
        char *module_name;
        uint8_t module_build_id[BUILD_ID_SIZE];
        uint8_t digest[SHA256_SIZE]; /* of the envelope and roots that manifest was verified with */
        bool by_hand;
        bool persistent;   /* the present generation has it */
        bool superseded;   /* one of the present generation took its place */
        bool held;         /* stays as it is */
        bool withdrawn;    /* by the feed that vouches for it */
        char *quarantined; /* why, or NULL */
        uint64_t since;    /* when it was put in force, seconds since 1970; 0: it is not, or nobody knows */
        uint64_t moving;   /* since when it has been applying or reverting; 0: it is neither */
        bool seen;         /* used while the list is made anew */
        bool listed;       /* and told of */
        bool followed[2];  /* since the last refresh a feed has had it put in force, taken out */
        PatchState shown;  /* the state that was last told to the bus */
        char *details;     /* what patch_look() saw last; NULL: it was not loaded */
} Patch;

int patch_new_from_manifest(Manifest *m, char *root_name, Patch **ret);
int patch_new_from_generation(const GenerationPatch *g, Patch **ret);
int patch_new_by_hand(const Engine *engine, const char *module, Patch **ret);

/* What the engine finds it by. Borrowed from p. */
EngineModule patch_module(const Patch *p);

/* What the kernel shows now. kept_out: it is not to be in force in this boot, so that a wanted patch that
 * is not in force has not failed. */
PatchState patch_read_state(const Patch *p, const Host *host, bool kept_out);

/* Whether the module that the kernel has in force under its name, wholly or not, is this patch's. */
bool patch_is_in_kernel(const Patch *p, const Host *host);

/* Whether the kernel has it in force without one of the objects that it changes: the module that is loaded
 * is another build, and the patch's author let the patch do without it. What it closes is open there. */
bool patch_skips_an_object(const Patch *p, const Host *host);

/* The state that is told from now on. */
void patch_set_shown(Patch *p, PatchState state);

/* why is copied, and may be NULL. */
void patch_set_quarantined(Patch *p, const char *why);

const char *patch_title(const Patch *p);

Patch *patch_free(Patch *p);

DEFINE_CLEANUP(Patch *, patch_free);
