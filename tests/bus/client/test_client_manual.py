# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual page, the help and the completion say the same as the program."""

import os
import re
import shutil
import subprocess

import pytest
from client_world import BUILD, KPATCHCTL, PATIENCE, ROOT, patch
from test_client_errors import TABLE

PAGE = (ROOT / "docs/man/kpatchctl.1").read_text()
COMPLETION = ROOT / "src/client/completion/kpatchctl.bash"


# What verbs have besides the options that all have.
VERB_OPTIONS = {
    "apply": "--all --cve --yes -y --dry-run --runtime --policy --deadline",
    "cve": "--product --vex",
    "doctor": "",
    "history": "--limit -n",
    "import": "--apply --dry-run --from-kpatch",
    "install": "--dry-run",
    "list": "--kpatch",
    "load": "--all --dry-run",
    "quarantine": "--all --dry-run",
    "refresh": "--download --scheduled",
    "rollback": "--dry-run --runtime --policy --deadline --to",
    "uninstall": "--dry-run",
    "unload": "--all --dry-run",
}


def section(name: str) -> str:
    return PAGE.split(f"\n.Sh {name}\n", 1)[1].split("\n.Sh ", 1)[0]


def help_rows(text: str, title: str) -> list[str]:
    return [row[2:] for row in text.split(f"\n{title}:\n", 1)[1].split("\n\n", 1)[0].splitlines()]


def test_exit_codes_of_the_page():
    rows = re.findall(r"^\.It (\d+) Ta (\w+) Ta .+\.$", section("EXIT STATUS"), re.MULTILINE)
    assert [(name, int(code)) for code, name in rows] == [(name, code) for name, code, _ in TABLE]


def page_options() -> set[str]:
    options = set()
    for line in re.findall(r"^\.It Fl (.+)$", section("OPTIONS"), re.MULTILINE):
        options |= {f"-{name}" for name in line.split(" Ns ")[0].split(" , ")}
    return options


def help_options(*args: str) -> set[str]:
    text = subprocess.run([KPATCHCTL, *args, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(row[:22] for row in help_rows(text, "Options"))))


def test_options_of_the_page_are_those_of_the_help():
    assert page_options() == help_options()
    assert {"-q", "--quiet", "--json", "--color"} < page_options()


def test_help_of_a_verb_has_its_options_only():
    assert len(help_options()) > 15
    for verb, options in VERB_OPTIONS.items():
        assert help_options(verb) - help_options("doctor") == set(options.split()), verb


def test_verbs_of_the_page_are_those_of_the_help(no_bus):
    verbs = [row.split()[0] for row in help_rows(no_bus.run("--help").out, "Verbs")]
    assert verbs == re.findall(r"^\.It Ic ([\w-]+)", section("DESCRIPTION"), re.MULTILINE)
    for verb in verbs:
        result = no_bus.run(verb, "-h")
        assert result.code == 0 and result.out.startswith(f"kpatchctl [OPTION...] {verb}")


def test_version(no_bus):
    version = re.search(r"version : '([^']+)'", (ROOT / "meson.build").read_text())
    assert version and no_bus.run("--version").out == f"kpatchctl {version[1]}\n"


def test_page_has_no_lint():
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "all", ROOT / "docs/man/kpatchctl.1"], capture_output=True, text=True
    )
    # which other pages there are is a matter of the machine
    complaints = [
        line for line in (done.stdout + done.stderr).splitlines()
        if "referenced manual not found" not in line and "outdated mandoc.db" not in line
    ]
    assert complaints == []


def test_members_of_json_are_in_the_page():
    schema = (ROOT / "docs/kpatchctl.schema.json").read_text()
    page = section("OUTPUT")
    names = re.findall(r'"(\w+)": \{ ?(?:\n +)?"', schema)
    members = set(names) - {"properties", "definitions", "items", "text", "error_name", "patch", "verbs"}
    assert len(members) > 30
    for member in members:
        assert re.search(rf"^ *{member}( |$)", page, re.MULTILINE), member


