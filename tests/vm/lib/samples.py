# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Signs the sample patches with a key of the tests' own, so that scripts can import them at once."""

from pathlib import Path

from .common import GUEST_HOME, command
from .modules import PATCHES

SAMPLES = PATCHES[0][1]
# Beside the samples: what a host would put into /etc/kpatchd/feeds.d to trust them. Nothing trusts it by itself.
ROOT = f"{SAMPLES}/samples.root.json"
# With it scripts sign more, or what must be refused.
KEY = f"{GUEST_HOME}/samples.key"
ISSUED = "2026-01-01T00:00:00Z"
EXPIRES = "2036-01-01T00:00:00Z"


def sign(stage: Path, feed_tool: Path, work: Path) -> None:
    """Make key, root and a signed manifest NAME.manifest.json for each NAME.ko, where the tool is built."""
    modules = sorted((stage / SAMPLES).glob("*.ko"))
    if not modules or not feed_tool.exists():
        return
    key, root = stage / KEY, stage / ROOT
    public = key.with_suffix(".key.pub")

    def tool(*words: str | Path) -> None:
        command([feed_tool, *words], "signing the samples")

    tool("keygen", key)
    unsigned = work / "unsigned.json"
    tool("root", "--key", f"root={public}", "--key", f"patch={public}", "--expires", EXPIRES, "--out", unsigned)
    tool("sign", "--key", key, "--type", "root", unsigned, "--out", root)
    for module in modules:
        # kpatch_sample_pair.ko is the patch sample-pair, version 1.
        name = module.stem.removeprefix("kpatch_").replace("_", "-")
        unsigned.unlink()
        tool("manifest", module, "--id", name, "--version", "1", "--title", f"The sample patch {name}",
             "--issued", ISSUED, "--out", unsigned)
        tool("sign", "--key", key, "--type", "manifest", unsigned, "--out", module.with_suffix(".manifest.json"))
    unsigned.unlink()
