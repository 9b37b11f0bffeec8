/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "pager.h"

#include "cleanup.h"
#include "strv.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t count_lines(const char *text, size_t size)
{
        size_t n = 0;

        for (const char *p = text, *end = text + size; p < end && (p = memchr(p, '\n', (size_t) (end - p)));
             p++)
                n++;
        return n;
}

/* One line is needed for what comes after it: the prompt. */
static bool fits(const Terminal *t, const char *text, size_t size)
{
        struct winsize window;

        return ioctl(fileno(t->file), TIOCGWINSZ, &window) != 0 || window.ws_row == 0 ||
               count_lines(text, size) < window.ws_row;
}

static bool has_anothers_rights(void)
{
        static const char *const variables[] = { "SUDO_UID", "PKEXEC_UID", "DOAS_USER" };

        FOREACH_ARRAY (name, variables, ELEMENTSOF(variables))
                if (getenv(*name))
                        return true;
        return getauxval(AT_SECURE) != 0;
}

/* The words of the command; NULL where there is to be none, or no memory. */
static char **find_command(bool secure)
{
        const char *own = getenv("KPATCHCTL_PAGER"), *common = getenv("PAGER");
        const char *text = secure ? "less" : own ? own : common ? common : "less";
        _cleanup_strv_free_ char **words = NULL;
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy, *word;

        while (copy && (word = strsep(&rest, " \t")))
                if (word[0] && strv_append(&words, word) < 0)
                        return NULL;
        return words && !streq(words[0], "cat") ? TAKE_PTR(words) : NULL;
}

/* Colours, and nothing that clears the screen; in secure mode neither commands nor other files. */
static int set_environment(bool secure)
{
        if (secure && (unsetenv("LESSOPEN") < 0 || unsetenv("LESSCLOSE") < 0 ||
                       setenv("LESSSECURE", "1", 1) < 0 || setenv("LESS", "FRX", 1) < 0))
                return -errno;
        return setenv("LESS", "FRX", 0) < 0 ? -errno : 0;
}

static int spawn(char *const *command, int input, pid_t *ret)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t defaults;
        int r;

        sigemptyset(&defaults);
        sigaddset(&defaults, SIGINT);
        sigaddset(&defaults, SIGPIPE);
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
                if (r == 0)
                        r = posix_spawnattr_setsigdefault(&attributes, &defaults);
                if (r == 0)
                        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
                if (r == 0)
                        r = posix_spawnp(ret, command[0], &actions, &attributes, command, environ);
                posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* A pager may be left before it has read all. */
static void feed(int fd, const char *text, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, text, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                text += n;
                size -= (size_t) n;
        }
}

/* Returns a negative errno where the pager has seen nothing. */
static int page(char *const *command, const char *text, size_t size)
{
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        r = spawn(command, fds[0], &pid);
        close(fds[0]);
        if (r >= 0)
                feed(fds[1], text, size);
        close(fds[1]);
        while (r >= 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return r;
}

void pager_show(const Terminal *t, const char *text, size_t size)
{
        bool secure = has_anothers_rights();
        _cleanup_strv_free_ char **command = NULL;
        struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int, old_pipe;
        int r = -ENOENT;

        if (t->can_redraw && !fits(t, text, size))
                command = find_command(secure);
        if (command && set_environment(secure) >= 0) {
                fflush(t->file);
                /* Ctrl-C is for the pager. */
                sigaction(SIGINT, &ignore, &old_int);
                sigaction(SIGPIPE, &ignore, &old_pipe);
                r = page(command, text, size);
                sigaction(SIGINT, &old_int, NULL);
                sigaction(SIGPIPE, &old_pipe, NULL);
        }
        if (r < 0)
                fwrite(text, 1, size, t->file);
}
