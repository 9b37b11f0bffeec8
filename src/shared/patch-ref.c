/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "patch-ref.h"

#include "cleanup.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool name_is_valid(const char *name, size_t max, const char *allowed)
{
        size_t n = strlen(name);

        return n > 0 && n <= max && strspn(name, allowed) == n && strchr(ALNUM, name[0]) &&
               !strstr(name, "..");
}

bool patch_id_is_valid(const char *id)
{
        return name_is_valid(id, PATCH_ID_MAX, ALNUM "._-");
}

bool patch_version_is_valid(const char *version)
{
        return name_is_valid(version, PATCH_VERSION_MAX, ALNUM ".~-");
}

int patch_ref_parse(const char *text, char **ret_id, char **ret_version, Failure *f)
{
        const char *equals = strchr(text, '=');
        _cleanup_free_ char *id = equals ? strndup(text, (size_t) (equals - text)) : strdup(text);
        _cleanup_free_ char *version = equals ? strdup(equals + 1) : NULL;

        if (!id || (equals && !version))
                return failure_set_errno(f, -ENOMEM, "Cannot parse the patch's name");
        if (!patch_id_is_valid(id))
                return failure_set(
                                f, FAILURE_INVALID_PATCH_NAME,
                                "'%.80s' cannot be the name of a patch: use letters, digits, '.', '_' and '-', at "
                                "most %d of them, without '..'.",
                                text, PATCH_ID_MAX);
        if (version && !patch_version_is_valid(version))
                return failure_set(
                                f, FAILURE_INVALID_PATCH_NAME,
                                "'%.40s' cannot be the version of a patch: use letters, digits, '.', '~' and '-', "
                                "at most %d of them, without '..'.",
                                version, PATCH_VERSION_MAX);
        *ret_id = TAKE_PTR(id);
        *ret_version = TAKE_PTR(version);
        return 0;
}

static int character_order(char c)
{
        if (c == '~')
                return -1;
        if (c == 0 || (c >= '0' && c <= '9'))
                return 0;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
                return c;
        return c + 256;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

int patch_version_compare(const char *a, const char *b)
{
        while (*a || *b) {
                size_t na, nb;
                int d;

                for (; (*a && !is_digit(*a)) || (*b && !is_digit(*b)); a += *a != 0, b += *b != 0) {
                        d = character_order(*a) - character_order(*b);
                        if (d != 0)
                                return d;
                }
                a += strspn(a, "0");
                b += strspn(b, "0");
                na = strspn(a, "0123456789");
                nb = strspn(b, "0123456789");
                if (na != nb)
                        return na < nb ? -1 : 1;
                d = strncmp(a, b, na);
                if (d != 0)
                        return d;
                a += na;
                b += nb;
        }
        return 0;
}
