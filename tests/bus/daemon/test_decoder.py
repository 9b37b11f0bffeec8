# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an envelope that takes kpatchd-parse over comes to: that process decodes others, too."""

from pathlib import Path

import pytest
from feedkit import refresh
from patchkit import Patch
from world import BUILD, JobFailed

# Passes envelopes on to the real one. What it does to manifests stands where HOW is.
DECODER = """#!/usr/bin/python3
import os, signal, struct, subprocess, sys
real = subprocess.Popen(["PROGRAM"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
manifests = []
while head := sys.stdin.buffer.read(4):
    real.stdin.write(head + sys.stdin.buffer.read(struct.unpack("=I", head)[0]))
    real.stdin.flush()
    answer = real.stdout.read(8)
    answer += real.stdout.read(struct.unpack("=II", answer)[1])
    if b"application/vnd.kpatchd.manifest+json" in answer:
        manifests.append(answer)
        HOW
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def taken_over(host, tmp_path):
    """Has the daemon started with such a decoder."""
    def start(how: str):
        path = Path(tmp_path, "decoder")
        path.write_text(DECODER.replace("HOW", how).replace("PROGRAM", str(BUILD / "src/parse/kpatchd-parse")))
        path.chmod(0o755)
        host.stop()
        host.start(KPATCHD_TEST_PARSER=str(path))
        return host
    return start


def stored(publisher, key, *ids: str) -> None:
    for id in ids:
        publisher.add(Patch(key, id=id, name=f"kpatch_{id}"))
    publisher.publish()


def test_one_that_passes_one_patch_off_as_another(taken_over, publisher, key):
    """Signatures hold whatever it says, and a manifest says whose it is."""
    stored(publisher, key, "one", "two")
    world = taken_over("answer = manifests[0]")
    with pytest.raises(JobFailed, match="MetadataInvalid: .*two=1.*'id' differs"):
        refresh(world)
    assert world.patches() == {"one=1": "stored"}
    world.stop()
    world.start()
    refresh(world)
    assert world.patches() == {"one=1": "stored", "two=1": "stored"}
    # What is stored already is shown as what it is, or not at all; what is put in force is decoded by itself.
    world = taken_over("answer = manifests[0]")
    assert world.patches() == {"one=1": "stored"}
    world.apply("one")
    assert world.enabled("kpatch_one") == "1"


def test_one_that_invents(taken_over, publisher, key):
    stored(publisher, key, "one")
    world = taken_over("answer = answer.replace(b'kpatch_one', b'kpatch_two')")
    with pytest.raises(JobFailed, match="SignatureInvalid"):
        refresh(world)
    assert world.patches() == {}


@pytest.mark.parametrize(("how", "why"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "die of signal 11"), ("sys.exit(3)", "exit status 3"),
    ("answer = struct.pack('=II', 0, 1 << 30)", "File too large"), ("answer = struct.pack('=II', 7, 0)", "cannot be decoded"),
    ("answer = struct.pack('=II', 0, 4) + b'abcd'", "cannot be decoded"),
])
def test_one_that_fails(taken_over, publisher, key, how, why):
    """Is said so, and the next envelope has a process of its own."""
    stored(publisher, key, "one", "two", "three")
    world = taken_over(f"""if b'"two"' in answer: {how}""")
    with pytest.raises(JobFailed, match=f"two=1: .*{why}"):
        refresh(world)
    assert {"one=1", "two=1", "three=1"} - {"two=1"} >= set(world.patches()) >= {"one=1"}
