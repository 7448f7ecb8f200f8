"""One audit entry, its one byte form, and the hash that stands for it in the tree."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast
from uuid import UUID

import rfc8785

from preceptor.errors import IntegrityFailure, Invalid

VERSIONS = (1, 2)
"""2 is written when one of `Entry`'s later fields is set, and has them all that are; an entry without is version 1."""
MAX_IDS = 24
"""The most ids, and the most digests, one entry may name; bounds a leaf to about 11 kB."""

Outcome = Literal["done", "denied", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("done", "denied", "failed")

_FIELDS = frozenset(
    ("v", "id", "tenant", "at", "actor", "event", "purpose", "outcome", "subject", "digests"),
)
LATER: tuple[str, ...] = ("agent", "model", "policy", "decision", "reason")
"""Fields of version 2, each left out where there is nothing to say."""

# ASCII without blank, quote, backslash or control character. No sentence can be written in it, and none of its
# characters is escaped in JSON. That a value is an id and not a name in id's clothing is the duty of the caller.
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:/@#=+~-]{1,200}")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_EVENT = re.compile(r"[a-z][a-z0-9_-]{0,62}:[a-z][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DIGEST = re.compile(r"(?:[0-9a-f]{2}){16,64}")
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Entry:
    """What one act leaves behind: who, what, why, to what, with which outcome.

    `at` is an aware time, kept in UTC to the microsecond. `event` is `subject:action`. `subject` maps names
    (`document`, `question`) to ids, `digests` maps names to keyed digests in lower-case hex (16 to 64 bytes).
    `agent` is the program that acted for the actor, `model` the model it asked, `policy` the version of the rules it
    went by, `decision` what was decided and `reason` the code of why; empty where there is none.
    """

    id: UUID
    tenant: str
    at: datetime
    actor: str
    event: str
    purpose: str
    outcome: Outcome
    subject: Mapping[str, str]
    digests: Mapping[str, str]
    agent: str = ""
    model: str = ""
    policy: str = ""
    decision: str = ""
    reason: str = ""

    @property
    def later(self) -> dict[str, str]:
        """The fields of version 2 that are set."""
        return {name: value for name in LATER if (value := getattr(self, name))}


def encode(entry: Entry) -> bytes:
    """The canonical JSON (RFC 8785) of the entry, with `"v":1` or `"v":2`; equal entries give equal bytes.

    Raises `Invalid` naming the field, never its value, when a value is not a short identifier: whatever could
    hold prose does not get into the log.
    """
    wrong = _wrong_field(entry)
    if wrong is not None:
        raise Invalid("invalid_request", f"The audit field {wrong} is not of the documented form.")
    return rfc8785.dumps(
        {
            "v": 2 if entry.later else 1,
            **entry.later,
            "id": str(entry.id),
            "tenant": entry.tenant,
            "at": _at_text(entry.at),
            "actor": entry.actor,
            "event": entry.event,
            "purpose": entry.purpose,
            "outcome": entry.outcome,
            "subject": dict(entry.subject),
            "digests": dict(entry.digests),
        }
    )


def decode(leaf: bytes) -> Entry:
    """The entry of a leaf; accepts exactly the bytes `encode` makes and nothing else.

    Raises `IntegrityFailure` (`tampered_export`) on another version, a missing or further field, a value out of
    form, or bytes that are not the canonical ones (blanks, escapes, order, a doubled name).
    """
    try:
        found: object = json.loads(leaf)
    except (ValueError, RecursionError):
        raise _not_a_leaf("it is not JSON") from None
    if not isinstance(found, dict):
        raise _not_a_leaf("it is not an object")
    fields = cast("dict[str, object]", found)
    version = fields.get("v")
    if type(version) is not int or version not in VERSIONS:
        raise _not_a_leaf("its version is unknown")
    later = fields.keys() - _FIELDS
    if not fields.keys() >= _FIELDS or not later <= frozenset(LATER) or bool(later) != (version == 2):
        raise _not_a_leaf("a field is missing or unknown")
    entry = _entry(fields)
    wrong = _wrong_field(entry)
    if wrong is not None:
        raise _not_a_leaf(f"{wrong} is not of the documented form")
    # Python's encoder gives the RFC 8785 bytes here: one integer, ASCII strings that need no escape, and names
    # whose order by character is the order by UTF-16 unit. It is C, and a verifier reads a million leaves.
    if _CANONICAL.encode(fields).encode() != leaf:
        raise _not_a_leaf("its bytes are not the canonical ones")
    return entry


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf in the tree: SHA-256(0x00 || leaf), RFC 6962 section 2.1; 32 bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def is_tenant(name: str) -> bool:
    """Whether a tenant of this name can have a log: letters, digits, `.`, `_`, `-`, at most 63."""
    return _TENANT.fullmatch(name) is not None


def _wrong_field(entry: Entry) -> str | None:
    """The name of the first field out of form, else None."""
    if not is_tenant(entry.tenant):
        return "tenant"
    if entry.at.tzinfo is None:
        return "at"
    if _IDENTIFIER.fullmatch(entry.actor) is None:
        return "actor"
    if _EVENT.fullmatch(entry.event) is None:
        return "event"
    if _IDENTIFIER.fullmatch(entry.purpose) is None:
        return "purpose"
    if entry.outcome not in OUTCOMES:
        return "outcome"
    if not all(_IDENTIFIER.fullmatch(value) for value in entry.later.values()):
        return "agent, model, policy, decision or reason"
    if not _all_match(entry.subject, _IDENTIFIER):
        return "subject"
    if not _all_match(entry.digests, _DIGEST):
        return "digests"
    return None


def _all_match(values: Mapping[str, str], form: re.Pattern[str]) -> bool:
    if len(values) > MAX_IDS:
        return False
    return all(_NAME.fullmatch(name) and form.fullmatch(value) for name, value in values.items())


def _at_text(at: datetime) -> str:
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def _entry(fields: dict[str, object]) -> Entry:
    """The entry of fields whose names are right; types and the forms of id and time are checked here."""
    texts: dict[str, str] = {}
    for name in ("id", "tenant", "at", "actor", "event", "purpose", "outcome", *LATER):
        value = fields.get(name, "")
        if not isinstance(value, str) or (name in fields and not value):
            raise _not_a_leaf(f"{name} is not a string")
        texts[name] = value
    try:
        identity = UUID(texts["id"])
        at = datetime.fromisoformat(texts["at"])
    except ValueError:
        raise _not_a_leaf("id or at is not of the documented form") from None
    # Both constructors read more spellings than the one that is written.
    if at.tzinfo is None or str(identity) != texts["id"] or _at_text(at) != texts["at"]:
        raise _not_a_leaf("id or at is not of the documented form")
    return Entry(
        id=identity,
        tenant=texts["tenant"],
        at=at,
        actor=texts["actor"],
        event=texts["event"],
        purpose=texts["purpose"],
        outcome=cast("Outcome", texts["outcome"]),
        subject=_string_map(fields, "subject"),
        digests=_string_map(fields, "digests"),
        **{name: texts[name] for name in LATER},
    )


def _string_map(fields: dict[str, object], name: str) -> dict[str, str]:
    value = fields[name]
    if not isinstance(value, dict):
        raise _not_a_leaf(f"{name} is not an object")
    pairs = cast("dict[str, object]", value)
    if not all(isinstance(item, str) for item in pairs.values()):
        raise _not_a_leaf(f"{name} holds something that is not a string")
    return cast("dict[str, str]", pairs)


def _not_a_leaf(why: str) -> IntegrityFailure:
    return IntegrityFailure("tampered_export", f"This is not an audit leaf: {why}.")
