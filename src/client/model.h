/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "patch-state.h"
#include "strv.h"

#include <stdint.h>

/* What the daemon says of itself, its patches and its jobs, as plain data. dbus/org.kpatchd1.xml has the
 * meaning of each field. Texts may be NULL where an older daemon did not say them. */

typedef struct EngineInfo {
        char *name;
        bool available;
        char *detail;
} EngineInfo;

typedef struct EngineList {
        EngineInfo *items;
        size_t n;
} EngineList;

typedef struct TrustRootInfo {
        char *name;
        uint64_t expires; /* seconds since 1970 */
} TrustRootInfo;

typedef struct TrustRootList {
        TrustRootInfo *items;
        size_t n;
} TrustRootList;

typedef struct FunctionInfo {
        char *object;
        char *name;
        uint32_t sympos;
} FunctionInfo;

typedef struct FunctionList {
        FunctionInfo *items;
        size_t n;
} FunctionList;

/* What a patch changes, and how it is there. */
typedef struct ObjectInfo {
        char *name;
        char *state; /* empty where the patch is not loaded */
} ObjectInfo;

typedef struct ObjectList {
        ObjectInfo *items;
        size_t n;
} ObjectList;

/* A task that a transition waits for. */
typedef struct StragglerInfo {
        uint32_t pid;
        char *name;
        char *function; /* that it is in; empty where the kernel does not say it */
        char **stack;   /* strv, from the innermost; NULL: not known, or not for this user */
} StragglerInfo;

typedef struct StragglerList {
        StragglerInfo *items;
        size_t n;
        char *why_no_stacks; /* a sentence; NULL: they were not asked for, or are there */
} StragglerList;

/* How long the machine stood still for a patch, in us; all 0 where the engine does not tell. */
typedef struct PauseInfo {
        uint64_t last;
        uint64_t max;
        uint32_t stacks; /* read in it */
        uint32_t tries;
} PauseInfo;

typedef struct EventInfo {
        uint64_t time; /* seconds since 1970 */
        char *kind;
        char *patch;
        char *result;
        char *message;
        uint32_t uid; /* UINT32_MAX: nobody, or unknown */
        char *comm;
        uint64_t duration; /* in us */
        uint64_t generation;
} EventInfo;

typedef struct EventList {
        EventInfo *items;
        size_t n;
} EventList;

typedef struct KernelInfo {
        char *release;
        char *build_id; /* hexadecimal */
} KernelInfo;

typedef struct DiagnosisInfo {
        char *check;
        char *result; /* ok, warning or error */
        char *sentence;
        char *remedy; /* empty where nothing is to be done */
} DiagnosisInfo;

typedef struct DiagnosisList {
        DiagnosisInfo *items;
        size_t n;
} DiagnosisList;

/* What patches make of a vulnerability of the kernel that runs. */
typedef struct CvePatch {
        char *reference;
        char *state;     /* of the patch */
        char *feed;      /* the one that has it; NULL where it is stored */
        char *withdrawn; /* why the feed that vouches for it has, though it is in force; NULL: it has not */
        bool partial;    /* it is in force without an object that it changes */
} CvePatch;

typedef struct CveInfo {
        char *state;       /* closed, applying, available, partial or unknown */
        CvePatch *patches; /* those that close it, or would */
        size_t n_patches;
} CveInfo;

typedef struct QuarantineInfo {
        char *patch; /* reference */
        char *why;
        char *since; /* RFC 3339 */
} QuarantineInfo;

typedef struct QuarantineList {
        QuarantineInfo *items;
        size_t n;
} QuarantineList;

typedef struct RebootInfo {
        char *kind;
        char *reason; /* a sentence */
} RebootInfo;

typedef struct RebootList {
        RebootInfo *items;
        size_t n;
} RebootList;

typedef struct GenerationInfo {
        uint64_t number;
        uint64_t previous; /* the one that a rollback goes to; 0: none */
        char *created;     /* RFC 3339; empty where it is damaged */
        char *cause;
        char **patches; /* strv of references */
} GenerationInfo;

typedef struct GenerationList {
        GenerationInfo *items;
        size_t n;
} GenerationList;

/* What the kernel has come to by what is in force; texts are empty where no patch says it. */
typedef struct LevelInfo {
        char *level;
        char *patch; /* that says so */
        char *trust_root;
} LevelInfo;

typedef struct ManagerInfo {
        char *version;
        KernelInfo kernel;
        EngineList engines;
        uint64_t generation;
        TrustRootList trust_roots;
        char **unsigned_from; /* strv of folders that are believed without a signature */
        bool apply_disabled;
        char *apply_disabled_reason; /* a sentence, or empty */
        QuarantineList quarantine;
        LevelInfo level;
        RebootList reboot; /* why a boot is advised; empty where none is */
} ManagerInfo;

typedef struct PatchInfo {
        char *id;        /* the module's name where it was loaded by hand */
        char *version;   /* empty where it was loaded by hand */
        char *reference; /* of the two, as a person names it; patches_complete() makes it */
        char *title;
        char *description;
        char *state;
        bool persistent;
        bool held;         /* stays as it is */
        char *quarantined; /* why, or empty */
        uint64_t since;    /* in force, seconds since 1970; 0: it is not, or nobody knows */
        char *engine;
        char *severity;
        char *level; /* empty where it says none */
        char **cves; /* NULL-terminated, or NULL for none */
        KernelInfo kernel;
        char *module;
        char *module_sha256; /* hexadecimal */
        char **depends;      /* strv of ids, likewise below */
        char **supersedes;   /* what it makes needless */
        bool replace;        /* it takes the place of all of its engine */
        FunctionList functions;
        ObjectList objects;
        uint64_t moving; /* since when it is applying or reverting, seconds since 1970; 0: it is neither */
        StragglerList stragglers;
        PauseInfo pause;
        char *trust_root;
} PatchInfo;

