/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "trust.h"

#include "file.h"
#include "log-ids.h"
#include "log.h"
#include "state-file.h"
#include "text.h"
#include "unsigned.h"

#include <fcntl.h>
#include <limits.h>

#define TRUST "trust.json"

char *trust_path(const Host *host, const char *feed, const char *rest)
{
        return text_format("%s/feeds/%s/%s", host->state_dir, feed, rest);
}

/* What was written down; NULL where there is nothing, or nothing that can be read. */
static int read_stored(const Host *host, const char *feed, FeedTrust **ret, Failure *f)
{
        _cleanup_free_ char *path = trust_path(host, feed, TRUST), *text = NULL;
        _cleanup_failure_ Failure why = {};
        size_t size;
        int r;

        *ret = NULL;
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot read what is trusted of a feed");
        r = file_read(AT_FDCWD, path, FEED_TRUST_SIZE_MAX, &text, &size);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0 && !state_is_damage(r))
                return failure_set_errno(f, r, "Cannot read %s", path);
        if (r >= 0)
                r = feed_trust_parse(feed, text, size, ret, &why);
        else
                (void) failure_set(&why, FAILURE_STATE_CORRUPT, "%s.", strerror(-r));
        if (r < 0 && why.kind != FAILURE_STATE_CORRUPT)
                return failure_set(f, why.kind, "%s", failure_sentence(&why));
        if (r < 0)
                log_full(LOG_WARNING, LOG_ID_STATE_LOST, NULL,
                         "%s is damaged: the feed %s is trusted as on its first day, and what it had come to "
                         "since is not known. %s",
                         path, feed, failure_sentence(&why));
        return 0;
}

int trust_load(const Host *host, const char *feed, FeedTrust **ret, Failure *f)
{
        _cleanup_(feed_trust_freep) FeedTrust *stored = NULL;
        _cleanup_free_ char *anchor = NULL;
        char path[PATH_MAX];
        FileRef ref;
        size_t size;
        int r;

        (void) snprintf(path, sizeof(path), "%s/feeds.d/%s.root.json", host->conf_dir, feed);
        r = file_read(AT_FDCWD, path, ENVELOPE_SIZE_MAX, &anchor, &size);
        if (r == -ENOENT)
                return failure_set(f, FAILURE_NO_TRUST_ROOT,
                                   "The feed %s has no trust root: put its publisher's into %s.", feed,
                                   path);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the trust root %s", path);
        r = read_stored(host, feed, &stored, f);
        if (r < 0)
                return r;
        file_ref_make(anchor, size, &ref);
        if (stored && file_ref_equal(&ref, &stored->anchor)) {
                *ret = TAKE_PTR(stored);
                return 0;
        }
        return feed_trust_new(feed, anchor, size, ret, f);
}

int trust_save(const Host *host, const char *feed, const FeedTrust *trust, Failure *f)
{
        _cleanup_free_ char *folder = trust_path(host, feed, ""), *path = trust_path(host, feed, TRUST);
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!folder || !path)
                return failure_set_errno(f, -ENOMEM, "Cannot write down what is trusted of a feed");
        r = feed_trust_format(trust, &text, f);
        if (r < 0)
                return r;
        fd = state_create_folder(folder);
        if (fd < 0)
                return failure_set_errno(f, fd, "Cannot create %s", folder);
        r = state_write(path, text, strlen(text));
        return r < 0 ? failure_set_errno(f, r, "Cannot write down what is trusted of the feed %s", feed) : 0;
}

/* A root that its feed has moved on takes the place of the installed one. Where that cannot be told, the
 * installed one stays: it is what the administrator has said. */
static void move_on(const Host *host, Root **root)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_free_ char *path = trust_path(host, (*root)->name, TRUST);
        Root *moved;

        if (!path || access(path, F_OK) < 0 || trust_load(host, (*root)->name, &trust, NULL) < 0 ||
            trust->root->version <= (*root)->version)
                return;
        moved = TAKE_PTR(trust->root);
        root_free(*root);
        *root = moved;
}

int trust_load_roots(const Host *host, Root ***ret_roots, size_t *ret_n, Failure *f)
{
        char folder[PATH_MAX];
        _cleanup_(root_freep) Root *local = NULL;
        Root **roots, **larger;
        size_t n;
        int r;

        r = unsigned_load_root(host, &local, f);
        if (r < 0)
                return r;
        (void) snprintf(folder, sizeof(folder), "%s/feeds.d", host->conf_dir);
        r = root_load_all(folder, &roots, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                move_on(host, &roots[i]);
        larger = local ? reallocarray(roots, n + 1, sizeof(*roots)) : roots;
        if (!larger) {
                root_free_many(roots, n);
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust roots");
        }
        roots = larger;
        if (local)
                roots[n++] = TAKE_PTR(local);
        *ret_roots = roots;
        *ret_n = n;
        return 0;
}

uint64_t trust_moved_version(const Host *host, const char *feed)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_free_ char *path = trust_path(host, feed, TRUST), *text = NULL;
        size_t size;

        if (!path || file_read(AT_FDCWD, path, FEED_TRUST_SIZE_MAX, &text, &size) < 0 ||
            feed_trust_parse(feed, text, size, &trust, NULL) < 0)
                return 0;
        return trust->root->version;
}
