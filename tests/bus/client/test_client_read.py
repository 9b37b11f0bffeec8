# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl status, list and info."""

import subprocess
import time

import pytest
from client_world import ERROR, KPATCHCTL, PATIENCE, check_schema, patch

RICH = patch(
    Title="Close the door", Description="One.\n\nTwo.", State="applied", Persistent=True, Severity="important",
    AppliedSince=1700000000,
    Cves=["CVE-2026-1", "CVE-2026-2"], Functions=[["vmlinux", "door_open", 0], ["ext4", "door_shut", 2]],
)


def test_status_page(world):
    world.start_daemon(patches=[RICH])
    result = world.run("status")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "Kernel       6.1.0-99-amd64",
        "Build-id     " + "ab" * 20,
        "Engines      core: available. kpatch_core 0.1.0",
        "             livepatch: not available. not built into this kernel",
        "Generation   3",
        "Trust roots  demo: expires 2100-01-01",
        "kpatchd      0.1.0",
        "Patches      1 applied, 1 in all",
        "",
        "  ID    VERSION  STATE    BOOT  TITLE",
        "  demo  1.0      applied  yes   Close the door",
    ]


def test_status_of_a_host_without_anything(world):
    world.start_daemon(manager={"Engines": [], "TrustRoots": [], "Generation": 0})
    page = world.run("status").out
    for line in ("Engines      none\n", "Trust roots  none\n", "Patches      none\n", "Generation   0\n"):
        assert line in page


def test_what_nobody_has_signed_is_loud(world):
    world.start_daemon(manager={"UnsignedFrom": ["/var/lib/kpatch", "/srv"]},
                       patches=[patch("old", "unsigned.1", Title="Unsigned live patch old", TrustRoot="unsigned")])
    page = world.run("status").out
    assert "\nUnsigned     modules in /var/lib/kpatch are believed\n             modules in /srv are believed\n" in page
    assert check_schema(world.run("status", "--json").json)["unsigned_from"] == ["/var/lib/kpatch", "/srv"]
    assert "Trust root   unsigned: nobody has signed it\n" in world.run("info", "old").out
    assert "Unsigned live patch old" in world.run("list").out


def test_no_verb_is_status(world):
    world.start_daemon()
    assert world.run().out == world.run("status").out != ""


@pytest.mark.parametrize(
    ("manager", "patches", "advice"),
    [
        ({}, [RICH], []),
        ({}, [], ["No patches are stored"]),
        ({"TrustRoots": []}, [], ["No trust root is installed"]),
        ({"TrustRoots": [["old", 86400]]}, [RICH], ["Trust root 'old' has expired"]),
        ({"Engines": [["core", False, "no"]]}, [RICH], ["No engine can"]),
        ({"ApplyDisabled": True, "ApplyDisabledReason": "It is so."}, [RICH], ["Patches are not applied at boot: It is so."]),
        ({"Quarantine": [["demo=1.0", "It crashed.", "2026-11-21T12:00:00Z"]]}, [RICH],
         ["'demo=1.0' is quarantined and not applied at boot: It crashed. 'kpatchctl quarantine clear demo=1.0'"]),
        ({}, [patch()], ["'demo' is stored but not applied: 'kpatchctl apply demo'"]),
        ({}, [patch(), patch("two")], ["2 patches for this kernel are stored but not applied: 'kpatchctl apply demo'"]),
        ({}, [RICH, patch(version="0.9")], []),
        ({}, [RICH, patch(version="9")], ["'demo=9' is stored but not applied: 'kpatchctl apply demo=9'"]),
        ({}, [RICH | {"Supersedes": ["old"]}, patch("old")], []),
        ({}, [patch(Kernel=["6.1.0-1-amd64", "cd" * 20])], []),
        ({}, [patch(State="failed", Persistent=True)], ["'demo=1.0' should be applied but is not"]),
        ({}, [patch(State="applied")], ["'demo=1.0' is applied now, but will not be after a reboot"]),
        ({}, [patch(Held=True)], []),
        ({}, [patch(State="applied", Persistent=True, TrustRoot="unsigned")],
         ["'demo=1.0' is in force, and nobody has signed it: get a signed one."]),
        ({}, [patch(State="applied", Persistent=True, TrustRoot="")],
         ["Nobody vouches for 'demo=1.0' any more, so the next boot does not apply it: 'kpatchctl verify demo=1.0'"]),
        ({}, [patch(State="applied", Persistent=True, Objects=[["foo", "skipped: another build"]])],
         ["'demo=1.0' is in force without foo, and what it closes there is open: another build."]),
        ({}, [patch(State="reverting", Stragglers=[[7, "cat", ""]])], ["'demo=1.0' is past its deadline: wait for"]),
    ],
)
def test_status_says_what_to_do_next(world, manager, patches, advice):
    world.start_daemon(manager=manager, patches=patches)
    got = check_schema(world.run("status", "--json").json)["advice"]
    assert len(got) == len(advice)
    for sentence, begin in zip(got, advice):
        assert sentence.startswith(begin)
    page = world.run("status").out
    assert page.count("Next  ") == (1 if advice else 0)
    assert all(begin in page for begin in advice)


