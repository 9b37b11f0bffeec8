/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "failure.h"

#include "cleanup.h"
#include "text.h"

#include <stdarg.h>

#define ERROR_PREFIX "org.kpatchd1.Error."

/* clang-format off */
static const FailureInfo table[_FAILURE_MAX] = {
#define ROW(k, n, e, x, s) [FAILURE_##k] = { FAILURE_##k, ERROR_PREFIX n, e, x, s }
        ROW(NONE,                 "None",               0,            0, "No error."),
        ROW(FAILED,               "Failed",             EIO,          1, "The operation failed; the journal of kpatchd.service says more."),
        ROW(USAGE,                "Usage",              EINVAL,       2, "The command line is wrong; -h shows how it is used."),
        ROW(NO_MEMORY,            "NoMemory",           ENOMEM,       3, "Memory is exhausted."),
        ROW(DAEMON_UNAVAILABLE,   "DaemonUnavailable",  EHOSTDOWN,    4, "kpatchd cannot be reached on the system bus."),
        ROW(NOT_AUTHORIZED,       "NotAuthorized",      EACCES,       5, "Not authorized by polkit."),
        ROW(BUSY,                 "Busy",               EAGAIN,       6, "Another operation is under way; try again when it has ended."),
        ROW(CANCELED,             "Canceled",           ECANCELED,    7, "The operation was cancelled."),

        ROW(INVALID_ARGUMENT,     "InvalidArgument",    EINVAL,       10, "An argument is not valid."),
        ROW(INVALID_PATCH_NAME,   "InvalidPatchName",   EINVAL,       11, "That cannot be the name of a patch."),
        ROW(NO_SUCH_PATCH,        "NoSuchPatch",        ENOENT,       12, "No such patch is stored; 'kpatchctl list' shows what is."),
        ROW(ALREADY_STORED,       "AlreadyStored",      EEXIST,       13, "That patch is already stored."),
        ROW(ALREADY_APPLIED,      "AlreadyApplied",     EALREADY,     14, "That patch is already applied."),
        ROW(NOT_APPLIED,          "NotApplied",         ESRCH,        15, "That patch is not applied."),
        ROW(VERSION_CONFLICT,     "VersionConflict",    EEXIST,       16, "Another patch of this id and version is stored; give the new one a new version."),
        ROW(MODULE_NAME_CONFLICT, "ModuleNameConflict", EADDRINUSE,   17, "Another module of that name is in the kernel."),
        ROW(DEPENDENCY_MISSING,   "DependencyMissing",  EUNATCH,      18, "A patch that another one needs is missing."),
        ROW(CONFLICT,             "Conflict",           EADDRNOTAVAIL, 19, "Two patches that cannot be applied together."),

        ROW(NO_TRUST_ROOT,        "NoTrustRoot",        ENOKEY,       20, "No trust root is installed; put one into /etc/kpatchd/feeds.d/NAME.root.json."),
        ROW(ROOT_INVALID,         "RootInvalid",        EBADMSG,      21, "The trust root is not valid."),
        ROW(ENVELOPE_INVALID,     "EnvelopeInvalid",    EBADMSG,      22, "That is not a DSSE envelope."),
        ROW(PAYLOAD_TYPE_WRONG,   "PayloadTypeWrong",   EPROTOTYPE,   23, "The envelope holds something else than what was asked for."),
        ROW(KEY_UNKNOWN,          "KeyUnknown",         ENOKEY,       24, "Signed by no key that a trust root names for patches."),
        ROW(SIGNATURE_INVALID,    "SignatureInvalid",   EKEYREJECTED, 25, "The signature does not match: the bytes were altered after signing."),
        ROW(MANIFEST_INVALID,     "ManifestInvalid",    EBADMSG,      26, "The manifest is not valid."),
        ROW(MODULE_DIGEST_MISMATCH, "ModuleDigestMismatch", EBADMSG,  27, "The module is not the one that was signed."),
        ROW(MODULE_SIZE_MISMATCH, "ModuleSizeMismatch", EBADMSG,      28, "The module's size is not the one that was signed."),
        ROW(ROOT_EXPIRED,         "RootExpired",        EKEYEXPIRED,  29, "The trust root has expired."),

        ROW(BUILD_ID_MISMATCH,    "BuildIdMismatch",    EXDEV,        30, "The patch was made for another kernel build."),
        ROW(RELEASE_MISMATCH,     "ReleaseMismatch",    EXDEV,        31, "The patch was made for another kernel release."),
        ROW(VERMAGIC_MISMATCH,    "VermagicMismatch",   EXDEV,        32, "The module was built against other kernel headers."),
        ROW(MODULE_INVALID,       "ModuleInvalid",      ENOEXEC,      33, "That is not a complete kernel module."),
        ROW(NOT_A_PATCH,          "NotAPatch",          ENOEXEC,      34, "That kernel module is not a live patch."),
        ROW(MODULE_MISMATCH,      "ModuleMismatch",     EBADMSG,      35, "The module says something else about itself than its manifest."),
        ROW(DAEMON_TOO_OLD,       "DaemonTooOld",       ENOPKG,       36, "The patch needs a newer kpatchd."),

        ROW(ENGINE_UNAVAILABLE,   "EngineUnavailable",  ENODEV,       40, "The engine that this patch needs is not there for this kernel."),
        ROW(ENGINE_UNSUPPORTED,   "EngineUnsupported",  EOPNOTSUPP,   41, "The patch asks for an engine that this kpatchd does not know."),
        ROW(TASK_IN_THE_WAY,      "TaskInTheWay",       EBUSY,        42, "A task executes a function that would be switched; try again later."),
        ROW(KERNEL_REFUSED,       "KernelRefused",      EIO,          43, "The kernel refused the module; the kernel log says why."),
        ROW(NOT_CONFIRMED,        "NotConfirmed",       EPROTO,       44, "The kernel does not show the state that was asked for."),
        ROW(NOT_REVERSIBLE,       "NotReversible",      EPERM,        45, "The patch cannot be rolled back."),
        ROW(NO_TRANSITION,        "NoTransition",       ESRCH,        46, "No transition of that patch is under way."),

        ROW(NO_SPACE,             "NoSpace",            ENOSPC,       50, "The disk that holds /var/lib/kpatchd is full."),
        ROW(READ_ONLY,            "ReadOnly",           EROFS,        51, "The disk that holds /var/lib/kpatchd is read-only."),
        ROW(STATE_CORRUPT,        "StateCorrupt",       EUCLEAN,      52, "A state file is damaged."),
        ROW(TOO_LARGE,            "TooLarge",           EFBIG,        53, "The file is larger than is ever accepted."),

        ROW(HEALTH_VETO,          "HealthVeto",         EPERM,        54, "The host's health check has said no: the patch was taken out again."),
        ROW(HEALTH_UNAVAILABLE,   "HealthUnavailable",  ENOTCONN,     55, "The health check cannot be run; 'systemctl start kpatchd-health.socket' makes it listen."),
        ROW(STACK_UNAVAILABLE,    "StackUnavailable",   ENOTCONN,     56, "Kernel stacks cannot be read; 'systemctl start kpatchd-stack.socket' makes what reads them listen."),

        ROW(GENERATION_CHANGED,   "GenerationChanged",  ESTALE,       60, "The present generation is not the one that was expected."),
        ROW(NO_SUCH_GENERATION,   "NoSuchGeneration",   ENOENT,       61, "There is no such generation; 'kpatchctl generations' shows those there are."),
        ROW(QUARANTINED,          "Quarantined",        EPERM,        62, "That patch is quarantined; 'kpatchctl quarantine' says why."),
        ROW(HELD,                 "Held",               EPERM,        63, "That patch is held; 'kpatchctl unhold' lifts that."),
        ROW(NEEDED,               "Needed",             EBUSY,        64, "That patch is needed and is not removed."),
        ROW(STORE_FULL,           "StoreFull",          EDQUOT,       65, "The store is full; 'kpatchctl remove' makes room."),

        /* 70 and 71 are answers of kpatchctl cve. */

        ROW(METADATA_INVALID,     "MetadataInvalid",    EBADMSG,      80, "The metadata of the feed is not valid."),
        ROW(DOWNLOAD_MISMATCH,    "DownloadMismatch",   EBADMSG,      81, "What was downloaded is not what was signed."),
        ROW(FEED_ROLLBACK,        "FeedRollback",       ESTALE,       82, "The feed is older than one that was seen before."),
        ROW(FEED_EXPIRED,         "FeedExpired",        EKEYEXPIRED,  83, "The feed has expired: nothing new is installed from it."),
        ROW(FEED_INCOMPLETE,      "FeedIncomplete",     ENODATA,      84, "The feed lacks a file that it names."),
        ROW(DOWNLOAD_FAILED,      "DownloadFailed",     EHOSTUNREACH, 85, "The feed cannot be downloaded."),
        ROW(DOWNLOAD_SLOW,        "DownloadSlow",       ETIMEDOUT,    86, "The feed's server sends too slowly, or not at all."),
        ROW(DOWNLOADER_UNAVAILABLE, "DownloaderUnavailable", ENOTCONN, 87, "The downloader cannot be reached; 'systemctl start kpatchd-fetch.socket' makes it listen."),
        ROW(NO_SUCH_FEED,         "NoSuchFeed",         ENOENT,       88, "There is no such feed; 'kpatchctl status' shows those there are."),
        ROW(WITHDRAWN,            "Withdrawn",          EPERM,        89, "Its publisher has withdrawn that patch."),
#undef ROW
};
/* clang-format on */

