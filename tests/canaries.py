"""Invented people whose identifiers occur nowhere else, and the search for them in whatever the product left behind."""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_IDENTIFIER = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{20,}")
_ONSETS = ("Zy", "Qua", "Vre", "Kno", "Thra", "Ylo", "Brui", "Sque", "Jha", "Phle", "Gwi", "Droo")
_MIDDLES = ("xwol", "nneth", "rquin", "zzab", "ffrel", "ggoth", "mbrox", "ndwyv", "ksper", "lquad")
_ENDS = ("da", "orpe", "ixel", "umbra", "essik", "ovant", "yrne", "ackley", "oskin", "ulfe")


@dataclass(frozen=True)
class Person:
    """One invented person; every field but the state and the birth date is a canary."""

    given: str
    family: str
    ssn: str
    mrn: str
    phone: str
    email: str
    street: str
    plan: str
    account: str
    birth: str

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.given} {self.family}"

    @property
    def values(self) -> tuple[str, ...]:
        """What may be found nowhere."""
        return (
            self.given,
            self.family,
            self.ssn,
            self.mrn,
            self.phone,
            self.email,
            self.street,
            self.plan,
            self.account,
        )

    @property
    def record(self) -> dict[str, object]:
        """The person as a FHIR Patient."""
        return {
            "resourceType": "Patient",
            "id": self.mrn,
            "name": [{"family": self.family, "given": [self.given]}],
            "telecom": [{"system": "phone", "value": self.phone}, {"system": "email", "value": self.email}],
            "identifier": [{"system": "urn:mrn", "value": self.mrn}, {"system": "urn:ssn", "value": self.ssn}],
            "address": [{"line": [self.street], "city": "Springfield", "state": "IL"}],
            "birthDate": self.birth,
        }

    @property
    def note(self) -> str:
        """A note that names the person in many ways."""
        return (
            f"Patient: {self.name}\nDOB: {self.birth}\nMRN: {self.mrn}\nSSN: {self.ssn}\nMember ID: {self.plan}\n"
            f"Account number: {self.account}\nAddress: {self.street}, Springfield, IL 62704\n"
            f"Phone: {self.phone}\nEmail: {self.email}\n\n"
            f"Ms. {self.family} was seen today. {self.given} needs a shower chair. Call {self.phone}.\n"
        )


def people(count: int, seed: int = 5) -> list[Person]:
    """`count` different people, the same in every run."""
    chance = random.Random(seed)
    words = [o + m + e for o in _ONSETS for m in _MIDDLES for e in _ENDS]
    chance.shuffle(words)
    assert 2 * count <= len(words)
    made = list[Person]()
    for n in range(count):
        given, family = words[2 * n], words[2 * n + 1]
        mrn, plan, account = (chance.randint(10**8, 10**9 - 1) for _ in range(3))
        made.append(
            Person(
                given,
                family,
                f"{chance.randint(600, 665)}-{10 + n % 89}-{1000 + (n * 7919) % 9000}",
                f"MZ{mrn}",
                f"({chance.randint(201, 989)}) 555-{1000 + (n * 7723) % 9000:04d}",
                f"{given.lower()}.{family.lower()}@planted.example",
                f"{100 + n} {family[:-1]}a Lane",
                f"HX{plan}",
                f"77{account}",
                f"19{40 + n % 60}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            )
        )
    return made


class Search:
    """Looks for the canaries of `people` in texts, in plain, in hexadecimal and in base64."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = list(people)

    @cached_property
    def words(self) -> frozenset[str]:
        """Canaries that are one word of letters."""
        found = {word.lower() for p in self.people for word in (p.given, p.family, p.street.split()[1])}
        return frozenset(found)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Canaries as their digits alone."""
        values = [value for p in self.people for value in (p.ssn, p.phone, p.mrn, p.plan, p.account)]
        return frozenset(re.sub(r"\D", "", value) for value in values)

    def __len__(self) -> int:
        """How many canaries there are."""
        return len({value for p in self.people for value in p.values})

    def found(self, text: str) -> set[str]:
        """The canaries in `text` and in what its longer hexadecimal and base64 words decode to."""
        hits = set[str]()
        for part in _layers(text):
            hits |= self.words & set(re.findall(r"[a-z]{5,}", part.lower()))
            plain = _IDENTIFIER.sub(" ", part)  # random digits of our own ids and digests are nobody's
            runs = re.findall(r"(?<![0-9])\(?\d[\d\-(). ]{5,}\d(?![0-9])", plain)
            hits |= self.numbers & {digits for run in runs for digits in _readings(run)}
        return hits


def _readings(run: str) -> Iterator[str]:
    """The run as one number, and each of its parts between blanks."""
    yield re.sub(r"\D", "", run)
    for part in run.split():
        yield re.sub(r"\D", "", part)


def _layers(text: str) -> Iterator[str]:
    yield text
    for match in re.finditer(r"(?:\\\\?x)?([0-9a-f]{12,})", text):
        digits = match.group(1)
        if len(digits) % 2 == 0:
            yield bytes.fromhex(digits).decode("latin-1")
    for match in re.finditer(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        try:
            word = match.group().replace("-", "+").replace("_", "/")
            yield base64.b64decode(word + "=" * (-len(word) % 4)).decode("latin-1")
        except (binascii.Error, ValueError):
            continue


def as_lines(rows: Iterable[object]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)