def complete(world, *words: str) -> list[str]:
    """What bash offers after these words, split as bash does."""
    script = f"""
        compopt() {{ :; }}
        source {COMPLETION}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _kpatchctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-uc", script, "bash", *words], env=world.env | {"PATH": f"{KPATCHCTL.parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=PATIENCE, cwd=world.folder,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_completion(world):
    world.start_daemon(
        feeds=[{"Name": "shop"}, {"Name": "other"}], ListGenerations=[[12, 11, "", "x", []], [11, 0, "", "damaged", []]],
        ListCves=["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-10003"],
        patches=[patch("fix-a", "1"), patch("fix-a", "2", State="applied", Cves=["CVE-2026-0002"]),
                 patch("fix-b", Cves=["CVE-2026-0001"]), patch("other"), patch("mine", "", State="applied")]
    )
    assert complete(world, "kpatchctl", "") == [row.split()[0] for row in help_rows(world.run("--help").out, "Verbs")]
    assert complete(world, "kpatchctl", "--json", "r") == ["reboot-advice", "refresh", "rollback", "remove"]
    assert complete(world, "kpatchctl", "--color", "=", "never", "ro") == ["rollback"]
    assert complete(world, "kpatchctl", "info", "") == ["fix-a", "fix-b", "mine", "other"]
    assert complete(world, "kpatchctl", "feeds", "s") == complete(world, "kpatchctl", "refresh", "s") == ["shop"]
    assert complete(world, "kpatchctl", "info", "f") == ["fix-a", "fix-b"]
    assert complete(world, "kpatchctl", "rollback", "") == ["fix-a"]
    assert complete(world, "kpatchctl", "info", "fix-a", "=") == ["1", "2"]
    assert complete(world, "kpatchctl", "apply", "fix-a", "=") == ["1"]
    assert complete(world, "kpatchctl", "info", "fix-a", "=", "2") == ["2"]
    assert sorted(complete(world, "kpatchctl", "cve", "")) == ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-10003"]
    assert complete(world, "kpatchctl", "cve", "CVE-2026-0001", "CVE-2026-1") == ["CVE-2026-10003"]
    assert complete(world, "kpatchctl", "apply", "--cve", "=") == ["CVE-2026-0001"]
    assert complete(world, "kpatchctl", "apply", "--cve", "CVE") == ["CVE-2026-0001"]
    assert complete(world, "kpatchctl", "--color", "=") == ["auto", "always", "never"]
    assert complete(world, "kpatchctl", "--color", "=", "n") == ["never"]
    assert complete(world, "kpatchctl", "apply", "--policy", "=", "g") == ["gradual"]
    assert complete(world, "kpatchctl", "--to", "=", "3", "roll") == ["rollback"]
    assert complete(world, "kpatchctl", "rollback", "--to", "=") == ["12", "11"]
    assert complete(world, "kpatchctl", "--co") == ["--color="]
    assert set(complete(world, "kpatchctl", "-")) >= help_options() - {
        "--color", "--cve", "--policy", "--deadline", "--to", "--limit", "--output", "--product"} | {"--color=WHEN", "--to=GENERATION"}
    assert complete(world, "kpatchctl", "list", "--a") == []
    assert complete(world, "kpatchctl", "import", "--a") == ["--apply"]


def test_completion_of_files(world):
    for name in ("a.ko", "a.manifest.json", "a.c"):
        (world.folder / name).touch()
    (world.folder / "afolder").mkdir()
    assert sorted(complete(world, "kpatchctl", "import", "a")) == ["a.ko", "a.manifest.json", "afolder"]


def test_completion_without_a_daemon(world):
    assert complete(world, "kpatchctl", "apply", "") == []


def test_installation(tmp_path):
    if not shutil.which("meson"):
        pytest.skip("meson is not installed")
    subprocess.run(
        ["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", tmp_path], check=True, stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    for path in (
        "usr/bin/kpatchctl", "usr/share/bash-completion/completions/kpatchctl", "usr/share/man/man1/kpatchctl.1",
        "usr/share/zsh/vendor-completions/_kpatchctl", "usr/share/fish/vendor_completions.d/kpatchctl.fish",
        "usr/share/kpatchd/kpatchctl.schema.json", "etc/update-motd.d/85-kpatchd",
    ):
        assert (tmp_path / path).is_file(), path
