# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is refused: each with its own error name, one sentence, and nothing changed on disk or in the kernel."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import dbus
import pytest
from patchkit import MANIFEST, ROOT, Key, Patch, assemble, build_id_note, seal
from world import OPTIONS, JobFailed


def refused(world, name, action, *arguments):
    """Runs action, which must fail with that error name, one sentence, and no trace."""
    before = world.tree()
    try:
        action(*arguments)
    except JobFailed as failed:
        got, sentence = failed.name, failed.message
    except dbus.DBusException as failed:
        got, sentence = failed.get_dbus_name().removeprefix("org.kpatchd1.Error."), failed.get_dbus_message()
    else:
        pytest.fail(f"not refused, {name} expected")
    assert got == name, sentence
    assert "\n" not in sentence and sentence.endswith("."), sentence
    after = world.tree()
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert not {path for path in changed if Path(world.folder, path).is_file()}, changed
    return sentence


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def edit_payload(envelope: bytes, change) -> bytes:
    import base64
    outer = json.loads(envelope)
    outer["payload"] = base64.b64encode(change(base64.b64decode(outer["payload"]))).decode()
    return json.dumps(outer).encode()


def test_manifest_altered_by_one_byte(world, patch):
    envelope, module = patch.files()
    altered = edit_payload(envelope, lambda payload: payload.replace(b"Show less", b"Show lesr"))
    refused(world, "SignatureInvalid", world.import_files, altered, module)