@pytest.mark.parametrize(
    ("feed", "advice"),
    [
        ({"FeedStale": True}, "Nothing new is installed from feed 'demo', as it has expired"),
        ({"FeedStale": True, "Policy": "off"}, None),
        ({"Patches": [["demo=1.0", "withdrawn", "", ""]]}, "'demo=1.0' is withdrawn: 'kpatchctl rollback demo=1.0'"),
        ({"Patches": [["new=1", "offered", "", ""], ["old=1", "later", "", ""]]},
         "Feed 'demo' has a patch for this host that is not stored here: 'kpatchctl feeds demo' shows it."),
        ({"Patches": [["new=1", "offered", "", ""], ["other=1", "offered", "", ""]]},
         "Feed 'demo' has patches for this host that are not stored here: 'kpatchctl feeds demo' shows them."),
    ],
)
def test_status_says_what_to_do_about_feeds(world, feed, advice):
    world.start_daemon(patches=[RICH], feeds=[{"Name": "demo", "LastSuccess": 1, "Expires": 2} | feed])
    got = check_schema(world.run("status", "--json").json)["advice"]
    assert len(got) == bool(advice) and all(sentence.startswith(advice) for sentence in got)


def event(patch: str, result: str = "done", kind: str = "reapply", when: float = 0, message: str = "x") -> list:
    return [int(when or time.time()), kind, patch, result, message, 2**32 - 1, "kpatchd", 5, 3]


def test_status_says_what_became_of_patches_at_boot(world):
    """Of each the last try of this boot counts, and the latest stand first."""
    world.start_daemon(GetHistory=[
        event("b=1", kind="apply"), event("a=1"), event("b=1", ERROR + "KernelRefused", message="The kernel refused b=1."),
        event("a=1", ERROR + "KernelRefused"), event("b=1"), event("c=1"), event("old=1", when=1)],
        manager={"Quarantine": [["q=1", "It crashed.", "2026-11-21T12:00:00Z"]]})
    assert "Boot         2 patches came back\n             b=1 did not come back: The kernel refused b=1.\n" \
        "             1 quarantined\n" in world.run("status").out
    assert check_schema(world.run("status", "--json").json)["boot"] == {
        "back": ["a=1", "c=1"],
        "failed": [{"patch": "b=1", "error": ERROR + "KernelRefused", "message": "The kernel refused b=1."}]}


def test_status_says_why_nothing_is_applied_at_boot(world):
    world.start_daemon(manager={"ApplyDisabled": True, "ApplyDisabledReason": "kpatchd.apply=0 is there."})
    assert "Boot         nothing is applied: kpatchd.apply=0 is there.\n" in world.run("status").out
    assert check_schema(world.run("status", "--json").json)["boot"] == {"back": [], "failed": []}


def test_status_marks_an_expired_root(world):
    world.start_daemon(manager={"TrustRoots": [["old", 86400], ["far", 2**63 - 1], ["farther", 2**64 - 1]]})
    page = world.run("status").out
    assert "old: EXPIRED 1970-01-02\n" in page
    assert "far: expires at an unknown date\n" in page and "farther: expires at an unknown date\n" in page
    assert world.run("status", "--json").json["trust_roots"] == [
        {"name": "old", "expires": 86400, "expired": True},
        {"name": "far", "expires": 2**63 - 1, "expired": False},
        {"name": "farther", "expires": 2**64 - 1, "expired": False},
    ]


def test_status_shows_jobs(world):
    job = {"Kind": "apply", "Patch": "demo=1.0", "State": "running", "Step": "load", "Progress": [1, 3, "Loading it"]}
    world.start_daemon(patches=[RICH], jobs=[job])
    assert "Jobs         apply demo=1.0: running, Loading it\n" in world.run("status").out
    assert check_schema(world.run("status", "--json").json)["jobs"] == [
        {
            "kind": "apply", "patch": "demo=1.0", "state": "running", "step": "load",
            "progress": {"done": 1, "total": 3, "message": "Loading it"},
        }
    ]


def test_status_json(world):
    world.start_daemon(patches=[RICH])
    reply = check_schema(world.run("status", "--json").json)
    assert reply["format"] == 1
    assert reply["daemon"] == {"version": "0.1.0"}
    assert reply["kernel"] == {"release": "6.1.0-99-amd64", "build_id": "ab" * 20}
    assert (reply["generation"], reply["apply_disabled"]) == (3, False)
    assert reply["engines"][1] == {"name": "livepatch", "available": False, "detail": "not built into this kernel"}
    assert "error" not in reply


