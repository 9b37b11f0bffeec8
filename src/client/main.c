/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "client.h"
#include "config.h"
#include "display.h"
#include "pager.h"

#include <locale.h>

static void print_help(const Client *c)
{
        const Verb *verb = c->options.verb;
        FILE *out = c->out.file;

        if (verb)
                fprintf(out, "kpatchctl [OPTION...] %s%s%s\n\n%s.\n", verb->name,
                        verb->arguments[0] ? " " : "", verb->arguments, strempty(verb->help));
        else {
                fputs("kpatchctl [OPTION...] [VERB] [ARGUMENT...]\n\n"
                      "Controls kpatchd, which applies live patches to the running kernel.\n\nVerbs:\n",
                      out);
                verbs_print_help(&c->out);
        }
        fputs("\nOptions:\n", out);
        options_print_help(&c->out, verb);
        fputs("\nA PATCH is an id, or an id=version. Without a verb it shows the status.\n"
              "Exit codes and JSON are in kpatchctl(1).\n",
              out);
}

/* What a verb that may say much says is collected first. */
static int run_paged(const Client *c, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        Client paged = *c;
        size_t size;
        int r;

        paged.out.file = open_memstream(&text, &size);
        if (!paged.out.file)
                return failure_set_errno(f, -errno, "Cannot collect the output");
        r = c->options.verb->run(&paged, f);
        if (fclose(paged.out.file) != 0)
                return r < 0 ? r : failure_set_errno(f, -errno, "Cannot collect the output");
        pager_show(&c->out, text, size);
        return r;
}

static int run(const Client *c, Failure *f)
{
        if (c->options.help) {
                print_help(c);
                return 0;
        }
        if (c->options.version) {
                fputs("kpatchctl " KPATCHD_VERSION "\n", c->out.file);
                return 0;
        }
        return c->options.verb->paged && c->out.is_tty && !c->options.no_pager && !c->reply
                               ? run_paged(c, f)
                               : c->options.verb->run(c, f);
}

/* Prints what the verb left to say and returns the exit status. */
static int finish(Client *c, int r, Failure *f)
{
        if (c->reply) {
                if (r < 0 && json_add_error(c->reply, f) < 0)
                        f->kind = FAILURE_NO_MEMORY;
                if (json_write(c->out.file, c->reply, c->out.is_tty) < 0)
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        /* Such as a full disk; a reader that went away has ended us by SIGPIPE. */
        if ((fflush(c->out.file) != 0 || ferror(c->out.file)) && r >= 0)
                r = failure_set(f, FAILURE_FAILED, "The output could not be written.");
        if (r >= 0)
                return r;
        fputs("kpatchctl: ", c->err.file);
        display_write(c->err.file, failure_sentence(f), SIZE_MAX);
        fputc('\n', c->err.file);
        return c->options.verb && c->options.verb->failure_status ? c->options.verb->failure_status
                                                                  : failure_info(f->kind)->exit_code;
}

int main(int argc, char **argv)
{
        _cleanup_failure_ Failure f = {};
        Client c = {};
        int r;

        /* For the width of characters only: numbers and dates are the same everywhere. */
        setlocale(LC_CTYPE, "");
        r = options_parse(&c.options, argc, argv, &f);
        terminal_init(&c.out, stdout, c.options.color);
        terminal_init(&c.err, stderr, c.options.color);
        if (c.options.json && !c.options.help && !c.options.version) {
                c.reply = json_reply_new();
                if (!c.reply)
                        r = failure_set(&f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        if (r >= 0)
                r = run(&c, &f);
        r = finish(&c, r, &f);
        json_object_put(c.reply);
        return r;
}
