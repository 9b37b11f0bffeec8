# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl with the real kpatchd, on a fake kernel: that the fake daemon of the other tests does not lie."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from client_world import BUILD, ERROR, KPATCHCTL, PATIENCE, Result, check_schema

sys.path.insert(0, str(Path(__file__).parents[1] / "daemon"))

from patchkit import Key, Patch, make_root  # noqa: E402
from world import ACTIONS, World  # noqa: E402


@pytest.fixture
def host(tmp_path):
    if not (BUILD / "src/daemon/kpatchd-test").exists():
        pytest.fail("kpatchd-test is not built")
    host = World(tmp_path)
    try:
        host.key = Key()
        (tmp_path / "etc/feeds.d/test.root.json").write_bytes(make_root(host.key))
        host.start_polkit(*ACTIONS)
        host.start()
        yield host
    finally:
        host.close()


def run(host: World, *args: str | Path) -> Result:
    done = subprocess.run(
        [KPATCHCTL, *args], env=host.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
    )
    return Result(done.returncode, done.stdout, done.stderr)


def write(folder: Path, patch: Patch) -> Path:
    manifest, module = patch.files()
    (folder / "some.manifest.json").write_bytes(manifest)
    (folder / "some.ko").write_bytes(module)
    return folder / "some.ko"


def test_the_story(host, tmp_path):
    patch = Patch(host.key)
    module = write(tmp_path, patch)
    id, version = patch.ref.split("=")

    def state() -> str:
        return check_schema(run(host, "info", id, "--json").json)["patches"][0]["state"]

    reply = check_schema(run(host, "import", module, "--json").json)
    assert reply["results"][0]["patch"] == patch.ref and state() == "stored"
    assert f"'kpatchctl apply {id}'" in run(host, "status").out

    result = run(host, "apply", id)
    assert (result.code, result.err) == (0, "") and patch.ref in result.out and state() == "applied"
    result = run(host, "apply", id)
    assert result.code == 14 and result.out == ""

    assert run(host, "list").out.splitlines()[1].split()[:4] == [id, version, "applied", "yes"]
    reply = check_schema(run(host, "status", "--json").json)
    assert reply["generation"] == 1 and reply["advice"] == [] and reply["trust_roots"][0]["name"] == "test"

    assert run(host, "rollback", patch.ref).code == 0 and state() == "stored"
    assert run(host, "rollback", id).code == 15

    result = run(host, "import", module, "--apply", "--json")
    assert [r["result"] for r in check_schema(result.json)["results"]] == [ERROR + "AlreadyStored", "done"]
    assert result.code == 0 and state() == "applied"


def test_refusals(host, tmp_path):
    module = write(tmp_path, Patch(host.key))
    data = bytearray(module.read_bytes())
    data[-1] ^= 1
    module.write_bytes(data)
    result = run(host, "import", module, "--json")
    assert (result.code, check_schema(result.json)["error"]["name"]) == (27, ERROR + "ModuleDigestMismatch")
    write(tmp_path, Patch(Key()))
    assert run(host, "import", module).code == 24
    assert run(host, "apply", "absent").code == 12
    assert run(host, "list").out.startswith("No patches are stored")


def test_polkit_says_no(host, tmp_path):
    module = write(tmp_path, Patch(host.key))
    host.allow()
    result = run(host, "import", module)
    assert (result.code, result.out) == (5, "") and result.sentence


def test_verbs_of_change(host, tmp_path):
    """Files, --all, dependencies, kpatch's verbs, and the monitor that sees it all."""
    monitor = subprocess.Popen([KPATCHCTL, "monitor", "--json"], env=host.env, stdout=subprocess.PIPE, text=True)
    assert json.loads(monitor.stdout.readline())["event"]["change"] == "present"

    def states() -> dict[str, str]:
        reply = check_schema(run(host, "list", "--json").json)
        return {p["id"]: p["state"] + ("" if p["persistent"] else "!") for p in reply["patches"]}

    for name, fields in (("base", {}), ("top", {"depends": ["base"]})):
        write(tmp_path, Patch(host.key, id=name, name=f"kpatch_{name}", fields=fields))
        assert run(host, "import", tmp_path / "some.ko").code == 0
    assert run(host, "apply", "top").code == 18
    assert run(host, "apply", "--all", "--dry-run").code == 0 and states() == {"base": "stored!", "top": "stored!"}
    result = run(host, "apply", "top", "--yes")
    assert result.code == 0 and states() == {"base": "applied", "top": "applied"}, result.err
    assert run(host, "apply", "--all").out == "There is nothing to apply: all that is for this kernel is in force.\n"

    assert run(host, "unload", "kpatch_base").code == 18
    assert run(host, "unload", "kpatch_top").code == run(host, "unload", "base").code == 0
    assert states() == {"base": "stored", "top": "stored"}
    assert run(host, "load", "--all").code == 0 and states() == {"base": "applied", "top": "applied"}
    assert run(host, "uninstall", "top").code == 0 and states() == {"base": "applied", "top": "applied!"}
    assert run(host, "install", "top").code == 0 and states() == {"base": "applied", "top": "applied"}
    kpatch = tmp_path / "kpatch" / run(host, "status", "--json").json["kernel"]["release"]
    kpatch.mkdir(parents=True)
    (tmp_path / "some.ko").rename(kpatch / "kpatch_top.ko")
    result = run(host, "import", "--from-kpatch", tmp_path / "kpatch")
    assert (result.code, result.out) == (0, f"{kpatch}/kpatch_top.ko is patch top=1, which is stored.\n"), result.err

    monitor.send_signal(signal.SIGINT)
    events = [json.loads(line)["event"] for line in monitor.communicate(timeout=PATIENCE)[0].splitlines()[:-1]]
    kinds = [e["kind"] for e in events if e["object"] == "job" and e["result"] == "done"]
    assert kinds == ["import", "import", "apply", "apply", "apply", "rollback", "rollback", "apply", "apply", "uninstall",
                     "install"], kinds
    assert [e["value"] for e in events if e["name"] == "top=1" and e["property"] == "boot"] == ["yes", "no", "yes"]
