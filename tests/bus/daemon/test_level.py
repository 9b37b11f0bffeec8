# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manager.EffectiveLevel: what the kernel has come to by what it has in force."""

from feedkit import refresh
from patchkit import Key, Patch, make_root
from test_transition import kernel, object_state


def other(key, name: str, **fields) -> Patch:
    return Patch(key, id=name, name=f"kpatch_{name}", fields=fields)


def level(world) -> tuple[str, ...]:
    return tuple(map(str, world.property("EffectiveLevel")))


def told(world) -> list[str]:
    """The level in each signal."""
    return [str(a[1]["EffectiveLevel"][0]) for _, m, a in world.signals
            if m == "PropertiesChanged" and "EffectiveLevel" in a[1]]


def test_the_highest_in_force_counts(world, key):
    for name, says in (("a", "6.1.9-1"), ("b", "6.1.10-1"), ("c", None)):
        world.do_import(other(key, name, **({"level": says} if says else {})))
    assert level(world) == ("", "", "")
    for name in ("b", "c", "a"):
        world.apply(name)
    assert level(world) == ("6.1.10-1", "b=1", "test")
    assert str(world.property("Level", "/org/kpatchd1/patch/a_3d1", "org.kpatchd1.Patch")) == "6.1.9-1"
    world.rollback("b")
    assert level(world) == ("6.1.9-1", "a=1", "test")
    world.rollback("a")
    assert told(world) == ["6.1.10-1", "6.1.9-1", ""]


def test_the_kernel_is_asked(world, key):
    """Somebody turns a patch off that the level needs, by itself or as what another depends on."""
    base, top = other(key, "base"), other(key, "top", level="6.1.10-1", depends=["base"])
    for patch in (base, top):
        world.do_import(patch)
        world.apply(patch.id)
    assert level(world) == ("6.1.10-1", "top=1", "test")
    kernel(world, base, "state", "disabled")
    assert level(world) == ("", "", "")
    kernel(world, base, "state", "applied")
    assert level(world)[0] == "6.1.10-1"
    kernel(world, top, "state", "disabled")
    assert level(world) == ("", "", "")


def test_a_patch_that_goes_without_an_object_promises_nothing(world, key):
    """Nor one that depends on it."""
    base, top = other(key, "base", level="6.1.9-1"), other(key, "top", level="6.1.10-1", depends=["base"])
    for patch in (base, top):
        world.do_import(patch)
        world.apply(patch.id)
    object_state(world, top, "vmlinux", "skipped: made for another build")
    assert level(world) == ("6.1.9-1", "base=1", "test")
    object_state(world, top, "vmlinux", "patched")
    assert level(world)[0] == "6.1.10-1"
    object_state(world, base, "vmlinux", "skipped: made for another build")
    assert level(world) == ("", "", "")


def test_what_publishers_say_of_the_same_kernel(world, key):
    """The highest counts, and it is said whose it is."""
    shop = Key()
    (world.folder / "etc/feeds.d/shop.root.json").write_bytes(make_root(shop))
    for patch in (other(key, "a", level="6.1.10-1"), other(shop, "b", level="1:5.0-1")):
        world.do_import(patch)
        world.apply(patch.id)
    assert level(world) == ("1:5.0-1", "b=1", "shop")


def test_a_withdrawn_patch_promises_nothing(host, publisher, key):
    publisher.add(Patch(key, fields={"level": "6.1.10-1"}))
    publisher.publish()
    refresh(host)
    host.apply("fix-cmdline")
    assert level(host)[0] == "6.1.10-1"
    publisher.patches["fix-cmdline=1"]["withdrawn"] = {"action": "keep", "reason": "It leaks."}
    publisher.publish()
    refresh(host)
    assert level(host) == ("", "", "")
