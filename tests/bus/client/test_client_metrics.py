# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl metrics: what it writes, and what Prometheus' own programs make of that and of contrib/."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from client_world import PATIENCE, ROOT, check_schema, patch

RULES = ROOT / "contrib/prometheus"


def scenario(now: int) -> dict:
    feed = {"Name": "shop", "LastAttempt": now, "LastSuccess": now - 60, "Expires": now + 86400, "Failures": 2,
            "Error": ["org.kpatchd1.Error.DownloadSlow", "Slow."],
            "Patches": [["a=1", "offered", "", ""], ["b=1", "later", "", ""]]}
    moving = {"TransitionSince": now - 100, "Stragglers": [[7, "cat", "f"], [8, "dd", ""]]}
    return {
        "manager": {"EffectiveLevel": ["6.1.106-3", "a=1", "demo"],
                    "Quarantine": [["a=1", "It crashed.", "2026-11-21T12:00:00Z"]],
                    "RebootAdvised": [["unpatchable", "x"], ["unpatchable", "y"], ["withdrawn", "z"]]},
        "patches": [patch("a", "1", State="applied", Persistent=True, Pause=[20, 1500, 3, 1]),
                    patch("b", "1", State="applying", **moving), patch('odd"\\\nname', "", State="applied")],
        "feeds": [feed, {"Name": "new", "FeedStale": True}],
        "jobs": [{"Kind": "apply", "Patch": "b=1", "State": "running", "Step": "", "Progress": (0, 1, "")}],
    }


def samples(text: str) -> dict[str, float]:
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"}


def names(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE))


@pytest.fixture
def full(world):
    """All metrics."""
    world.start_daemon(**scenario(int(time.time())))
    return world.run("metrics")


def test_all(world):
    now = int(time.time())
    world.start_daemon(**scenario(now))
    result = world.run("metrics")
    assert (result.code, result.err) == (0, "")
    found = samples(result.out)
    assert 100 <= found.pop('kpatchd_patch_transition_seconds{patch="b=1"}') <= 101 + time.time() - now
    expected = {
        'kpatchd_effective_level{level="6.1.106-3"}': 1,
        "kpatchd_up": 1, "kpatchd_generation": 3, "kpatchd_apply_disabled": 0, "kpatchd_jobs": 1,
        f'kpatchd_info{{version="0.1.0",kernel="6.1.0-99-amd64",build_id="{"ab" * 20}"}}': 1,
        'kpatchd_engine_available{engine="core"}': 1, 'kpatchd_engine_available{engine="livepatch"}': 0,
        "kpatchd_reboot_advised": 1, 'kpatchd_reboot_reasons{kind="unpatchable"}': 2,
        'kpatchd_reboot_reasons{kind="withdrawn"}': 1,
        'kpatchd_trust_root_expiry_timestamp_seconds{root="demo"}': 4102444800,
        'kpatchd_patch_state{patch="a=1",state="applied"}': 1, 'kpatchd_patch_state{patch="b=1",state="applying"}': 1,
        'kpatchd_patch_state{patch="odd\\"\\\\\\nname",state="applied"}': 1,
        'kpatchd_patch_persistent{patch="a=1"}': 1, 'kpatchd_patch_persistent{patch="b=1"}': 0,
        'kpatchd_patch_persistent{patch="odd\\"\\\\\\nname"}': 0,
        'kpatchd_patch_quarantined{patch="a=1"}': 1, 'kpatchd_patch_stragglers{patch="b=1"}': 2,
        'kpatchd_patch_pause_seconds{patch="a=1"}': 0.00002, 'kpatchd_patch_pause_max_seconds{patch="a=1"}': 0.0015,
        'kpatchd_feed_stale{feed="shop"}': 0, 'kpatchd_feed_stale{feed="new"}': 1,
        'kpatchd_feed_expiry_timestamp_seconds{feed="shop"}': now + 86400,
        'kpatchd_feed_last_attempt_timestamp_seconds{feed="shop"}': now,
        'kpatchd_feed_last_success_timestamp_seconds{feed="shop"}': now - 60,
        'kpatchd_feed_last_refresh_failed{feed="shop"}': 1, 'kpatchd_feed_last_refresh_failed{feed="new"}': 0,
        'kpatchd_feed_refresh_failures{feed="shop"}': 2, 'kpatchd_feed_refresh_failures{feed="new"}': 0,
        'kpatchd_feed_patches_offered{feed="shop"}': 1, 'kpatchd_feed_patches_offered{feed="new"}': 0,
    }
    states = ("available", "stored", "applying", "applied", "reverting", "failed", "superseded", "withdrawn")
    for state in states:
        expected[f'kpatchd_patches{{state="{state}"}}'] = {"applying": 1, "applied": 2}.get(state, 0)
    assert found == expected


