"""`preceptor key`: what it says, what it refuses, and that an erased person stays erased in an older database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.doors.test_command_line import here, run  # noqa: F401 - the fixture is used by name
from tests.make_transit import TOKEN, Transit

PATIENT = "019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10"


def test_rotate_list_destroy_copy(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    assert json.loads(run(home, "key", "rotate", "--json", "--tenant", tenant).stdout)["version"] == 2
    listed = json.loads(run(home, "key", "list", "--json", "--tenant", tenant).stdout)
    assert listed["keys"]["data"] == [1, 2]
    wrong = run(home, "key", "destroy", "--patient", PATIENT, "--confirm", "another", "--tenant", tenant)
    assert wrong.returncode == 2
    done = run(home, "key", "destroy", "--patient", PATIENT, "--confirm", PATIENT, "--json", "--tenant", tenant)
    assert json.loads(done.stdout)["older_copies_useless"] is True
    listed = json.loads(run(home, "key", "list", "--json", "--tenant", tenant).stdout)
    assert [one["kind"] for one in listed["destroyed"]] == ["patient"]
    copy = tmp_path / "copy.db"
    assert run(home, "key", "copy", "--out", str(copy), "--tenant", tenant).returncode == 0
    assert run(home, "key", "copy", "--out", str(copy), "--tenant", tenant).returncode == 1
    logged = json.loads(run(home, "audit", "search", "--json", "--tenant", tenant).stdout)["entries"]
    assert {"key:rotate", "key:destroy", "key:copy"} <= {entry["event"] for entry in logged}
    assert PATIENT not in json.dumps(logged)
    assert run(home, "audit", "verify", "--tenant", tenant).returncode == 0


def test_a_reader_may_not(here: tuple[Path, str]) -> None:  # noqa: F811
    home, tenant = here
    made = run(home, "user", "add", "rita", "--role", "reader", "--tenant", tenant)
    assert made.returncode == 0, made.stderr
    token = json.loads(run(home, "user", "token", "rita", "--json", "--tenant", tenant).stdout)["token"]
    for words in (["list"], ["rotate"], ["rewrap"], ["destroy", "--confirm", tenant], ["copy", "--out", "/nowhere/x"]):
        assert run(home, "key", *words, PRECEPTOR_TOKEN=token).returncode == 3, words


def test_heads_are_anchored_by_commands_and_a_log_set_back_is_said(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    anchors = tmp_path / "elsewhere" / "anchors"
    asked = run(home, "policy", "list", "--tenant", tenant, PRECEPTOR_ANCHOR_FILE=str(anchors))
    assert asked.returncode == 0 and "anchor_unwritten" in asked.stderr  # the folder is not there: an alarm, no stop
    anchors.parent.mkdir()
    told = {"PRECEPTOR_ANCHOR_FILE": str(anchors), "PRECEPTOR_ANCHOR_SECONDS": "1"}
    assert run(home, "key", "rotate", "--tenant", tenant, **told).returncode == 0
    export, head = str(tmp_path / "log"), str(tmp_path / "head")
    assert run(home, "audit", "export", "--out", export, "--checkpoint", head, "--tenant", tenant).returncode == 0
    key = Path(head).read_text().split("\n")[0].removeprefix("vkey ")
    verify = ("audit", "verify", export, "--checkpoint", head, "--key", key, "--anchor", str(anchors), "--json")
    report = json.loads(run(home, *verify).stdout)
    assert report["ok"] and report["anchors"] >= 1


def test_the_log_of_a_destroyed_tenant_verifies_and_nothing_else_goes(here: tuple[Path, str]) -> None:  # noqa: F811
    home, tenant = here
    assert run(home, "key", "destroy", "--confirm", tenant, "--tenant", tenant).returncode == 0
    verified = json.loads(run(home, "audit", "verify", "--json", "--tenant", tenant).stdout)
    assert verified["ok"] and verified["key"] == "pinned"
    for words in (("key", "rotate"), ("policy", "ask", "Is it covered?"), ("tenant", "add", tenant)):
        done = run(home, *words, "--tenant", tenant)
        assert done.returncode == 3 and "key_destroyed" in done.stderr, (words, done.stderr)


def test_the_logs_own_check_takes_the_heads_kept_elsewhere(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    anchors, told = tmp_path / "anchors", {"PRECEPTOR_ANCHOR_SECONDS": "1"}
    kept = {"PRECEPTOR_ANCHOR_FILE": str(anchors), **told}
    assert run(home, "key", "rotate", "--tenant", tenant, **kept).returncode == 0
    without = json.loads(run(home, "audit", "verify", "--json", "--tenant", tenant).stdout)
    for words, setting in ((("--anchor", str(anchors)), {}), ((), kept)):
        found = json.loads(run(home, "audit", "verify", *words, "--json", "--tenant", tenant, **setting).stdout)
        assert found["ok"] and found["anchors"] > without["anchors"]
    wrong = tmp_path / "wrong"
    wrong.write_text(anchors.read_text().replace(tenant, tenant + "x"))
    assert run(home, "audit", "verify", "--anchor", str(wrong), "--tenant", tenant).returncode == 1


def test_a_key_service_must_stand_in_the_register(here: tuple[Path, str]) -> None:  # noqa: F811
    home, tenant = here
    service = Transit()
    setting = {"PRECEPTOR_VAULT_URL": service.url, "PRECEPTOR_VAULT_TOKEN": TOKEN}
    try:
        refused = run(home, "key", "rewrap", "--tenant", tenant, **setting)
        assert refused.returncode == 3 and "egress_refused" in refused.stderr and service.asked == []
        checks = json.loads(run(home, "doctor", "--json", **setting).stdout)["checks"]
        assert not next(one for one in checks if one["name"] == "key service")["ok"]
    finally:
        service.stop()
