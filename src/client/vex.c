/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "vex.h"

#include "config.h"
#include "cve-view.h"
#include "date.h"
#include "file-ref.h"
#include "json-read.h"
#include "text.h"

/* https://github.com/openvex/spec, version 0.2.0: the members and their order, and which of them each status
 * needs. */

#define CONTEXT   "https://openvex.dev/ns/v0.2.0"
#define UUID_TEXT "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x"

/* What OpenVEX calls the states of a vulnerability. That no patch names it says nothing about the kernel. */
static const char *status_of(const CveInfo *cve)
{
        static const char *const table[][2] = {
                { "closed", "fixed" },
                { "applying", "affected" },
                { "available", "affected" },
                { "partial", "affected" },
        };

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (streq((*row)[0], cve->state))
                        return (*row)[1];
        return "under_investigation";
}

/* A package URL names the build, which no release alone does. Of a release only '+' is not safe in it. */
static char *make_purl(const KernelInfo *kernel)
{
        _cleanup_free_ char *release = calloc(3, strlen(strempty(kernel->release)) + 1);
        char *to = release;

        if (!release)
                return NULL;
        for (const char *from = strempty(kernel->release); *from; from++)
                if (*from == '+')
                        to = stpcpy(to, "%2B");
                else
                        *to++ = *from;
        return text_format("pkg:generic/linux@%s?build_id=%s", release, strempty(kernel->build_id));
}

/* What each statement is about: the kernel as we name it, and as others do. */
typedef struct Products {
        const char *purl;
        const char *const *others;
        size_t n_others;
} Products;

static int add_product(json_object *products, const char *purl)
{
        json_object *product = json_object_new_object(), *identifiers = NULL;
        int r;

        r = json_append(products, product);
        if (r >= 0)
                r = json_write_string(product, "@id", purl);
        if (r >= 0)
                r = json_write_member(product, "identifiers", identifiers = json_object_new_object());
        return r < 0 ? r : json_write_string(identifiers, "purl", purl);
}

static int add_products(json_object *statement, const Products *products)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_write_member(statement, "products", array);
        if (r >= 0)
                r = add_product(array, products->purl);
        for (size_t i = 0; r >= 0 && i < products->n_others; i++)
                r = add_product(array, products->others[i]);
        return r;
}

static int add_vulnerability(json_object *statement, const char *id)
{
        json_object *vulnerability = json_object_new_object();
        int r;

        r = json_write_member(statement, "vulnerability", vulnerability);
        return r < 0 ? r : json_write_string(vulnerability, "name", id);
}

/* What `affected` needs: what to do about it. */
static int add_action(json_object *statement, const CveInfo *cve)
{
        bool moving = streq(cve->state, "applying"), partial = streq(cve->state, "partial");
        const CvePatch *patch = NULL;
        _cleanup_free_ char *text = NULL;

        /* What goes without an object is the one to name only where no other is left to apply. */
        FOREACH_ARRAY (p, cve->patches, cve->n_patches)
                if (p->partial == partial && (!patch || (patch->feed && !p->feed)))
                        patch = p;
        text = text_format(
                        moving ? "Wait until the transition of the live patch %s has ended."
                        : partial ? "Unload the module that the live patch %s goes without, or get one for its build."
                        : patch && patch->feed
                                        ? "Get the live patch %s by 'kpatchctl refresh --download', and apply it."
                                        : "Apply the live patch %s.",
                        patch ? patch->reference : "that closes it");
        if (!text)
                return -ENOMEM;
        return json_write_string(statement, "action_statement", text);
}

static int add_statement(json_object *statements, const char *id, const CveInfo *cve,
                         const Products *products)
{
        json_object *statement = json_object_new_object();
        _cleanup_free_ char *sentence = cve_sentence(cve);
        const char *status = status_of(cve);
        int r;

        r = json_append(statements, statement);
        if (r >= 0)
                r = add_vulnerability(statement, id);
        if (r >= 0)
                r = add_products(statement, products);
        if (r >= 0)
                r = json_write_string(statement, "status", status);
        if (r >= 0)
                r = sentence ? json_write_string(statement, "status_notes", sentence) : -ENOMEM;
        if (r >= 0 && streq(status, "affected"))
                r = add_action(statement, cve);
        return r;
}

/* A document is named by what it says. */
static int add_id(json_object *document)
{
        _cleanup_free_ char *text = NULL, *id = NULL;
        uint8_t *u;
        FileRef ref;
        int r;

        r = json_write_text(document, JSON_C_TO_STRING_PLAIN, &text);
        if (r < 0)
                return r;
        file_ref_make(text, strlen(text), &ref);
        u = ref.sha256;
        u[6] = (uint8_t) ((u[6] & 0x0f) | 0x80); /* version 8 of RFC 9562: made by a rule of one's own */
        u[8] = (uint8_t) ((u[8] & 0x3f) | 0x80);
        id = text_format(UUID_TEXT, u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
                         u[12], u[13], u[14], u[15]);
        if (!id)
                return -ENOMEM;
        return json_write_string(document, "@id", id);
}

static int make(const Products *products, char *const *ids, const CveInfo *cves, const char *date,
                json_object *document)
{
        json_object *statements;
        int r;

        r = json_write_string(document, "@context", CONTEXT);
        if (r >= 0)
                r = json_write_string(document, "author", "kpatchd");
        if (r >= 0)
                r = json_write_string(document, "role", "Live patch manager of this host");
        if (r >= 0)
                r = json_write_string(document, "timestamp", date);
        if (r >= 0)
                r = json_write_member(document, "version", json_object_new_int(1));
        if (r >= 0)
                r = json_write_string(document, "tooling", "kpatchctl " KPATCHD_VERSION);
        if (r < 0)
                return r;
        statements = json_object_new_array();
        r = json_write_member(document, "statements", statements);
        for (size_t i = 0; r >= 0 && ids && ids[i]; i++)
                r = add_statement(statements, ids[i], &cves[i], products);
        return r < 0 ? r : add_id(document);
}

int vex_make(const KernelInfo *kernel, const char *const *others, size_t n_others, char *const *ids,
             const CveInfo *cves, time_t now, json_object **ret, Failure *f)
{
        _cleanup_free_ char *purl = make_purl(kernel);
        const Products products = { .purl = purl, .others = others, .n_others = n_others };
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        char date[DATE_TEXT_SIZE];

        if (date_format(now, date) < 0)
                return failure_set(f, FAILURE_FAILED, "The clock is not between the years 1970 and 9999.");
        if (!purl || !document || make(&products, ids, cves, date, document) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        *ret = TAKE_PTR(document);
        return 0;
}
