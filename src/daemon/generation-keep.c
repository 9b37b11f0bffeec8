/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-keep.h"

#include "cleanup.h"
#include "hex.h"
#include "log.h"
#include "replaced.h"
#include "state-file.h"
#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>

static int visit_build(const char *state_dir, const char *build_id, GenerationVisit visit, void *userdata)
{
        _cleanup_free_ uint64_t *numbers = NULL;
        size_t n = 0;
        int r;

        r = generation_list(state_dir, build_id, &numbers, &n);
        while (r == 0 && n-- > 0) {
                _cleanup_(generation_freep) Generation *g = NULL;

                r = generation_load_number(state_dir, build_id, numbers[n], &g);
                if (r != -ENOMEM && r != -ENOENT)
                        r = visit(build_id, numbers[n], g, userdata);
        }
        return r;
}

int generation_visit_kept(const char *state_dir, GenerationVisit visit, void *userdata)
{
        _cleanup_free_ char *path = NULL;
        struct dirent *entry;
        uint8_t build_id[BUILD_ID_SIZE];
        DIR *dir = NULL;
        int r;

        path = text_format("%s/generations", state_dir);
        if (!path)
                return -ENOMEM;
        r = state_open_folder(path, &dir);
        while (dir && r == 0 && (entry = readdir(dir)))
                if (hex_decode(entry->d_name, build_id, BUILD_ID_SIZE) >= 0)
                        r = visit_build(state_dir, entry->d_name, visit, userdata);
        if (dir)
                closedir(dir);
        return r;
}

/* A patch of the present generation that has replaced others came with one, and what it has replaced is in
 * the one before. */
static int add_needed(const char *state_dir, const char *build_id, const Generation *present,
                      uint64_t *needed)
{
        FOREACH_ARRAY (p, present->patches, present->n_patches) {
                _cleanup_(generation_freep) Generation *before = NULL;
                uint64_t came = 0;
                int r;

                r = replaced_find(state_dir, build_id, present, p->ref, &before, &came);
                if (r < 0)
                        return r;
                if (!before)
                        continue;
                *needed++ = came;
                *needed++ = before->number;
        }
        return 0;
}

static bool contains(const uint64_t *numbers, uint64_t number)
{
        for (; *numbers > 0; numbers++)
                if (*numbers == number)
                        return true;
        return false;
}

void generation_trim_kept(const char *state_dir, const char *build_id, uint64_t kept)
{
        _cleanup_(generation_freep) Generation *present = NULL;
        _cleanup_free_ uint64_t *numbers = NULL, *needed = NULL;
        size_t n = 0;

        if (generation_load(state_dir, build_id, &present, NULL) < 0 ||
            generation_list(state_dir, build_id, &numbers, &n) < 0)
                return;
        needed = calloc(2 * present->n_patches + 1, sizeof(uint64_t));
        if (!needed || add_needed(state_dir, build_id, present, needed) < 0)
                return;
        for (size_t i = 0; i + kept < n; i++)
                if (!contains(needed, numbers[i]))
                        generation_remove(state_dir, build_id, numbers[i]);
}

typedef struct Build {
        char *id;
        struct timespec recorded;
} Build;

typedef struct Builds {
        Build *list;
        size_t n;
} Builds;

static void builds_clear(Builds *builds)
{
        FOREACH_ARRAY (build, builds->list, builds->n)
                free(build->id);
        free(builds->list);
}

/* The latest first. */
static int compare_builds(const void *a, const void *b)
{
        const Build *x = a, *y = b;

        if (x->recorded.tv_sec != y->recorded.tv_sec)
                return x->recorded.tv_sec > y->recorded.tv_sec ? -1 : 1;
        if (x->recorded.tv_nsec != y->recorded.tv_nsec)
                return x->recorded.tv_nsec > y->recorded.tv_nsec ? -1 : 1;
        return strcmp(x->id, y->id);
}

static int builds_add(Builds *builds, const char *id, const struct timespec *recorded)
{
        Build *larger = reallocarray(builds->list, builds->n + 1, sizeof(Build));

        if (!larger)
                return -ENOMEM;
        builds->list = larger;
        larger[builds->n] = (Build){ strdup(id), *recorded };
        if (!larger[builds->n].id)
                return -ENOMEM;
        builds->n++;
        return 0;
}

/* All but the present one. A folder changes when a generation is recorded in it. */
static int builds_read(DIR *dir, const char *present, Builds *builds)
{
        uint8_t build_id[BUILD_ID_SIZE];
        struct dirent *entry;
        int r = 0;

        while (r >= 0 && (entry = readdir(dir))) {
                struct stat st;

                if (hex_decode(entry->d_name, build_id, BUILD_ID_SIZE) >= 0 &&
                    !streq(entry->d_name, present) &&
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISDIR(st.st_mode))
                        r = builds_add(builds, entry->d_name, &st.st_mtim);
        }
        if (builds->n > 0)
                qsort(builds->list, builds->n, sizeof(Build), compare_builds);
        return r;
}

/* The newest generation goes last: the one before it must not become the present one when this is cut off.
 */
static void remove_build(const char *state_dir, int dir_fd, const char *id)
{
        _cleanup_free_ uint64_t *numbers = NULL;
        _cleanup_free_ char *folder = NULL;
        struct dirent *entry;
        size_t n = 0;
        DIR *dir;

        if (generation_list(state_dir, id, &numbers, &n) < 0 ||
            generation_folder(state_dir, id, &folder) < 0)
                return;
        for (size_t i = 0; i < n; i++)
                generation_remove(state_dir, id, numbers[i]);
        dir = opendir(folder);
        while (dir && (entry = readdir(dir)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
                        (void) unlinkat(dirfd(dir), entry->d_name, 0);
        if (dir)
                closedir(dir);
        if (unlinkat(dir_fd, id, AT_REMOVEDIR) < 0)
                log_warning("Cannot remove %s: %s", folder, strerror(errno));
        else
                log_info("The generations of the kernel build %s are kept no longer, as Kernels= of [Generations] "
                         "in kpatchd.conf has it.",
                         id);
}

void generation_trim_builds(const char *state_dir, const char *present, uint64_t kept)
{
        _cleanup_(builds_clear) Builds builds = {};
        _cleanup_free_ char *path = NULL;
        DIR *dir;

        path = text_format("%s/generations", state_dir);
        dir = path ? opendir(path) : NULL;
        if (!dir)
                return;
        if (builds_read(dir, present, &builds) >= 0)
                for (size_t i = kept - 1; i < builds.n; i++)
                        remove_build(state_dir, dirfd(dir), builds.list[i].id);
        closedir(dir);
}