const FailureInfo *failure_info(FailureKind kind)
{
        return &table[kind > FAILURE_NONE && kind < _FAILURE_MAX ? kind : FAILURE_FAILED];
}

const char *failure_bus_name(FailureKind kind)
{
        return failure_info(kind)->bus_name;
}

FailureKind failure_from_name(const char *name)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (row->kind != FAILURE_NONE &&
                    (streq(row->bus_name, name) || streq(row->bus_name + strlen(ERROR_PREFIX), name)))
                        return row->kind;
        return FAILURE_FAILED;
}

const char *failure_sentence(const Failure *f)
{
        return f->sentence ? f->sentence : failure_info(f->kind)->sentence;
}

int failure_set(Failure *f, FailureKind kind, const char *format, ...)
{
        va_list ap;

        if (f) {
                failure_clear(f);
                f->kind = kind;
                va_start(ap, format);
                f->sentence = text_formatv(format, ap);
                va_end(ap);
                /* It may quote what came from outside: names, a task's comm, another program's words. */
                if (f->sentence)
                        text_sanitize(f->sentence);
        }
        return -failure_info(kind)->error;
}

bool failure_is_of_disk(FailureKind kind)
{
        return kind == FAILURE_NO_SPACE || kind == FAILURE_READ_ONLY;
}

static FailureKind kind_from_errno(int r)
{
        switch (-r) {
        case ENOMEM:
                return FAILURE_NO_MEMORY;
        case ENOSPC:
        case EDQUOT:
                return FAILURE_NO_SPACE;
        case EROFS:
                return FAILURE_READ_ONLY;
        case EFBIG:
                return FAILURE_TOO_LARGE;
        default:
                return FAILURE_FAILED;
        }
}

int failure_set_errno(Failure *f, int r, const char *format, ...)
{
        _cleanup_free_ char *what = NULL;
        FailureKind kind;
        va_list ap;

        if (!f || f->kind != FAILURE_NONE)
                return r;
        va_start(ap, format);
        what = text_formatv(format, ap);
        va_end(ap);
        kind = kind_from_errno(r);
        failure_set(f, kind, "%s: %s%s.", what ? what : "Failed", strerror(-r),
                    kind == FAILURE_NO_SPACE ? "; free some space and try again" : "");
        return r;
}

void failure_clear(Failure *f)
{
        free(f->sentence);
        *f = (Failure){};
}
