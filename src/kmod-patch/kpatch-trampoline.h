/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct way from a replaced function to its replacement. ftrace lets the function's first
 * instruction call a trampoline here, one for each entry of the table:
 *
 *	- Where the patch's word kpc__on is 1, everyone in the system is to see this patch: drop the
 *	  return address into the old function and go on in the new one, whose caller is then the old
 *	  one's. Five instructions more than a call of a function that is not replaced.
 *	- Else kpatch_core knows: kpc_dispatch() returns where this call goes, or 0 for the old function.
 *
 * The way on from there is a return and not a jump: a return needs neither a landing pad nor a
 * retpoline. objtool sees a function that it understands, in every build; ftrace reaches it by a
 * direct call, so it needs no landing pad either.
 */
#ifndef KPATCH_TRAMPOLINE_H
#define KPATCH_TRAMPOLINE_H

#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/stringify.h>
#include <linux/types.h>

#include <asm/asm.h>
#include <asm/linkage.h>
#include <asm/unwind_hints.h>

struct kpc_target;

/**
 * struct kpc_trampoline - where one is, made below
 * @start:	its first instruction
 * @size:	in bytes
 * @target:	what it asks about in kpc_dispatch(); belongs to kpatch_core
 */
struct kpc_trampoline {
	void *start;
	unsigned long size;
	struct kpc_target **target;
};

/**
 * kpc_dispatch() - where a call of a replaced function goes
 * @target:	the function
 * @stack:	on the stack, where the return address of the function's caller is
 *
 * For trampolines, in whatever context the function is called.
 *
 * Return: the address of a replacement, 0 for the old function.
 */
unsigned long kpc_dispatch(struct kpc_target *target, unsigned long *stack);

/* On entry: the return address into the old function, above it the one into its caller. */
#define KPC__TRAMPOLINE(_object, _name, _sympos, _new) \
	".pushsection .data\n\t" \
	".balign 8\n" \
	"971:\t.quad 0\n\t" \
	".popsection\n\t" \
	".pushsection .text\n\t" \
	".balign 16\n\t" \
	".type kpc_to." #_object "." #_name "." #_sympos ", @function\n" \
	"kpc_to." #_object "." #_name "." #_sympos ":\n" \
	"972:\t" ANNOTATE_NOENDBR "\n\t" \
	"cmpl $1, kpc__on(%rip)\n\t" \
	"jne 973f\n\t" \
	"addq $8, %rsp\n\t" UNWIND_HINT_FUNC "\n\t" \
	"jmp " #_new "\n" \
	"973:\tpushq %rax\n\t" \
	"pushq %rdi\n\t" \
	"pushq %rsi\n\t" \
	"pushq %rdx\n\t" \
	"pushq %rcx\n\t" \
	"pushq %r8\n\t" \
	"pushq %r9\n\t" \
	"pushq %r10\n\t" \
	"movq 971b(%rip), %rdi\n\t" \
	"leaq 72(%rsp), %rsi\n\t" \
	"call kpc_dispatch\n\t" \
	"movq %rax, %r11\n\t" \
	"popq %r10\n\t" \
	"popq %r9\n\t" \
	"popq %r8\n\t" \
	"popq %rcx\n\t" \
	"popq %rdx\n\t" \
	"popq %rsi\n\t" \
	"popq %rdi\n\t" \
	"popq %rax\n\t" \
	"testq %r11, %r11\n\t" \
	"jz 974f\n\t" \
	"movq %r11, (%rsp)\n" \
	"974:\t" ASM_RET "\n\t" \
	".size kpc_to." #_object "." #_name "." #_sympos ", . - 972b\n" \
	"975:\n\t" \
	".popsection\n\t" \
	".quad 972b, 975b - 972b, 971b\n\t"

/* A table of struct kpc_trampoline, in the order of the list, called kpc__trampolines. */
#define KPC__TRAMPOLINES(_list) \
	extern const struct kpc_trampoline kpc__trampolines[]; \
	asm(".pushsection .rodata.kpatch, \"a\"\n\t" \
	    ".balign 8\n" \
	    "kpc__trampolines:\n\t" _list(KPC__TRAMPOLINE) ".popsection\n")

#endif
