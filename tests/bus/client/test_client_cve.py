# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl cve, and the OpenVEX documents that it writes."""

import re

import jsonschema
from client_world import check_schema, patch
from test_client_errors import TABLE

ANSWERS = {
    "CVE-2026-1": ["closed", ["a=1", ["b=2", "stored", ""]]],
    "CVE-2026-2": ["available", ["c=3", ["d=1", "available", "shop"]]],
    "CVE-2026-3": ["applying", ["d=4"]],
    "CVE-2026-5": ["available", [["d=1", "available", "shop"]]],
    "CVE-2026-6": ["unknown", [["w=1", "withdrawn", ""]]],
}
# In force, and not a whole answer.
WITHDRAWN = patch("a", "1", State="applied", TrustRoot="shop")
SHOP = {"Name": "shop", "Patches": [["a=1", "withdrawn", "", "It leaks."]]}
PARTIAL = patch("b", "2", State="applied", Objects=[["vmlinux", "patched"], ["foo", "skipped: another build"]])
TEXT = {"type": "string", "minLength": 1}
# What OpenVEX 0.2.0 asks of a document, and of a statement by its status; and nothing that it does not know.
STATEMENT = {
    "type": "object",
    "required": ["vulnerability", "products", "status"],
    "additionalProperties": False,
    "properties": {
        "vulnerability": {
            "type": "object", "required": ["name"], "additionalProperties": False,
            "properties": {"name": {"type": "string", "pattern": r"^CVE-\d{4}-\d+$"}},
        },
        "products": {
            "type": "array", "minItems": 1,
            "items": {
                "type": "object", "required": ["@id"], "additionalProperties": False,
                "properties": {
                    "@id": {"type": "string", "pattern": r"^pkg:[a-z]+/[^@?]+@[^@?+]+\?[a-z_]+=\S+$"},
                    "identifiers": {"type": "object", "additionalProperties": False, "properties": {"purl": TEXT}},
                },
            },
        },
        "status": {"enum": ["fixed", "affected", "under_investigation", "not_affected"]},
        "status_notes": TEXT,
        "action_statement": TEXT,
        "justification": TEXT,
    },
    "allOf": [
        {"if": {"properties": {"status": {"const": "affected"}}}, "then": {"required": ["action_statement"]},
         "else": {"not": {"required": ["action_statement"]}}},
        {"if": {"properties": {"status": {"const": "not_affected"}}}, "then": {"required": ["justification"]}},
    ],
}
OPENVEX = {
    "type": "object",
    "required": ["@context", "@id", "author", "timestamp", "version", "statements"],
    "additionalProperties": False,
    "properties": {
        "@context": {"const": "https://openvex.dev/ns/v0.2.0"},
        "@id": {"type": "string", "pattern": r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"},
        "author": TEXT,
        "role": TEXT,
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "version": {"type": "integer", "minimum": 1},
        "tooling": TEXT,
        "statements": {"type": "array", "minItems": 1, "items": STATEMENT},
    },
}


def test_page_and_exit_status(world):
    world.start_daemon(answers=ANSWERS)
    result = world.run("cve", *ANSWERS, "CVE-2026-4")
    assert (result.code, result.err) == (70, "")
    assert [line.split(maxsplit=1) for line in result.out.splitlines()] == [
        ["CVE-2026-1", "closed by a=1"], ["CVE-2026-2", "open; c=3 is stored and would close it"],
        ["CVE-2026-3", "not closed yet: d=4 is in transition"], ["CVE-2026-5", "open; d=1 of feed shop would close it"],
        ["CVE-2026-6", "not known; w=1, which would close it, is withdrawn"],
        ["CVE-2026-4", "no patch here says that it closes it"]]


def test_sentences_stand_behind_the_longest_name(world):
    world.start_daemon(answers=ANSWERS)
    lines = world.run("cve", "CVE-2026-1", "CVE-2026-1234567").out.splitlines()
    assert lines == ["CVE-2026-1        closed by a=1", "CVE-2026-1234567  no patch here says that it closes it"]


def test_exit_status_of_each_answer(world):
    world.start_daemon(answers=ANSWERS)
    codes = {cve: world.run("cve", "-q", cve) for cve in [*ANSWERS, "CVE-2026-4"]}
    assert [result.code for result in codes.values()] == [0, 70, 70, 70, 71, 71]
    assert {result.out for result in codes.values()} == {""}
    assert not {70, 71} & {code for _, code, _ in TABLE}, "no error has them"
    assert world.run("cve", "CVE-2026-4", "CVE-2026-3").code == 70, "what can be closed tells more"
    assert world.run("cve", "CVE-2026-1", "CVE-2026-4").code == 71


def test_without_one_it_is_all_that_patches_name(world):
    world.start_daemon(answers=ANSWERS, patches=[
        patch("a", "1", State="applied", Cves=["CVE-2026-10", "CVE-2026-1"]), patch("b", Cves=["CVE-2026-2", "CVE-2026-1"]),
        patch("c", Cves=["CVE-2025-7"], Kernel=["6.1.0-1-amd64", "cd" * 20])])
    result = world.run("cve")
    assert [line.split()[0] for line in result.out.splitlines()] == ["CVE-2026-1", "CVE-2026-2", "CVE-2026-10"]
    assert result.code == 70
    assert world.run("cve", "CVE-2026-1", "CVE-2026-1").out.count("\n") == 1, "each once"


def test_without_one_what_feeds_offer_is_told_too(world):
    world.start_daemon(answers=ANSWERS, ListCves=["CVE-2026-1", "CVE-2026-5"], patches=[patch("a", "1", State="applied", Cves=["CVE-2026-1"])])
    result = world.run("cve")
    assert (result.code, result.out) == (
        70, "CVE-2026-1   closed by a=1\nCVE-2026-5   open; d=1 of feed shop would close it\n")
    assert [s["status"] for s in write_vex(world).json["statements"]] == ["fixed", "affected"]
    words = world.run("complete-words", "cves").out
    assert words == "CVE-2026-1\ta=1\nCVE-2026-5\toffered by a feed\n"
    assert world.run("complete-words", "cves", "apply").out == "", "what is not stored cannot be applied"


def test_without_any(world):
    world.start_daemon()
    result = world.run("cve")
    assert (result.code, result.out) == (0, "No patch for this kernel names a vulnerability.\n")
    assert check_schema(world.run("cve", "--json").json) == {"format": 1, "cves": []}
    result = world.run("cve", "--vex")
    assert (result.code, result.out) == (1, ""), "a document without a statement is none"
    assert "nothing to write" in result.sentence


def test_small_letters_are_fine(world):
    world.start_daemon(answers={"CVE-2026-1": ["available", ["c=3"]]}, patches=[patch("c", "3")])
    assert world.run("cve", "cve-2026-1", "CVE-2026-1").out == "CVE-2026-1   open; c=3 is stored and would close it\n"
    assert write_vex(world, "Cve-2026-1").json["statements"][0]["vulnerability"] == {"name": "CVE-2026-1"}
    result = world.run("apply", "--cve=cve-2026-1", "--yes")
    assert result.code == 0, result.err
    asked = {c["args"][0] for c in world.calls() if c["method"] == "CheckCve"}
    assert asked == {"CVE-2026-1"} and world.calls()[-1]["args"][0] == "c=3"


def test_json(world):
    world.start_daemon(answers=ANSWERS)
    result = world.run("cve", "CVE-2026-1", "CVE-2026-9", "CVE-2026-5", "--json")
    assert result.code == 70
    assert check_schema(result.json)["cves"] == [
        {"patches": ["a=1", "b=2"], "id": "CVE-2026-1", "state": "closed", "details": [
            {"patch": "a=1", "state": "applied", "feed": None, "withdrawn": None},
            {"patch": "b=2", "state": "stored", "feed": None, "withdrawn": None}]},
        {"patches": [], "id": "CVE-2026-9", "state": "unknown", "details": []},
        {"patches": ["d=1"], "id": "CVE-2026-5", "state": "available", "details": [
            {"patch": "d=1", "state": "available", "feed": "shop", "withdrawn": None}]}]


def test_a_withdrawn_patch_in_force_is_called_so(world):
    """It closes the hole, and whoever reads that should know that its publisher wants it gone."""
    world.start_daemon(answers={"CVE-2026-1": ["closed", ["a=1"]]}, patches=[WITHDRAWN], feeds=[SHOP])
    result = world.run("cve", "CVE-2026-1")
    assert (result.code, result.out) == (0, "CVE-2026-1   closed by a=1, which is withdrawn\n")
    details = check_schema(world.run("cve", "CVE-2026-1", "--json").json)["cves"][0]["details"]
    assert details == [{"patch": "a=1", "state": "applied", "feed": None, "withdrawn": "It leaks."}]
    statement = write_vex(world, "CVE-2026-1").json["statements"][0]
    assert (statement["status"], statement["status_notes"]) == ("fixed", "closed by a=1, which is withdrawn")


def test_a_patch_that_goes_without_a_module(world):
    answers = {"CVE-2026-1": ["partial", [["b=2", "applied", ""]]],
               "CVE-2026-2": ["available", [["b=2", "applied", ""], ["c=1", "stored", ""]]],
               "CVE-2026-3": ["closed", ["a=1", ["b=2", "applied", ""]]]}
    world.start_daemon(answers=answers, patches=[PARTIAL, patch("c", "1")])
    result = world.run("cve", *answers)
    assert [line.split(maxsplit=1)[1] for line in result.out.splitlines()] == [
        "open in part; b=2 is in force without a module that it changes: 'kpatchctl info' shows which",
        "open; c=1 is stored and would close it", "closed by a=1"]
    assert result.code == 70 == world.run("cve", "CVE-2026-1", "-q").code
    assert check_schema(world.run("cve", "CVE-2026-1", "--json").json)["cves"][0]["state"] == "partial"
    statements = write_vex(world, *answers).json["statements"]
    assert [s["status"] for s in statements] == ["affected", "affected", "fixed"]
    assert statements[0]["action_statement"] == (
        "Unload the module that the live patch b=2 goes without, or get one for its build.")
    assert statements[1]["action_statement"] == "Apply the live patch c=1."
    refused = world.run("apply", "--cve=CVE-2026-1", "--yes")
    assert refused.code == 12 and "only in part" in refused.sentence and "'kpatchctl info b=2'" in refused.sentence


def write_vex(world, *cves: str, **env: str):
    result = world.run("cve", "--vex", *cves, **env)
    assert (result.code, result.err) == (0, "")
    jsonschema.validate(result.json, OPENVEX)
    return result


def test_vex(world):
    world.start_daemon(answers=ANSWERS, manager={"KernelRelease": "6.1.0+x-amd64"})
    document = write_vex(world, *ANSWERS, "CVE-2026-4", SOURCE_DATE_EPOCH="1795262400").json
    assert document["timestamp"] == "2026-11-21T12:00:00Z"
    purl = f"pkg:generic/linux@6.1.0%2Bx-amd64?build_id={'ab' * 20}"
    assert {(p["@id"], p["identifiers"]["purl"]) for s in document["statements"] for p in s["products"]} == {(purl, purl)}
    assert [(s["vulnerability"]["name"], s["status"]) for s in document["statements"]] == [
        ("CVE-2026-1", "fixed"), ("CVE-2026-2", "affected"), ("CVE-2026-3", "affected"), ("CVE-2026-5", "affected"),
        ("CVE-2026-6", "under_investigation"), ("CVE-2026-4", "under_investigation")]
    assert [s.get("action_statement") for s in document["statements"]] == [
        None, "Apply the live patch c=3.", "Wait until the transition of the live patch d=4 has ended.",
        "Get the live patch d=1 by 'kpatchctl refresh --download', and apply it.", None, None]
    assert document["statements"][0]["status_notes"] == "closed by a=1"


def test_vex_is_the_same_each_time_and_named_by_what_it_says(world):
    world.start_daemon(answers=ANSWERS)
    one, same = (write_vex(world, *ANSWERS, SOURCE_DATE_EPOCH="1").out for _ in range(2))
    assert one == same
    others = [write_vex(world, "CVE-2026-1", SOURCE_DATE_EPOCH="1"), write_vex(world, *ANSWERS, SOURCE_DATE_EPOCH="2")]
    ids = re.findall(r'"@id": ?"(urn:uuid:[^"]+)"', one + "".join(other.out for other in others))
    assert len(ids) == len(set(ids)) == 3
    assert "1970-01-01T00:00:01Z" in one


def test_vex_of_what_scanners_know(world):
    world.start_daemon(answers=ANSWERS)
    names = [f"pkg:deb/debian/linux-image-{n}@6.1.192-2?arch=amd64" for n in (1, 2)]
    document = write_vex(world, *(f"--product={name}" for name in names), *ANSWERS).json
    assert all([p["@id"] for p in statement["products"]][1:] == names for statement in document["statements"])
    for wrong in ("debian", "pkg:debian", "pkg:deb/linux 6", 'pkg:deb/"'):
        result = world.run("cve", "--vex", f"--product={wrong}")
        assert result.code == 2 and "package URL" in result.sentence
    assert world.run("cve", "--product", names[0]).sentence == "'--product' is of '--vex', which is not given."


def test_vex_that_cannot_be_written(world):
    world.start_daemon(answers=ANSWERS)
    for args, env in ((["--json"], {}), ([], {"SOURCE_DATE_EPOCH": "now"})):
        result = world.run("cve", "--vex", "CVE-2026-1", *args, **env)
        assert result.code == 2 and "statements" not in result.out


def test_vex_of_what_kpatchd_refuses_is_not_begun(world):
    world.start_daemon(refuse={"CheckCve": ["org.kpatchd1.Error.InvalidArgument", "That is none."]})
    result = world.run("cve", "--vex", "CVE-2026-1")
    assert (result.code, result.out, result.sentence) == (10, "", "That is none.")