typedef struct JobProgress {
        uint32_t done;
        uint32_t total;
        char *sentence;
} JobProgress;

typedef struct JobInfo {
        char *path;
        char *kind;
        char *patch;
        char *state;
        char *step;
        JobProgress progress;
} JobInfo;

/* What a feed has for this kernel. */
typedef struct FeedPatchInfo {
        char *patch; /* reference */
        char *offer; /* offered, later, too-early, other-channel, pinned, superseded or withdrawn */
        char *severity;
        char *reason; /* of a withdrawal */
} FeedPatchInfo;

typedef struct FeedPatchList {
        FeedPatchInfo *items;
        size_t n;
} FeedPatchList;

typedef struct FeedFailure {
        char *name; /* of the error; empty where there is none */
        char *sentence;
} FeedFailure;

/* Seen and trusted; 0: none yet. */
typedef struct FeedVersions {
        uint64_t feed;
        uint64_t timestamp;
        uint64_t root;
} FeedVersions;

typedef struct FeedInfo {
        char *name;
        char *policy;
        char *channel;
        char **urls; /* strv */
        FeedVersions versions;
        uint64_t last_attempt; /* seconds since 1970; 0: never; likewise below */
        uint64_t last_success;
        uint64_t expires;
        bool stale;
        FeedFailure failure;
        uint32_t failures; /* in a row */
        uint64_t retry_at; /* the timer leaves it alone until then; 0: it does not */
        FeedPatchList patches;
} FeedInfo;

/* All objects below the manager, in the order of id and version, and of jobs as the daemon has them. */
typedef struct ObjectsInfo {
        PatchInfo *patches;
        size_t n_patches;
        JobInfo *jobs;
        size_t n_jobs;
        FeedInfo *feeds;
        size_t n_feeds;
} ObjectsInfo;

/* These release what the struct holds and leave it empty. */
void engine_list_clear(EngineList *l);
void diagnosis_list_clear(DiagnosisList *l);
void cve_info_clear(CveInfo *c);
void generation_list_clear(GenerationList *l);
void trust_root_list_clear(TrustRootList *l);
void quarantine_list_clear(QuarantineList *l);
void reboot_list_clear(RebootList *l);
void function_list_clear(FunctionList *l);
void object_list_clear(ObjectList *l);
void straggler_list_clear(StragglerList *l);
void event_list_clear(EventList *l);
void level_info_clear(LevelInfo *l);
void kernel_info_clear(KernelInfo *k);
void manager_info_clear(ManagerInfo *m);
void patch_info_clear(PatchInfo *p);
void job_progress_clear(JobProgress *p);
void job_info_clear(JobInfo *j);
void feed_patch_list_clear(FeedPatchList *l);
void feed_failure_clear(FeedFailure *f);
void feed_info_clear(FeedInfo *f);
void objects_info_clear(ObjectsInfo *o);

#define _cleanup_cve_info_        __attribute__((cleanup(cve_info_clear)))
#define _cleanup_diagnosis_list_  __attribute__((cleanup(diagnosis_list_clear)))
#define _cleanup_event_list_      __attribute__((cleanup(event_list_clear)))
#define _cleanup_generation_list_ __attribute__((cleanup(generation_list_clear)))
#define _cleanup_manager_info_    __attribute__((cleanup(manager_info_clear)))
#define _cleanup_objects_info_    __attribute__((cleanup(objects_info_clear)))

/* Sorts by id and version and makes the references. Returns 0 or -ENOMEM. */
int patches_complete(PatchInfo *patches, size_t n);

/* The one that a name means, an id or, where none has that, a module's: the applied one, or else the newest.
 * version may be NULL. NULL where there is none. */
const PatchInfo *patches_find(const PatchInfo *patches, size_t n, const char *id, const char *version);

bool patch_has_state(const PatchInfo *p, PatchState state);

/* Whether nobody but this host's configuration vouches for it. */
bool patch_is_unsigned(const PatchInfo *p);

/* Whether it is being put in force or taken out; and whether nobody waits for that any more, as its deadline
 * is over. */
bool patch_is_moving(const PatchInfo *p);
bool patch_is_past_deadline(const PatchInfo *p, const ObjectsInfo *o);

/* Why the feed that vouches for a patch in force has withdrawn it; NULL where that is not so. */
const char *patch_find_withdrawal(const PatchInfo *p, const FeedInfo *feed);

/* An object of a patch in force that the kernel has it without, and why; NULL where there is none. The next
 * one after last, or the first where that is NULL. */
const ObjectInfo *patch_find_skipped(const PatchInfo *p, const ObjectInfo *last, const char **ret_why);

/* As kpatchd wants it, of what a person has typed: in capitals. NULL: memory is exhausted. */
char *cve_id_normalize(const char *text);

/* Adds what only the objects tell of the patches in an answer. Returns 0 or -ENOMEM. */
int cve_info_complete(CveInfo *c, const ObjectsInfo *o);

/* Whether that is its module's name, or the name of its file. */
bool patch_has_module(const PatchInfo *p, const char *name);

/* Whether it was made for that kernel build. */
bool patch_fits_kernel(const PatchInfo *p, const KernelInfo *k);

bool trust_root_has_expired(const TrustRootInfo *root, uint64_t now);
