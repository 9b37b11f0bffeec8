/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that nobody calls in a guest without 32-bit programs: the entries of 32-bit system calls.
 */
#include <linux/errno.h>

struct pt_regs;

static long calls_refuse(const struct pt_regs *regs)
{
	return -ENOSYS;
}

#define CALLS(F) \
	F(vmlinux, __ia32_sys_read, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_write, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_close, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_link, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_unlink, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_chdir, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mknod, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_chmod, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mount, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_rename, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mkdir, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_rmdir, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_dup, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_umask, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_chroot, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_dup2, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_setpgid, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_symlink, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_readlink, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_swapon, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_reboot, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_munmap, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_fchmod, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_getpriority, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_setpriority, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_syslog, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_swapoff, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_fsync, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_setdomainname, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mprotect, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_init_module, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_delete_module, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_quotactl, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_getpgid, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_fchdir, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_getsid, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_fdatasync, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mlock, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_munlock, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mlockall, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_sched_setparam, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_sched_getparam, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_sched_setscheduler, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_sched_getscheduler, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_mremap, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_poll, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_prctl, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_getcwd, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_capget, 0, calls_refuse) \
	F(vmlinux, __ia32_sys_capset, 0, calls_refuse)