def test_module_altered_by_one_byte(world, patch):
    envelope, module = patch.files()
    for at in (0, len(module) // 2, len(module) - 1):
        sentence = refused(world, "ModuleDigestMismatch", world.import_files, envelope, flip(module, at))
        assert "fix-cmdline=1" in sentence


def test_module_cut_short(world, patch):
    envelope, module = patch.files()
    refused(world, "ModuleSizeMismatch", world.import_files, envelope, module[:-1])
    refused(world, "ModuleSizeMismatch", world.import_files, envelope, b"")


def test_unknown_key(world, patch):
    refused(world, "KeyUnknown", world.do_import, replace(patch, key=Key()))


def test_no_signature(world, patch):
    envelope, module = patch.files()
    outer = json.loads(envelope)
    outer["signatures"] = []
    refused(world, "EnvelopeInvalid", world.import_files, json.dumps(outer).encode(), module)


def test_no_trust_root(world, patch):
    Path(world.folder, "etc/feeds.d/test.root.json").unlink()
    refused(world, "NoTrustRoot", world.do_import, patch)


def test_wrong_payload_type(world, patch, key):
    module = patch.module()
    payload = json.dumps(patch.manifest(module)).encode()
    refused(world, "PayloadTypeWrong", world.import_files, seal(payload, ROOT, key), module)


@pytest.mark.parametrize("envelope", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}" * 2, b'{"payload": 1}', b"[" * 9000])
def test_not_an_envelope(world, patch, envelope):
    refused(world, "EnvelopeInvalid", world.import_files, envelope, patch.module())


def test_envelope_too_large(world, patch):
    refused(world, "TooLarge", world.import_files, b" " * (256 * 1024 + 1), patch.module())


def test_signed_rubbish(world, patch, key):
    for payload in (b"{", b"{}", b"[]", b'{"id": 1}'):
        refused(world, "ManifestInvalid", world.import_files, seal(payload, MANIFEST, key), patch.module())


def test_other_build_id(world, patch):
    sentence = refused(world, "BuildIdMismatch", world.do_import, replace(patch, kernel="12" * 20))
    assert "12" * 20 in sentence


def test_other_release(world, patch):
    sentence = refused(world, "ReleaseMismatch", world.do_import, replace(patch, kernel_release="6.1.0-1-amd64"))
    assert "6.1.0-1-amd64" in sentence


def test_other_vermagic(world, patch):
    module = patch.module()
    manifest = patch.manifest(module)
    manifest["module"]["vermagic"] = "6.1.0-1-amd64 SMP "
    refused(world, "VermagicMismatch", world.import_files,
            seal(json.dumps(manifest).encode(), MANIFEST, patch.key), module)


def signed(patch, module, **fields):
    manifest = patch.manifest(module)
    manifest["module"] |= fields
    return seal(json.dumps(manifest).encode(), MANIFEST, patch.key), module


def test_signed_truncated_elf(world, patch):
    module = patch.module()
    refused(world, "ModuleInvalid", world.import_files, *signed(patch, module[:len(module) * 2 // 3]))


def test_signed_module_that_is_no_patch(world, patch):
    info = f"name={patch.name}\0vermagic={patch.kernel_release} SMP \0".encode()
    module = assemble({".modinfo": info, ".note.gnu.build-id": build_id_note(patch.build_id)})
    refused(world, "NotAPatch", world.import_files, *signed(patch, module))


def test_module_says_something_else(world, patch):
    other = replace(patch, name="kpatch_other")
    refused(world, "ModuleMismatch", world.import_files, *signed(patch, other.module()))


def test_module_for_another_kernel_than_its_manifest(world, patch):
    other = replace(patch, modinfo={"kpatch_build_id": "34" * 20})
    refused(world, "ModuleMismatch", world.import_files, *signed(patch, other.module()))


def test_engine_unknown_here(world, patch):
    module = replace(patch, modinfo={"kpatch_abi": None, "livepatch": "Y"}).module()
    with pytest.raises(JobFailed):
        world.import_files(*signed(patch, module, engine="teleport"))


def test_imported_twice(world, stored):
    refused(world, "AlreadyStored", world.do_import, stored)


def test_another_patch_of_the_same_version(world, stored):
    refused(world, "VersionConflict", world.do_import, replace(stored, title="Else", modinfo={"version": "2"}))


def test_applied_twice(world, stored):
    world.apply("fix-cmdline")
    refused(world, "AlreadyApplied", world.apply, "fix-cmdline")


def test_rollback_of_what_is_not_applied(world, stored):
    refused(world, "NotApplied", world.rollback, "fix-cmdline")


@pytest.mark.parametrize("name", ["../../etc/passwd", "fix-cmdline=../1", "..", "", "a/b", "fix cmdline", "x" * 65,
                                  "fix-cmdline=", "=1", "\u00e9"])
def test_names_that_are_none(world, stored, name):
    refused(world, "InvalidPatchName", world.apply, name)
    refused(world, "InvalidPatchName", world.rollback, name)


def test_signed_manifest_with_a_path_for_an_id(world, patch):
    refused(world, "ManifestInvalid", world.do_import, replace(patch, id="../../tmp/x"))
    refused(world, "ManifestInvalid", world.do_import, replace(patch, version="../1"))


def test_unknown_patch(world, stored):
    assert "kpatchctl list" in refused(world, "NoSuchPatch", world.apply, "fix-other")
    refused(world, "NoSuchPatch", world.apply, "fix-cmdline=2")
    refused(world, "NoSuchPatch", world.rollback, "fix-other")


def test_no_core_for_this_kernel(world, stored):
    Path(world.folder, "fake/no-core").touch()
    assert "kpatch_core" in refused(world, "EngineUnavailable", world.apply, "fix-cmdline")
    (_, available, sentence), _ = world.property("Engines")
    assert not available and "kpatch_core" in sentence


def kernel_says(world, number, last_error=None):
    folder = Path(world.folder, "sys/kernel/kpatch")
    folder.mkdir(exist_ok=True)
    if last_error:
        Path(folder, "last_error").write_text(last_error + "\n")
    Path(world.folder, "fake/insert-errno").write_text(str(number))


def test_a_kernel_that_takes_a_patch_and_does_not_switch(world, stored):
    idle = Path(world.folder, "fake/idle")
    idle.touch()
    refused(world, "NotConfirmed", world.apply, "fix-cmdline")
    world.apply("fix-cmdline")
    idle.touch()
    refused(world, "NotConfirmed", world.rollback, "fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "applied"}


def test_task_in_the_way(world, stored):
    kernel_says(world, errno.EBUSY, f"{stored.name}: task sleep[12] is in do_nanosleep")
    assert "task sleep[12] is in do_nanosleep" in refused(world, "TaskInTheWay", world.apply, "fix-cmdline")


def test_reason_of_another_module_is_not_taken(world, stored):
    kernel_says(world, errno.EBUSY, "other_module: task sleep[12] is in do_nanosleep")
    assert "sleep[12]" not in refused(world, "TaskInTheWay", world.apply, "fix-cmdline")


def test_kernel_refuses(world, stored):
    kernel_says(world, errno.EKEYREJECTED)
    assert "kpatchd(8) says how it is signed" in refused(world, "KernelRefused", world.apply, "fix-cmdline")


def test_module_name_is_taken(world, stored):
    folder = Path(world.folder, "sys/module", stored.name, "notes")
    folder.mkdir(parents=True)
    Path(folder, ".note.gnu.build-id").write_bytes(build_id_note("56" * 20))
    refused(world, "ModuleNameConflict", world.apply, "fix-cmdline")


def test_unknown_option(world, stored):
    options = dbus.Dictionary({"force": True}, signature="sv")
    sentence = refused(world, "InvalidArgument",
                       lambda: world.manager.Apply("fix-cmdline", options, signature="sa{sv}"))
    assert "force" in sentence


def test_not_a_regular_file(world, patch):
    read, write = os.pipe()
    job = world.manager.Import(read, read, OPTIONS, signature="hha{sv}")
    os.close(read)
    refused(world, "InvalidArgument", world.wait, job)
    os.close(write)


def test_file_that_changes_after_it_was_handed_over(world, patch):
    """The daemon checks and stores one copy: what the caller writes meanwhile is not part of it."""
    envelope, module = patch.files()
    world.import_files(envelope, module)
    Path(world.folder, "module").write_bytes(b"changed")
    stored, = Path(world.folder, "var/modules").iterdir()
    assert stored.read_bytes() == module


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root to mount")
def test_full_disk(world, patch, key):
    state = Path(world.folder, "var")
    world.stop()
    state.mkdir(exist_ok=True)
    assert os.system(f"mount -t tmpfs -o size=64k tmpfs {state}") == 0
    try:
        world.start()
        world.do_import(patch)
        filler = Path(state, "filler")
        with open(filler, "wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(b"x" * 1024)
        refused(world, "NoSpace", world.apply, "fix-cmdline")
        refused(world, "NoSpace", world.do_import, Patch(key, id="second", name="kpatch_second"))
        assert world.patches() == {"fix-cmdline=1": "stored"}
        filler.unlink()
        world.apply("fix-cmdline")
        with open(filler, "wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(b"x" * 1024)
        refused(world, "NoSpace", world.rollback, "fix-cmdline")
        assert world.enabled(patch.name) == "1"
        filler.unlink()
        world.rollback("fix-cmdline")
    finally:
        world.stop()
        assert os.system(f"umount {state}") == 0
