"""Signed heads: the C2SP forms, against keys and a note that others made."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from tests.audit_case import ORIGIN, honest_log, key_of

from preceptor.audit.checkpoint import (
    MAX_NOTE,
    parse,
    parse_note,
    parse_verifier_key,
    sign,
    signed_by,
    verifier_key,
    verify_note,
)
from preceptor.audit.merkle import EMPTY_ROOT
from preceptor.errors import IntegrityFailure, Invalid

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "signed_note.json").read_text())
KEY = key_of(1)
VKEY = verifier_key(ORIGIN, KEY.public_key())
ROOT = base64.b64encode(EMPTY_ROOT).decode()
NOTE = sign(KEY, ORIGIN, 0, EMPTY_ROOT)
SIGNATURE = NOTE.split("\n\n")[1]


@pytest.mark.parametrize("vkey", VECTORS["verifier_keys"])
def test_keys_of_others_are_read_and_written_the_same(vkey: str) -> None:
    key = parse_verifier_key(vkey)
    assert verifier_key(key.name, key.public) == vkey


def test_a_note_signed_by_others_holds() -> None:
    key = parse_verifier_key(VECTORS["note_key"])
    assert signed_by(parse_note(VECTORS["note"]), key) == "signed"
    assert signed_by(parse_note(VECTORS["note"].replace("answer", "Answer")), key) == "forged"
    assert signed_by(parse_note(VECTORS["note"]), parse_verifier_key(VKEY)) == "unsigned"


def test_form_of_a_head() -> None:
    assert NOTE.startswith(f"{ORIGIN}\n0\n{ROOT}\n\n— {ORIGIN} ")
    assert NOTE.endswith("\n")
    head = verify_note(NOTE, VKEY)
    assert (head.origin, head.size, head.root) == (ORIGIN, 0, EMPTY_ROOT)
    assert sign(KEY, ORIGIN, 0, EMPTY_ROOT) == NOTE


def test_signatures_of_witnesses_are_let_pass_but_do_not_count() -> None:
    witness = sign(key_of(9), "witness.example/w1", 0, EMPTY_ROOT).split("\n\n")[1]
    assert verify_note(NOTE + witness, VKEY).size == 0
    with pytest.raises(IntegrityFailure):
        verify_note(NOTE.replace(SIGNATURE, witness), VKEY)


def test_one_bad_signature_of_the_key_spoils_a_good_one() -> None:
    raw = base64.b64decode(SIGNATURE.split(" ")[2])
    bad = base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    with pytest.raises(IntegrityFailure):
        verify_note(f"{NOTE}— {ORIGIN} {bad}\n", VKEY)


def test_a_head_of_another_log_under_the_same_name_of_key() -> None:
    # The key named for this log signs a text that names another one: the signature holds, the head is not ours.
    body = f"preceptor.local/other\n0\n{ROOT}\n"
    key = parse_verifier_key(VKEY)
    line = f"— {ORIGIN} {base64.b64encode(key.key_id + KEY.sign(body.encode())).decode()}\n"
    with pytest.raises(IntegrityFailure) as caught:
        verify_note(f"{body}\n{line}", VKEY)
    assert caught.value.code == "audit_mismatch"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        f"{ORIGIN}\n0\n{ROOT}\n",  # no signature part
        f"{ORIGIN}\n0\n{ROOT}\n\n",  # an empty one
        NOTE[:-1],  # the last line is not ended
        NOTE + "\n",  # a blank line too many
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),  # a hyphen for the em dash
        NOTE.replace("— ", "—  "),
        NOTE.replace(ORIGIN, "", 1),  # no origin
        NOTE.replace(ORIGIN, "preceptor local", 1),  # a blank in the origin
        NOTE.replace("\n0\n", "\n00\n"),
        NOTE.replace("\n0\n", "\n+0\n"),
        NOTE.replace("\n0\n", "\n-1\n"),
        NOTE.replace("\n0\n", "\n٠\n"),  # an Arabic-Indic zero
        NOTE.replace("\n0\n", "\n9223372036854775808\n"),  # 2**63
        NOTE.replace("\n0\n", "\n" + "9" * 5000 + "\n"),
        NOTE.replace(ROOT, ROOT[:-1]),  # padding gone
        NOTE.replace(ROOT, ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "="),  # the same 32 bytes, spare bits set
        NOTE.replace(ROOT, base64.urlsafe_b64encode(b"\xff" * 32).decode()),  # another alphabet
        NOTE.replace(ROOT, base64.b64encode(b"x" * 31).decode()),  # a short root
        NOTE.replace(ROOT, f"{ROOT}\nextension"),  # an extension line
        NOTE.replace(ROOT, f"{ROOT}\n\nsecond part"),
        NOTE + "— name AAAA\n",  # a signature shorter than its key id
        NOTE + SIGNATURE * 100,  # more signatures than allowed
        NOTE + "— name " + "A" * MAX_NOTE + "\n",
        NOTE.replace("preceptor", "pre\x00ceptor"),
        NOTE.replace("preceptor", "pre\udc80ceptor"),  # what lenient reading leaves of a bad byte
    ],
    ids=lambda text: repr(text[:30]),
)
def test_malformed_notes_are_refused(text: str) -> None:
    for read in (parse, lambda note: verify_note(note, VKEY)):
        with pytest.raises(IntegrityFailure) as caught:
            read(text)
        assert caught.value.code == "tampered_export"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        VKEY + "\n",
        VKEY.replace(ORIGIN, "preceptor.local/other"),  # the id belongs to another name
        VKEY.replace("+", " "),
        f"{ORIGIN}+00000000+{VKEY.rsplit('+', 1)[1]}",  # another id
        VKEY[:-4],  # a short key
        f"x+00000000+{base64.b64encode(bytes([2]) + bytes(32)).decode()}",  # another algorithm
    ],
    ids=repr,
)
def test_malformed_keys_are_refused(vkey: str) -> None:
    with pytest.raises(Invalid):
        parse_verifier_key(vkey)
    with pytest.raises(Invalid):
        verify_note(NOTE, vkey)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("a b", 0, EMPTY_ROOT),
        ("a+b", 0, EMPTY_ROOT),
        ("", 0, EMPTY_ROOT),
        ("a\nb", 0, EMPTY_ROOT),
        ("a", -1, EMPTY_ROOT),
        ("a", 2**63, EMPTY_ROOT),
        ("a", 0, EMPTY_ROOT[:-1]),
    ],
)
def test_no_head_is_signed_that_could_not_be_read(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(Invalid):
        sign(KEY, origin, size, root)


def test_the_row_of_spare_bits_above_does_spell_the_same_root() -> None:
    assert base64.b64decode(ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "=") == EMPTY_ROOT


def test_largest_size_comes_back() -> None:
    assert verify_note(sign(KEY, ORIGIN, 2**63 - 1, EMPTY_ROOT), VKEY).size == 2**63 - 1


def test_a_log_head_is_about_its_leaves() -> None:
    log = honest_log(3)
    assert parse(log.note()).root != parse(log.note(2)).root