def test_generation_of_64_bits(world):
    world.start_daemon(manager={"Generation": 2**64 - 1})
    assert world.run("status", "--json").json["generation"] == 2**64 - 1
    assert f"Generation   {2**64 - 1}\n" in world.run("status").out


def test_list_is_sorted_and_aligned(world):
    world.start_daemon(
        patches=[patch("zeta", "2"), patch("alpha", "1.10", State="applied"), patch("alpha", "1.9", Title="Nine")]
    )
    assert world.run("list").out == (
        "ID     VERSION  STATE    BOOT  TITLE\n"
        "alpha  1.9      stored   no    Nine\n"
        "alpha  1.10     applied  no\n"
        "zeta   2        stored   no\n"
    )
    assert world.run("list", "-q").out == "alpha=1.9\nalpha=1.10\nzeta=2\n"
    reply = check_schema(world.run("list", "--json").json)
    assert [p["version"] for p in reply["patches"]] == ["1.9", "1.10", "2"]


def test_list_of_nothing(world):
    world.start_daemon()
    assert world.run("list").out == "No patches are stored: 'kpatchctl import MODULE.ko' verifies and stores one.\n"
    assert world.run("list", "--quiet").out == ""
    assert check_schema(world.run("list", "--json").json) == {"format": 1, "patches": []}


def test_list_of_very_many(world):
    world.start_daemon(patches=[patch(f"p{i}") for i in range(1000)])
    assert len(world.run("list").out.splitlines()) == 1001


def test_info_page(world):
    world.start_daemon(patches=[RICH])
    assert world.run("info", "demo").out.splitlines() == [
        "Patch        demo=1.0",
        "Title        Close the door",
        "State        applied, applied at boot",
        "Since        2023-11-14T22:13:20Z",
        "Severity     important",
        "Closes       CVE-2026-1",
        "             CVE-2026-2",
        "Kernel       6.1.0-99-amd64 (the one that runs)",
        "Build-id     " + "ab" * 20,
        "Engine       core",
        "Module       kpatch_demo",
        "Functions    vmlinux:door_open",
        "             ext4:door_shut,2",
        "Trust root   demo",
        "Description  One.",
        "",
        "             Two.",
    ]


def test_info_json(world):
    world.start_daemon(patches=[RICH])
    reply = check_schema(world.run("info", "--json", "demo=1.0").json)
    assert reply == {
        "format": 1,
        "patches": [
            {
                "id": "demo", "version": "1.0", "state": "applied", "persistent": True,
                "held": False, "quarantined": None, "applied_since": 1700000000, "title": "Close the door",
                "description": "One.\n\nTwo.", "severity": "important", "level": None, "engine": "core", "module": "kpatch_demo",
                "trust_root": "demo", "stragglers": [], "objects": [{"name": "vmlinux", "state": None}], "kernel": {"release": "6.1.0-99-amd64", "build_id": "ab" * 20},
                "cves": ["CVE-2026-1", "CVE-2026-2"],
                "functions": [
                    {"object": "vmlinux", "name": "door_open", "sympos": 0},
                    {"object": "ext4", "name": "door_shut", "sympos": 2},
                ],
            }
        ],
    }


def test_objects(world):
    world.start_daemon(patches=[patch(Objects=[["vmlinux", "patched"], ["ext4", "waiting"], ["xfs", "skipped: another build"]])])
    assert "Objects      vmlinux, patched\n             ext4, waiting\n             xfs, skipped: another build\n" in \
        world.run("info", "demo").out
    objects = check_schema(world.run("info", "demo", "--json").json)["patches"][0]["objects"]
    assert objects[1] == {"name": "ext4", "state": "waiting"}


WAITING = patch(State="applying", Stragglers=[[7, "sleeper", "door_open"], [8, "cat", ""]])


def test_stragglers(world):
    world.start_daemon(patches=[WAITING], GetStacks=[[7, ["nap+0x1/0x2", "door_open+0x3/0x4 [door]"]], [8, []], [9, ["x"]]])
    assert ("Stragglers   sleeper (7) in door_open\n             at nap+0x1/0x2\n"
            "             at door_open+0x3/0x4 [door]\n             cat (8)\n") in world.run("info", "demo").out
    assert "\nStragglers   demo=1.0 waits for sleeper (7) in door_open\n             at nap+0x1/0x2\n" in world.run("status").out
    for verb in ("status",), ("info", "demo"):
        reply = check_schema(world.run(*verb, "--json").json)
        assert reply["patches"][0]["stragglers"] == [
            {"pid": 7, "name": "sleeper", "function": "door_open", "stack": ["nap+0x1/0x2", "door_open+0x3/0x4 [door]"]},
            {"pid": 8, "name": "cat", "function": None, "stack": None}]


