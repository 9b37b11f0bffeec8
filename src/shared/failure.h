/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

/* Every way in which an operation of this project can fail. The one table in failure.c gives each its D-Bus
 * error name, errno, exit code and general sentence; docs/man/kpatchctl.1 lists the same exit codes. */
typedef enum FailureKind {
        FAILURE_NONE,
        /* Anything without a row of its own. */
        FAILURE_FAILED,
        FAILURE_NO_MEMORY,
        /* Said by programs, never on the bus. */
        FAILURE_USAGE,
        FAILURE_DAEMON_UNAVAILABLE,
        /* About the request. */
        FAILURE_NOT_AUTHORIZED,
        FAILURE_BUSY,
        FAILURE_CANCELED,
        FAILURE_INVALID_ARGUMENT,
        FAILURE_INVALID_PATCH_NAME,
        FAILURE_NO_SUCH_PATCH,
        FAILURE_ALREADY_STORED,
        FAILURE_ALREADY_APPLIED,
        FAILURE_NOT_APPLIED,
        FAILURE_VERSION_CONFLICT,
        FAILURE_MODULE_NAME_CONFLICT,
        FAILURE_DEPENDENCY_MISSING,
        FAILURE_CONFLICT,
        FAILURE_GENERATION_CHANGED,
        FAILURE_NO_SUCH_GENERATION,
        FAILURE_QUARANTINED,
        FAILURE_HELD,
        FAILURE_NEEDED,
        FAILURE_STORE_FULL,
        /* About trust. */
        FAILURE_NO_TRUST_ROOT,
        FAILURE_ROOT_INVALID,
        FAILURE_ENVELOPE_INVALID,
        FAILURE_PAYLOAD_TYPE_WRONG,
        FAILURE_KEY_UNKNOWN,
        FAILURE_SIGNATURE_INVALID,
        FAILURE_MANIFEST_INVALID,
        FAILURE_MODULE_DIGEST_MISMATCH,
        FAILURE_MODULE_SIZE_MISMATCH,
        FAILURE_ROOT_EXPIRED,
        /* About the module and the kernel it is for. */
        FAILURE_BUILD_ID_MISMATCH,
        FAILURE_RELEASE_MISMATCH,
        FAILURE_VERMAGIC_MISMATCH,
        FAILURE_MODULE_INVALID,
        FAILURE_NOT_A_PATCH,
        FAILURE_MODULE_MISMATCH,
        FAILURE_DAEMON_TOO_OLD,
        /* About the kernel's answer. */
        FAILURE_ENGINE_UNAVAILABLE,
        FAILURE_ENGINE_UNSUPPORTED,
        FAILURE_TASK_IN_THE_WAY,
        FAILURE_KERNEL_REFUSED,
        FAILURE_NOT_CONFIRMED,
        FAILURE_NOT_REVERSIBLE,
        FAILURE_NO_TRANSITION,
        /* About this host. */
        FAILURE_NO_SPACE,
        FAILURE_READ_ONLY,
        FAILURE_STATE_CORRUPT,
        FAILURE_TOO_LARGE,
        FAILURE_HEALTH_VETO,
        FAILURE_HEALTH_UNAVAILABLE,
        FAILURE_STACK_UNAVAILABLE,
        /* About a feed. */
        FAILURE_METADATA_INVALID,
        FAILURE_DOWNLOAD_MISMATCH,
        FAILURE_FEED_ROLLBACK,
        FAILURE_FEED_EXPIRED,
        FAILURE_FEED_INCOMPLETE,
        FAILURE_DOWNLOAD_FAILED,
        FAILURE_DOWNLOAD_SLOW,
        FAILURE_DOWNLOADER_UNAVAILABLE,
        FAILURE_NO_SUCH_FEED,
        FAILURE_WITHDRAWN,
        _FAILURE_MAX,
} FailureKind;

typedef struct FailureInfo {
        FailureKind kind;
        const char *bus_name; /* "org.kpatchd1.Error.KeyUnknown" */
        int error;            /* positive errno */
        int exit_code;        /* of kpatchctl and kpatch-feed */
        const char *sentence; /* general; what is said when no better sentence is at hand */
} FailureInfo;

/* One failure with the sentence that a person reads: what is wrong and what to do about it. Initialise with
 * {} and release with failure_clear() or _cleanup_failure_. */
typedef struct Failure {
        FailureKind kind;
        char *sentence; /* owned; NULL when memory ran out: failure_sentence() then gives the general one */
} Failure;

const FailureInfo *failure_info(FailureKind kind) _const_;

/* By the last part of a D-Bus error name, or the whole of one. FAILURE_FAILED where it is none of ours. */
FailureKind failure_from_name(const char *name) _pure_;

/* "org.kpatchd1.Error.KeyUnknown". A static string. */
const char *failure_bus_name(FailureKind kind) _const_;

const char *failure_sentence(const Failure *f) _pure_;

/* Whether it is that the disk takes nothing any more: it is full, or read-only. */
bool failure_is_of_disk(FailureKind kind) _const_;

/* Sets *f (which may be NULL, and must be empty otherwise) and returns the kind's negative errno, so that a
 * caller can say: return failure_set(f, FAILURE_..., "..."). */
int failure_set(Failure *f, FailureKind kind, const char *format, ...) _printf_(3, 4);

/* Sets *f from a negative errno of a system call: ENOSPC, EROFS, ENOMEM get their own kinds, others FAILED
 * with strerror() after a colon. Returns r. Does nothing more if *f already holds a failure. */
int failure_set_errno(Failure *f, int r, const char *format, ...) _printf_(3, 4);

void failure_clear(Failure *f);

#define _cleanup_failure_ __attribute__((cleanup(failure_clear)))
