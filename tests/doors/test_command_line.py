"""The command line as scripts use it: JSON shapes, exit codes, batches; one real process a call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from preceptor.wiring import Services

TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\n"
TEXT += "A shower chair is replaced every 5 years. It is limited to one chair.\n"
ASKED = "How often is a shower chair replaced?"


def run(home: Path, *words: str, given: str | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PRECEPTOR_")}
    return subprocess.run(
        [sys.executable, "-m", "preceptor.cli.main", *words],
        env={**kept, "PRECEPTOR_HOME": str(home), **extra},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "shower-chairs.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def here(services: Services, home: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    """The run's database, and a tenant made by the command itself."""
    name = "cli-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:40].strip("-")
    for known in services.keys.tenants()[:1]:
        made = run(home, "tenant", "add", name, "--tenant", known)
        break
    else:
        made = run(home, "tenant", "add", name)  # the first command on a fresh home makes the sample tenant
    assert made.returncode == 0, made.stderr
    return home, name


def test_add_ask_list_remove(here: tuple[Path, str], document: Path) -> None:
    home, tenant = here
    added = json.loads(run(home, "policy", "add", str(document), "--json", "--tenant", tenant).stdout)
    assert len(added) == 1
    assert {k: added[0][k] for k in ("path", "document", "status", "pages")} == {
        "path": str(document),
        "document": "shower-chairs",
        "status": "added",
        "pages": 1,
    }
    done = run(home, "policy", "ask", ASKED, "--json", "--tenant", tenant)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) >= {
        "id",
        "question",
        "abstained",
        "reason",
        "confidence",
        "statements",
        "run",
        "audit",
        "timings_ms",
    }
    assert not answer["abstained"] and 0 <= answer["confidence"] <= 1
    citation = answer["statements"][0]["citations"][0]
    assert set(citation) >= {"document", "version", "title", "page", "start", "end", "quote", "boxes", "sha256"}
    assert "5 years" in citation["quote"]
    assert answer["audit"]["leaf"] is not None and answer["audit"]["tree_size"] > answer["audit"]["leaf"]
    assert "shower-chairs" in run(home, "policy", "list", "--tenant", tenant).stdout
    assert run(home, "policy", "remove", "shower-chairs", "--tenant", tenant).returncode == 0
    assert run(home, "policy", "show", "shower-chairs", "--tenant", tenant).returncode == 3


def test_a_batch_answers_line_by_line_and_says_which_line_is_bad(here: tuple[Path, str], document: Path) -> None:
    home, tenant = here
    run(home, "policy", "add", str(document), "--tenant", tenant)
    lines = [
        json.dumps({"id": "a", "question": ASKED, "unknown": 1}),
        "not json",
        json.dumps({"id": "c", "question": ""}),
        json.dumps({"id": "d", "question": ASKED, "document": "nowhere"}),
        json.dumps({"id": "e", "question": ASKED, "as_of": "31.12.2025"}),
        json.dumps(["f"]),
        json.dumps({"id": "g", "question": 7}),
        json.dumps({"id": "h", "question": ASKED, "as_of": "2020-01-01"}),
    ]
    done = run(home, "policy", "ask", "--batch", "-", "--tenant", tenant, given="\n".join(lines) + "\n")
    assert done.returncode == 4
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in out] == ["a", None, "c", "d", "e", None, "g", "h"]
    codes = [row["error"]["code"] if "error" in row else None for row in out]
    assert codes == [
        None,
        "invalid_json",
        "question_empty",
        "document_not_found",
        "invalid_date",
        "invalid_json",
        "invalid_request",
        None,
    ]
    assert out[-1]["abstained"] and out[-1]["reason"] == "no_documents"


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["policy", "ask", "x" * 9_000], 2, "question_too_long"),
        (["policy", "ask", "a\tb\x01c"], 2, "question_not_text"),
        (["policy", "ask", ""], 2, "question_empty"),
        (["policy", "ask", ASKED, "--as-of", "yesterday"], 2, "invalid_date"),
        (["policy", "ask", ASKED, "--document", "nowhere"], 3, "document_not_found"),
        (["policy", "add", "nowhere.pdf"], 3, "file_not_found"),
        (["policy", "show", "nowhere"], 3, "document_not_found"),
        (["audit", "verify", "nowhere.jsonl", "--checkpoint", "nowhere"], 3, "file_not_found"),
        (["audit", "prove", "999999"], 3, "not_found"),
    ],
)
def test_what_is_wrong_has_a_code_and_an_exit(here: tuple[Path, str], words: list[str], code: int, error: str) -> None:
    home, tenant = here
    done = run(home, *words, "--json", "--tenant", tenant)
    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == error
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"PRECEPTOR_TOKEN": "rubbish"}, 3),
        ({"PRECEPTOR_TOKEN": "pcp_token_nowhere_" + "a" * 43}, 3),
        ({"PRECEPTOR_UNKNOWN": "1"}, 2),
    ],
)
def test_a_malformed_token_or_setting_is_refused(here: tuple[Path, str], extra: dict[str, str], code: int) -> None:
    done = run(here[0], "policy", "list", **extra)
    assert done.returncode == code, done.stderr


