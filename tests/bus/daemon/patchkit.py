# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what a publisher makes, with other means than the project's own: modules by the assembler, envelopes by
python3-cryptography."""

import base64
import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from platform import release

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MANIFEST = "application/vnd.kpatchd.manifest+json"
ROOT = "application/vnd.kpatchd.root+json"
KERNEL_BUILD_ID = "c0ffee" * 6 + "c0ff"


def build_id_note(build_id: str) -> bytes:
    """A GNU note as the kernel has it."""
    return b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0" + bytes.fromhex(build_id)


def assemble(sections: dict[str, bytes]) -> bytes:
    source = ""
    for name, data in sections.items():
        kind = "@note" if name.startswith(".note") else "@progbits"
        source += f'.section {name},"a",{kind}\n' + "".join(f".byte {byte}\n" for byte in data)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "module.ko")
        subprocess.run(["as", "--64", "-o", output, "-"], input=source, text=True, check=True)
        return output.read_bytes()


@dataclass
class Key:
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def raw(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def seal(payload: bytes, kind: str, *keys: Key) -> bytes:
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    return json.dumps({
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": key.id, "sig": base64.b64encode(key.private.sign(pae)).decode()} for key in keys],
    }).encode()


def make_root(key: Key, expires: str = "2040-01-01T00:00:00Z") -> bytes:
    role = {"keys": [key.id], "threshold": 1}
    payload = {"type": "root", "version": 1, "expires": expires,
               "keys": {key.id: {"type": "ed25519", "public": key.raw.hex()}},
               "roles": {name: role for name in ("root", "patch", "feed", "timestamp")}}
    return seal(json.dumps(payload).encode(), ROOT, key)


def livepatch(key: Key, **fields) -> "Patch":
    """One for the kernel's own livepatch."""
    kit = dict.fromkeys(("kpatch_abi", "kpatch_build_id", "kpatch_func", "kpatch_policy", "kpatch_replace"))
    return Patch(key, **{"id": "klp", "name": "klp_fix", "engine": "livepatch", "modinfo": {"livepatch": "Y"} | kit} |
                 fields)


@dataclass
class Patch:
    """One patch; change a field before module() or manifest() is called to make a bad one."""
    key: Key
    id: str = "fix-cmdline"
    version: str = "1"
    title: str = "Show less on the command line"
    name: str = "kpatch_fix_cmdline"
    engine: str = "core"
    kernel: str = KERNEL_BUILD_ID
    kernel_release: str = field(default_factory=release)
    modinfo: dict[str, str] = field(default_factory=dict)
    fields: dict = field(default_factory=dict)

    @property
    def ref(self) -> str:
        return f"{self.id}={self.version}"

    @property
    def build_id(self) -> str:
        return hashlib.sha1(f"{self.name} {self.version}".encode()).hexdigest()

    def module(self) -> bytes:
        info = {"name": self.name, "vermagic": f"{self.kernel_release} SMP preempt mod_unload modversions ",
                "kpatch_abi": "2", "kpatch_build_id": self.kernel, "kpatch_func": "vmlinux:cmdline_proc_show,0",
                "kpatch_policy": "strict", "kpatch_replace": "0"} | self.modinfo
        text = b"".join(f"{key}={value}\0".encode() for key, value in info.items() if value is not None)
        return assemble({".modinfo": text, ".note.gnu.build-id": build_id_note(self.build_id)})

    def manifest(self, module: bytes) -> dict:
        return {
            "id": self.id, "version": self.version, "title": self.title, "severity": "important",
            "cves": [{"id": "CVE-2026-1234"}],
            "kernel": {"build_id": self.kernel, "release": self.kernel_release, "arch": "x86_64"},
            "module": {"name": self.name, "file": f"{self.name}.ko", "size": len(module),
                       "sha256": hashlib.sha256(module).hexdigest(),
                       "vermagic": f"{self.kernel_release} SMP preempt mod_unload modversions ",
                       "engine": self.engine, "build_id": self.build_id},
            "objects": [{"name": "vmlinux", "functions": [{"name": "cmdline_proc_show", "sympos": 0}]}],
        } | self.fields

    def files(self) -> tuple[bytes, bytes]:
        """The signed manifest and the module."""
        module = self.module()
        return seal(json.dumps(self.manifest(module)).encode(), MANIFEST, self.key), module
