# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manager.CheckCve: what is closed in the kernel that runs, now."""

import dbus
import pytest
from feedkit import refresh, subscribe
from patchkit import Patch
from test_transition import behind, kernel, object_state, wait_for_transition
from world import OPTIONS, JobFailed


def check(world, cve: str = "CVE-2026-1234") -> tuple[str, list[tuple[str, str]]]:
    state, patches = world.manager.CheckCve(cve, OPTIONS, signature="sa{sv}")
    return str(state), [(str(ref), str(state)) for ref, state, _ in patches]


def listed(world) -> list[str]:
    return [str(cve) for cve in world.manager.ListCves(OPTIONS, signature="a{sv}")]


def test_from_unknown_to_closed_and_back(world, patch):
    assert check(world) == ("unknown", [])
    world.do_import(patch)
    assert check(world) == ("available", [("fix-cmdline=1", "stored")])
    assert check(world, "CVE-2026-12345") == ("unknown", [])
    behind(world, "5 f c")
    job = world.start_change("Apply", "fix-cmdline")
    wait_for_transition(world, job)
    assert check(world) == ("applying", [("fix-cmdline=1", "applying")])
    behind(world)
    kernel(world, patch, "state", "applied")
    world.wait(job)
    assert check(world) == ("closed", [("fix-cmdline=1", "applied")])
    kernel(world, patch, "state", "disabled")
    assert check(world)[0] == "available", "the kernel is asked, not the memory"


def test_the_best_of_several_counts(world, stored, key):
    world.do_import(Patch(key, version="2", name="kpatch_two"))
    world.apply("fix-cmdline=1")
    assert check(world) == ("closed", [("fix-cmdline=1", "applied"), ("fix-cmdline=2", "stored")])


def test_a_patch_that_goes_without_an_object_closes_nothing(world, stored, patch, key):
    """Another build of a module is loaded, and the patch's author made the module optional."""
    world.apply("fix-cmdline")
    assert check(world)[0] == "closed"
    object_state(world, patch, "vmlinux", "skipped: made for another build")
    assert check(world) == ("partial", [("fix-cmdline=1", "applied")])
    world.do_import(Patch(key, version="2", name="kpatch_two"))
    assert check(world)[0] == "available", "what could close it tells more"
    object_state(world, patch, "vmlinux", "waiting")
    assert check(world)[0] == "closed", "a module that is not there has no hole"


@pytest.mark.parametrize("cve", ["", "CVE-1", "fix-cmdline", "CVE-2026-1234 "])
def test_what_is_none(world, cve):
    with pytest.raises(dbus.DBusException) as failed:
        check(world, cve)
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.InvalidArgument"


def test_what_a_feed_offers(host, nginx, publisher, key):
    """Nothing is stored with `notify`: it is the index that tells what a patch closes."""
    subscribe(host, publisher, nginx.url, Policy="notify")
    publisher.add(Patch(key), cves=["CVE-2026-1234"])
    publisher.publish()
    refresh(host)
    assert host.patches() == {}
    state, patches = host.manager.CheckCve("CVE-2026-1234", OPTIONS, signature="sa{sv}")
    assert (str(state), [tuple(map(str, p)) for p in patches]) == (
        "available", [("fix-cmdline=1", "available", "/org/kpatchd1/feed/shop")])
    assert check(host, "CVE-2026-1235") == ("unknown", [])


def test_what_a_feed_offers_and_is_here_already(host, nginx, publisher, key):
    """It closes the hole no better for being offered."""
    patch = Patch(key)
    subscribe(host, publisher, nginx.url, Policy="download")
    publisher.add(patch, cves=["CVE-2026-1234"])
    publisher.publish()
    refresh(host)
    host.apply("fix-cmdline")
    assert check(host) == ("closed", [("fix-cmdline=1", "applied")])
    object_state(host, patch, "vmlinux", "skipped: made for another build")
    assert check(host) == ("partial", [("fix-cmdline=1", "applied")])


def test_list_of_all_that_patches_name(host, nginx, publisher, key):
    """Stored or offered, for this kernel, each once and in the order of the numbers."""
    assert listed(host) == []
    subscribe(host, publisher, nginx.url, Policy="notify")
    publisher.add(Patch(key), cves=["CVE-2026-1234"])
    fields = {"cves": [{"id": "CVE-2026-10000"}, {"id": "CVE-2025-9999"}]}
    publisher.add(Patch(key, id="two", name="kpatch_two", fields=fields), cves=["CVE-2026-10000", "CVE-2025-9999"])
    publisher.add(Patch(key, id="late", name="kpatch_late", fields={"cves": [{"id": "CVE-2026-7777"}]}), cves=["CVE-2026-7777"],
                  channel="testing")
    publisher.publish()
    refresh(host)
    assert host.patches() == {} and listed(host) == ["CVE-2025-9999", "CVE-2026-1234", "CVE-2026-10000"]
    host.wait(host.manager.Refresh("", {"download": True}, signature="sa{sv}"))
    assert host.patches() and listed(host) == ["CVE-2025-9999", "CVE-2026-1234", "CVE-2026-10000"]
    assert [check(host, cve)[0] for cve in listed(host)] == ["available"] * 3


def test_what_is_stored_is_not_said_to_be_in_a_feed_too(host, nginx, publisher, key):
    publisher.add(Patch(key), cves=["CVE-2026-1234"])
    publisher.publish()
    refresh(host)
    assert check(host) == ("available", [("fix-cmdline=1", "stored")])


def test_a_withdrawn_patch_is_no_answer(host, nginx, publisher, key):
    publisher.add(Patch(key), cves=["CVE-2026-1234"])
    publisher.publish()
    refresh(host)
    publisher.add(Patch(key), cves=["CVE-2026-1234"], withdrawn={"action": "keep", "reason": "It leaks."})
    publisher.publish()
    refresh(host)
    assert check(host) == ("unknown", [("fix-cmdline=1", "withdrawn")])


def test_a_feed_that_says_other_cves_than_the_manifest(host, nginx, publisher, key):
    publisher.add(Patch(key), cves=["CVE-2026-1"])
    publisher.publish()
    with pytest.raises(JobFailed, match="'cves' differs"):
        refresh(host)
