# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a power cut leaves of a folder, from the system calls of who wrote to it: strace records them, and they are played up
to an instant on a disk that keeps only what it was told to. That promises less than ext4 does: a file's content is what
it was at its last fsync, and what was written since is there in part, wholly or not at all; a folder's entries are what they
were at the folder's last fsync, and of what was done since the first few are there."""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,write,fsync,fdatasync,renameat,unlink,unlinkat,mkdirat"
COMMAND = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-ttt", "-e", f"trace={CALLS}"]
LINE = re.compile(r"^\d+ +(\d+\.\d+) (\w+)\((.*)\) += (-?\d+)", re.DOTALL)


@dataclass
class Call:
    time: float
    name: str
    path: str      # absolute
    to: str = ""   # of a rename
    data: bytes = b""
    flags: str = ""


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def parse(trace: Path, folder: Path) -> list[Call]:
    """All calls that changed something below the folder, in their order."""
    calls, begun = [], {}
    for line in trace.read_text().splitlines():
        pid = line.split()[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix(" <unfinished ...>").removesuffix("<unfinished ...>")
            continue
        if " resumed>" in line and pid in begun:
            line = begun.pop(pid) + line.split(" resumed>", 1)[1]
        match = LINE.match(line)
        if match and int(match[4]) >= 0:
            call = make_call(float(match[1]), match[2], match[3])
            if call and f"{call.path}/".startswith(f"{folder}/"):
                calls.append(call)
    return calls


def make_call(time: float, name: str, arguments: str) -> Call | None:
    folders = [unhex(f).decode() for f in re.findall(r"<((?:\\x..)+)>", arguments)]
    texts = [unhex(t) for t in re.findall(r'"((?:\\x..)*)"', arguments)]
    if name in ("fsync", "fdatasync"):
        return Call(time, "fsync", folders[0])
    if name == "write":
        return Call(time, name, folders[0], data=texts[0])
    if name == "unlink":
        return Call(time, name, texts[0].decode())
    paths = [str(Path(folder, text.decode())) for folder, text in zip(folders, texts)]
    if name == "openat":
        return Call(time, "create", paths[0], flags=arguments) if "O_CREAT" in arguments else None
    if name == "renameat":
        return Call(time, "rename", paths[0], to=paths[1])
    return Call(time, {"unlinkat": "unlink", "mkdirat": "mkdir"}[name], paths[0])


@dataclass
class File:
    durable: bytes = b""
    cached: bytes = b""


@dataclass
class Folder:
    durable: dict = field(default_factory=dict)
    pending: list = field(default_factory=list)  # of (name, what or None, a name that is gone with it or None)

    def entries(self, n_pending: int | None = None) -> dict:
        entries = dict(self.durable)
        for name, what, gone in self.pending[:n_pending]:
            entries.pop(name, None)
            entries.pop(gone, None)
            if what is not None:
                entries[name] = what
        return entries


class Disk:
    def __init__(self, folder: Path) -> None:
        self.top, self.root = folder, Folder()

    def find(self, path: str):
        node = self.root
        for part in Path(path).relative_to(self.top).parts:
            node = node.entries()[part]
        return node

    def enter(self, path: str, what) -> None:
        self.find(str(Path(path).parent)).pending.append((Path(path).name, what, None))

    def play(self, call: Call) -> None:
        if call.name == "create":
            if Path(call.path).name not in self.find(str(Path(call.path).parent)).entries():
                self.enter(call.path, File())
            elif "O_TRUNC" in call.flags:
                self.find(call.path).cached = b""
        elif call.name == "write":
            self.find(call.path).cached += call.data
        elif call.name == "mkdir":
            self.enter(call.path, Folder())
        elif call.name == "unlink":
            self.enter(call.path, None)
        elif call.name == "rename":
            what = self.find(call.path)
            # One step, as a journal has it: never half of it.
            self.find(str(Path(call.path).parent)).pending.append((Path(call.to).name, what, Path(call.path).name))
        else:
            self.sync(self.find(call.path))

    @staticmethod
    def sync(node) -> None:
        if isinstance(node, Folder):
            node.durable, node.pending = node.entries(), []
        else:
            node.durable = node.cached

    def write(self, target: Path, chance: random.Random, node=None) -> None:
        """What is found on it after the power is back."""
        node = node or self.root
        target.mkdir(mode=0o700, exist_ok=True)
        for name, what in node.entries(chance.randint(0, len(node.pending))).items():
            if isinstance(what, Folder):
                self.write(target / name, chance, what)
            else:
                (target / name).write_bytes(self.content(what, chance))

    @staticmethod
    def content(file: File, chance: random.Random) -> bytes:
        if file.cached == file.durable:
            return file.durable
        return chance.choice([file.durable, file.cached, file.cached[:chance.randint(0, len(file.cached))]])