def test_who_may_not_see_stacks(world):
    """Sees all else, and why; no one is asked for a password."""
    world.start_daemon(patches=[WAITING, patch(version="2")], refuse={"GetStacks": [ERROR + "NotAuthorized", "Not yours."]})
    for verb in ("status",), ("info", "demo=1.0"):
        result = world.run(*verb)
        assert result.code == 0 and "sleeper (7)" in result.out and "\nStacks       Not yours.\n" in result.out
        assert [s["stack"] for s in world.run(*verb, "--json").json["patches"][0]["stragglers"]] == [None, None]
    calls = [call for call in world.calls() if call["method"] == "GetStacks"]
    assert len(calls) == 4 and not any(call["interactive"] for call in calls), "once for each, of the one that waits"


def test_info_of_another_kernel(world):
    world.start_daemon(patches=[patch(Kernel=["6.1.0-1-amd64", "cd" * 20])])
    assert "Kernel       6.1.0-1-amd64 (not the one that runs)\n" in world.run("info", "demo").out


@pytest.mark.parametrize(("applied", "version"), [(None, "1.10"), ("1.9", "1.9"), ("1.2", "1.2")])
def test_an_id_means_the_applied_or_newest(world, applied, version):
    states = {applied: {"State": "applied"}}
    world.start_daemon(patches=[patch(version=v, **states.get(v, {})) for v in ("1.10", "1.2", "1.9")])
    assert world.run("info", "demo", "--json").json["patches"][0]["version"] == version


def test_info_of_several(world):
    world.start_daemon(patches=[patch("one"), patch("two")])
    assert world.run("info", "two", "one").out.count("\n\nPatch        one=1.0\n") == 1
    assert [p["id"] for p in world.run("info", "two", "one", "--json").json["patches"]] == ["two", "one"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dmeo", "No patch 'dmeo' is stored; did you mean 'demo'?"),
        ("demo=1.1", "No patch 'demo=1.1' is stored; did you mean 'demo=1.0'?"),
        ("unlike-any", "No patch 'unlike-any' is stored; 'kpatchctl list' shows those that are."),
    ],
)
def test_info_of_what_is_not_there(world, name, sentence):
    world.start_daemon(patches=[patch(), patch("other")])
    result = world.run("info", name)
    assert (result.code, result.out, result.sentence) == (12, "", sentence)
    result = world.run("info", name, "--json")
    assert check_schema(result.json)["error"] == {"name": ERROR + "NoSuchPatch", "message": sentence}
    assert (result.code, result.sentence) == (12, sentence)


def test_unknown_properties_are_left_out(world):
    """A newer daemon says more, and an older one less."""
    world.start_daemon(patches=[RICH], rename={"Title": "Headline", "Severity": "Weight", "Functions": "Routines"})
    reply = check_schema(world.run("list", "--json").json)["patches"][0]
    assert (reply["title"], reply["severity"], reply["functions"]) == (None, None, [])
    assert (reply["id"], reply["trust_root"]) == ("demo", "demo")


def test_properties_of_another_type_are_an_error(world):
    world.start_daemon(patches=[RICH], rename={"Title": "Cves", "Cves": "Title"})
    result = world.run("list")
    assert (result.code, result.out) == (1, "")
    assert "not understood" in result.sentence


def test_a_module_that_was_loaded_by_hand(world):
    """It has no version, no manifest and no kernel."""
    by_hand = patch("kpatch_mine", "", State="applied", Title="(by hand)", Kernel=["", ""], Module="kpatch_mine",
                    Functions=[], TrustRoot="", Engine="core")
    world.start_daemon(patches=[by_hand, patch("kpatch-mine")])
    assert world.run("list").out.splitlines()[1:] == [
        "kpatch-mine  1.0      stored   no",
        "kpatch_mine  -        applied  no    (by hand)",
    ]
    assert world.run("list", "-q").out == "kpatch-mine=1.0\nkpatch_mine\n"
    assert check_schema(world.run("list", "--json").json)["patches"][1]["version"] is None
    assert world.run("info", "kpatch_mine").out == (
        "Patch        kpatch_mine\nTitle        (by hand)\nState        applied, not applied at boot\n"
        "Engine       core\nModule       kpatch_mine\n"
    )
    assert "'kpatch_mine' is applied now, but will not be after a reboot." in world.run("status").out
    # it is no patch that could be meant
    assert world.run("info", "kpatch_mina").sentence.endswith("did you mean 'kpatch-mine'?")


def test_output_that_cannot_be_written(world):
    world.start_daemon(patches=[RICH])
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [KPATCHCTL, "list"], env=world.env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE
        )
    assert (done.returncode, done.stderr) == (1, "kpatchctl: The output could not be written.\n")