def test_promtool_finds_nothing_wrong(full):
    done = subprocess.run(["promtool", "check", "metrics"], input=full.out, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_json(world):
    world.start_daemon(**scenario(int(time.time())))
    reply = check_schema(world.run("metrics", "--json").json)
    assert {"name": "kpatchd_up", "labels": {}, "value": 1} in reply["metrics"]
    assert {"name": "kpatchd_feed_stale", "labels": {"feed": "new"}, "value": 1} in reply["metrics"]


def test_file(world):
    """Replaced at once, readable by the node exporter, and with nothing left beside it."""
    world.start_daemon()
    folder = world.folder / "textfile"
    folder.mkdir()
    target = folder / "kpatchd.prom"
    target.write_text("old\n")
    before = target.stat().st_ino
    os.umask(0o077)
    assert world.run("metrics", "--output", target).out == ""
    os.umask(0o022)
    assert target.stat().st_ino != before and target.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in folder.iterdir()] == ["kpatchd.prom"]
    assert samples(target.read_text())["kpatchd_up"] == 1
    result = world.run("metrics", "--output", folder / "none/kpatchd.prom")
    assert result.code == 1 and "Cannot write" in result.sentence


@pytest.mark.parametrize("how", ["absent", "silent"])
def test_what_cannot_be_asked(world, how):
    """Nothing of the past stays in the file: it says that nobody answered."""
    if how == "silent":
        world.start_daemon(silent=["GetManagedObjects"])
    target = world.folder / "kpatchd.prom"
    target.write_text("kpatchd_up 1\nkpatchd_reboot_advised 0\n")
    result = world.run("metrics", "--output", target)
    assert result.code == 4 and "kpatchd" in result.sentence
    assert samples(target.read_text()) == {"kpatchd_up": 0}
    reply = check_schema(world.run("metrics", "--json").json)
    assert reply["metrics"] == [{"name": "kpatchd_up", "labels": {}, "value": 0}] and reply["error"]


def test_rules():
    for check in (["check", "rules", "kpatchd.rules.yml"], ["test", "rules", "kpatchd.test.yml"]):
        done = subprocess.run(["promtool", *check], cwd=RULES, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    tried = re.findall(r"alertname: (\w+)\n +exp_alerts:\n", (RULES / "kpatchd.test.yml").read_text())
    assert set(re.findall(r"alert: (\w+)", (RULES / "kpatchd.rules.yml").read_text())) == set(tried)


def test_what_is_asked_for_is_what_is_written(full):
    """Alerts, dashboard and manual name only metrics that there are; the manual all of them."""
    rules = re.findall(r"expr: (.+)", (RULES / "kpatchd.rules.yml").read_text())
    dashboard = json.loads((ROOT / "contrib/grafana/kpatchd.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    panels += [variable["query"]["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    assert len(panels) > 15
    for expression in rules + panels:
        used = set(re.findall(r"\b(?:kpatchd|node)_\w+", expression))
        assert used and used <= names(full.out) | {"node_textfile_mtime_seconds"}, expression
    manual = (ROOT / "docs/man/kpatchd.8").read_text()
    assert set(re.findall(r"^\.It Va (kpatchd_\w+)", manual, re.MULTILINE)) == names(full.out)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def eventually(ask):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
        except OSError:
            answer = None
        if answer:
            return answer
        assert time.monotonic() < deadline, "Prometheus never said it"
        time.sleep(0.1)


@pytest.mark.skipif(not (shutil.which("prometheus") and shutil.which("prometheus-node-exporter")),
                    reason="prometheus and prometheus-node-exporter are not installed")
def test_prometheus(world):
    """A real Prometheus scrapes a real node exporter, which reads what kpatchctl wrote."""
    world.start_daemon(**scenario(int(time.time())))
    folder = world.folder / "textfile"
    folder.mkdir()
    assert world.run("metrics", "--output", folder / "kpatchd.prom").code == 0
    exporter, server = free_port(), free_port()
    config = world.folder / "prometheus.yml"
    config.write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "kpatchd.rules.yml")],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}]}))
    log = (world.folder / "prometheus.log").open("w")
    for command in (
            ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{exporter}"],
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={world.folder}/tsdb",
             f"--web.listen-address=127.0.0.1:{server}"]):
        world.processes.append(subprocess.Popen(command, stdout=log, stderr=log, text=True))

    def get(path: str, **query: str) -> dict:
        url = f"http://127.0.0.1:{server}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def query(expression: str) -> list:
        return get("query", query=expression)["result"]

    found = eventually(lambda: query("kpatchd_patch_state"))
    assert {(s["metric"]["patch"], s["metric"]["state"]) for s in found} == {
        ("a=1", "applied"), ("b=1", "applying"), ('odd"\\\nname', "applied")}
    assert query("kpatchd_up")[0]["value"][1] == "1" and query("node_textfile_scrape_error")[0]["value"][1] == "0"
    assert time.time() - float(query("node_textfile_mtime_seconds")[0]["value"][1]) < PATIENCE
    firing = eventually(lambda: [a["labels"]["alertname"] for a in get("alerts")["alerts"] if a["state"] == "firing"])
    assert firing == ["KpatchdPatchQuarantined"]
    log.close()