def test_an_unknown_tenant_is_not_found(here: tuple[Path, str]) -> None:
    done = run(here[0], "policy", "list", "--tenant", "nobody-here", "--json")
    assert done.returncode == 3 and json.loads(done.stdout)["error"]["code"] == "tenant_not_found"


def test_a_token_acts_as_its_account_and_no_more(here: tuple[Path, str]) -> None:
    home, tenant = here
    assert run(home, "user", "add", "maria", "--role", "reader", "--tenant", tenant).returncode == 0
    token = run(home, "user", "token", "maria", "--tenant", tenant).stdout.strip()
    shown = json.loads(run(home, "user", "show", "--json", PRECEPTOR_TOKEN=token).stdout)
    assert shown == {"tenant": tenant, "actor": "account:maria", "roles": ["reader"], "departments": []}
    refused = run(home, "policy", "remove", "x", "--json", PRECEPTOR_TOKEN=token)
    assert refused.returncode == 3 and json.loads(refused.stdout)["error"]["code"] == "denied"


def test_roles_and_departments_of_an_account_change_at_once(here: tuple[Path, str]) -> None:
    home, tenant = here
    assert run(home, "user", "add", "tess", "--role", "librarian", "--tenant", tenant).returncode == 0
    token = run(home, "user", "token", "tess", "--tenant", tenant).stdout.strip()
    done = run(home, "user", "set", "tess", "--role", "reader", "--department", "pharmacy", "--tenant", tenant)
    assert (done.returncode, done.stdout) == (0, "tess: reader of pharmacy\n")
    shown = json.loads(run(home, "user", "show", "--json", PRECEPTOR_TOKEN=token).stdout)
    assert (shown["roles"], shown["departments"]) == (["reader"], ["pharmacy"])
    assert run(home, "user", "set", "tess", "--no-department", "--tenant", tenant).stdout == "tess: reader\n"
    assert run(home, "user", "set", "tess", "--role", "reader", PRECEPTOR_TOKEN=token).returncode == 3
    assert run(home, "user", "set", "local-root", "--role", "reader", "--tenant", tenant).returncode == 2
    logged = run(home, "audit", "search", "--event", "account:change", "--json", "--tenant", tenant).stdout
    assert logged.count("account:change") == 2


def test_an_export_verifies_without_a_database_and_copies_that_were_changed_do_not(
    here: tuple[Path, str], tmp_path: Path
) -> None:
    home, tenant = here
    log, head = tmp_path / "log.jsonl", tmp_path / "log.checkpoint"
    for _ in range(4):
        run(home, "policy", "list", "--tenant", tenant)
    assert (
        run(home, "audit", "export", "--out", str(log), "--checkpoint", str(head), "--tenant", tenant).returncode == 0
    )
    nowhere = tmp_path / "no-home"
    first = head.read_text().splitlines()[0]
    assert first.startswith("vkey ")
    key = first.removeprefix("vkey ")
    good = run(nowhere, "audit", "verify", str(log), "--checkpoint", str(head), "--key", key, "--json")
    assert good.returncode == 0 and json.loads(good.stdout)["ok"] and json.loads(good.stdout)["key"] == "pinned"
    unpinned = json.loads(run(nowhere, "audit", "verify", str(log), "--checkpoint", str(head), "--json").stdout)
    assert unpinned["ok"] and unpinned["key"] == "unpinned"
    assert not nowhere.exists()  # it needed no product state
    lines = log.read_text().splitlines()
    assert len(lines) >= 6
    changed = [*lines[:2], lines[2].replace("document:list", "document:view"), *lines[3:]]
    for name, copy in {
        "changed": changed,
        "removed": lines[:2] + lines[3:],
        "swapped": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "cut": lines[:-1],
        "empty": [],
    }.items():
        bad = tmp_path / f"{name}.jsonl"
        bad.write_text("".join(line + "\n" for line in copy))
        done = run(nowhere, "audit", "verify", str(bad), "--checkpoint", str(head), "--key", key, "--json")
        assert done.returncode == 1 and not json.loads(done.stdout)["ok"], name


