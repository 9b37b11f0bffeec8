// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* Longer than any sentence: two symbol names of the longest kind would still be cut, legibly. */
#define REPORT_MAX 512

/* Its own lock, so that reading it never waits for a switch that is under way. */
static DEFINE_MUTEX(report_lock);
static char report_name[MODULE_NAME_LEN];
static char report_text[REPORT_MAX];

int kpc_refuse(const char *name, int err, const char *fmt, ...)
{
	va_list args;

	mutex_lock(&report_lock);
	strscpy(report_name, name, sizeof(report_name));
	va_start(args, fmt);
	vscnprintf(report_text, sizeof(report_text), fmt, args);
	va_end(args);
	pr_err("%s: %s\n", report_name, report_text);
	mutex_unlock(&report_lock);
	return err;
}

char *kpc_report_take(const char *name)
{
	char *text = NULL;

	mutex_lock(&report_lock);
	if (!strcmp(name, report_name)) {
		text = kstrdup(report_text, GFP_KERNEL);
		report_name[0] = '\0';
		report_text[0] = '\0';
	}
	mutex_unlock(&report_lock);
	return text;
}

void kpc_report_clear(const char *name)
{
	kfree(kpc_report_take(name));
}

ssize_t kpc_report_show(char *page)
{
	ssize_t n = 0;

	mutex_lock(&report_lock);
	if (report_name[0])
		n = sysfs_emit(page, "%s: %s\n", report_name, report_text);
	mutex_unlock(&report_lock);
	return n;
}