def test_the_log_in_the_database_verifies_and_a_leaf_is_proven(here: tuple[Path, str]) -> None:
    home, tenant = here
    done = run(home, "audit", "verify", "--json", "--tenant", tenant)
    assert done.returncode == 0 and json.loads(done.stdout)["ok"]
    proof = json.loads(run(home, "audit", "prove", "0", "--json", "--tenant", tenant).stdout)
    assert len(proof["root"]) == 64 and proof["proof"]


def test_doctor_finds_nothing_wrong(tmp_path: Path) -> None:
    """On an installation of its own: in the shared one other tests leave logs that are halted or wait."""
    assert run(tmp_path, "policy", "list").returncode == 0
    done = run(tmp_path, "doctor", "--json")
    assert done.returncode == 0, done.stdout


def test_deid_takes_a_batch(here: tuple[Path, str]) -> None:
    home, tenant = here
    line = json.dumps({"id": 1, "text": "Patient: Harriet Blenkinsop, MRN 00482913, has Parkinson disease."})
    done = run(home, "deid", "--batch", "-", "--tenant", tenant, given=line + "\n{}\n")
    assert done.returncode == 4
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert "Blenkinsop" not in rows[0]["text"] and "Parkinson" in rows[0]["text"]
    for span in rows[0]["spans"]:
        assert set(span) == {"start", "end", "label", "score", "source"}
    assert rows[1]["error"]["code"] == "invalid_request"


def test_one_bad_line_of_a_batch_spoils_itself_only(here: tuple[Path, str], document: Path, tmp_path: Path) -> None:
    home, tenant = here
    run(home, "policy", "add", str(document), "--tenant", tenant)
    batch = tmp_path / "batch.jsonl"
    good = json.dumps({"id": "good", "question": ASKED}).encode()
    bad = [
        b'{"id": "\xff"}',
        b'{"id": ' + b"1" * 5000 + b"}",
        b"[" * 200_000,
        b'{"id": "\\ud800", "question": "x"}',
        b'{"id": NaN, "question": "x"}',
    ]
    separator = '{"id": "two\u2028lines", "question": "How often is a shower chair replaced?"}'.encode()
    batch.write_bytes(b"\n".join([*bad, separator, good]) + b"\n")
    done = run(home, "policy", "ask", "--batch", str(batch), "--tenant", tenant)
    rows = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert done.returncode == 4
    assert [row.get("error", {}).get("code") for row in rows] == ["invalid_json"] * 5 + [None, None]
    assert [row["id"] for row in rows[5:]] == ["two\u2028lines", "good"]


def test_each_file_has_its_own_outcome(here: tuple[Path, str], document: Path, tmp_path: Path) -> None:
    home, tenant = here
    (tmp_path / "empty.md").write_bytes(b"")
    names = [str(document), str(tmp_path / "missing.md"), str(tmp_path / "empty.md"), "/dev/zero"]
    done = run(home, "policy", "add", *names, "--json", "--tenant", tenant)
    assert done.returncode == 4
    rows = json.loads(done.stdout)
    assert [row["status"] for row in rows] == ["added", "failed", "failed", "failed"]
    assert [row["error"]["code"] for row in rows[1:]] == ["file_not_found", "file_empty", "unsupported_media_type"]


def test_a_refused_command_stands_in_the_log(here: tuple[Path, str]) -> None:
    home, tenant = here
    run(home, "user", "add", "rita", "--role", "reader", "--tenant", tenant)
    token = run(home, "user", "token", "rita", "--tenant", tenant).stdout.strip()
    assert run(home, "policy", "remove", "x", PRECEPTOR_TOKEN=token).returncode == 3
    found = run(home, "audit", "search", "--event", "access:deny", "--json", "--tenant", tenant)
    assert [e["actor"] for e in json.loads(found.stdout)["entries"]] == ["account:rita"]


def test_a_stream_is_masked_while_it_is_read(here: tuple[Path, str]) -> None:
    home, tenant = here
    note = (
        "Patient: Agnes Thornbury, MRN 00482913. " + "The wound is clean and dry. " * 2_000 + "Ms. Thornbury agrees.\n"
    )
    done = run(home, "deid", "-", "--stream", "--tenant", tenant, given=note)
    assert done.returncode == 0, done.stderr
    assert "Thornbury" not in done.stdout and "00482913" not in done.stdout
    assert done.stdout.endswith("Ms. [NAME] agrees.\n")
    assert run(home, "deid", "-", "--stream", "--mode", "surrogate", "--tenant", tenant, given=note).returncode == 2
