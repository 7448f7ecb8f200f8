"""One walk over a FHIR R4 resource: each element by its path, then by its data type; what is unknown is removed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import cast

from preceptor.deid import fhir_values as values
from preceptor.deid.fhir_ids import PERSONS, NeutralIds, Scope, server
from preceptor.deid.fhir_paths import (
    GONE,
    GONE_TYPES,
    INSTITUTION,
    SHORT,
    TEXT,
    code,
    short,
    short_version,
    terminology,
)
from preceptor.deid.fhir_place import Json, Place, Removed, answers, asking, beside_path, is_employer, masks
from preceptor.deid.fhir_types import NUMBERS, PRIMITIVES, RESOURCES, elements
from preceptor.deid.labels import TAKES, Label, Policy

DEPTH = 80
"""Elements inside elements; what is deeper is removed unread."""
BIG = 1_000_000
"""A bare whole number from here on, given as an answer or an extension, is taken for someone's number."""
QUANTITIES = frozenset(("Quantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"))
SEALED = frozenset(("Address", "ContactPoint", "Identifier", "Attachment"))
"""Types in which an extension may only repeat what is removed."""


@dataclass(slots=True)
class Walk:
    """The state of one walk: what was removed, which ids were given, which years were seen.

    `known_years` are those of an earlier walk over the same resource, needed to tell which dates show an age
    over 89; `texts` remembers the answers of `free_text`, so that it is asked once for each text.
    """

    policy: Policy
    free_text: Callable[[str], str] | None
    ids: NeutralIds
    known_years: frozenset[int] = frozenset()
    texts: dict[str, str] = field(default_factory=dict[str, str])
    removed: list[Removed] = field(default_factory=list[Removed])
    years: set[int] = field(default_factory=set[int])

    def gone(self, place: Place, label: Label) -> None:
        """Record that the element at `place` is removed or changed."""
        self.removed.append(Removed(place.path, label))

    def takes(self, label: Label) -> bool:
        """Whether the policy takes `label`."""
        return label in TAKES[self.policy]

    def resource(self, raw: Json, place: Place, contained: bool = False) -> dict[str, object] | None:
        """The redacted resource; None, and one removal, when its type is unknown."""
        kind = raw.get("resourceType")
        if not isinstance(kind, str) or kind not in RESOURCES:
            return self.gone(place, "OTHER_ID")
        scope = place.scope
        if not contained:
            scope = replace(scope, container=place.path)
            self.ids.contain(place.path, raw)
        died = raw.get("deceasedDateTime") if kind == "Patient" else None
        year = values.year_of(died) if isinstance(died, str) else None
        return self.fields(raw, kind, replace(place, scope=scope, asked=None, died=year), contained)

    def fields(self, raw: Json, kind: str, place: Place, contained: bool = False) -> dict[str, object]:
        """The elements of `raw`, an object of the type `kind`, in their order; empty when nothing is left."""
        known = elements(kind)
        place = asking(raw, kind, place)
        out: dict[str, object] = {}
        for key, value in raw.items():
            if key == "resourceType" and kind in RESOURCES:
                out[key] = value
                continue
            name = key.removeprefix("_")
            type_name = known.get(name)
            if type_name is None or (name != key and type_name not in PRIMITIVES):
                self.gone(place.at("?"), "OTHER_ID")
                continue
            if name == "id" and kind in RESOURCES:
                self.neutral_id(key, value, raw, place, out, contained)
                continue
            if name != key and name in raw:
                continue
            beside = raw.get(f"_{name}") if type_name in PRIMITIVES else None
            self.element(kind, name, type_name, None if name != key else value, beside, raw, place, out)
        return out

    def neutral_id(
        self, name: str, value: object, raw: Json, place: Place, out: dict[str, object], contained: bool
    ) -> None:
        """Replace `Resource.id`; what is no id, or stands beside it, is removed."""
        if name != "id" or not isinstance(value, str):
            return self.gone(place.at(name), "OTHER_ID")
        kind = str(raw["resourceType"])
        pointer = f"#{value}" if contained else place.address or f"{kind}/{value}"
        key, _ = self.ids.key(pointer, place.scope, kind)
        out["id"] = self.ids.of(key, kind)[1]
        if out["id"] != value:
            self.gone(place.at("id"), "OTHER_ID")
        return None

    def element(
        self,
        owner: str,
        key: str,
        kind: str,
        value: object,
        beside: object,
        raw: Json,
        place: Place,
        out: dict[str, object],
    ) -> None:
        """Put the element `key` into `out`, with the extensions that stand beside a primitive value."""
        owner = "Quantity" if owner in QUANTITIES else owner
        many = isinstance(value if value is not None else beside, list | tuple)
        if beside is not None and isinstance(beside, list | tuple) != many:
            self.gone(place.at(f"_{key}"), "OTHER_ID")
            beside = None
        items: list[object] = list(cast("list[object]", value)) if isinstance(value, list | tuple) else [value]
        besides: list[object] = list(cast("list[object]", beside)) if isinstance(beside, list | tuple) else [beside]
        size = max(len(items), len(besides))
        items += [None] * (size - len(items))
        besides += [None] * (size - len(besides))
        pairs: list[tuple[object, object]] = []
        for number, (item, extra) in enumerate(zip(items, besides, strict=True)):
            here = replace(
                place,
                path=f"{place.path}.{key}" + (f"[{number}]" if many else ""),
                depth=place.depth + 1,
                address=place.address if owner == "Bundle.entry" and key == "resource" else "",
            )
            done = None if item is None else self.one(owner, key, kind, item, raw, here)
            label = self.label_of(owner, key, kind, raw)
            more = None
            there = replace(here, path=beside_path(here.path, key))
            if extra is not None and (label or owner in SEALED or not isinstance(extra, Mapping)):
                self.gone(there, label or "OTHER_ID")
            elif extra is not None:
                more = self.fields(cast("Json", extra), "Element", there) or None
            if done is not None or more is not None:
                pairs.append((done, more))
        if any(done is not None for done, _ in pairs):
            out[key] = [done for done, _ in pairs] if many else pairs[0][0]
        if any(more is not None for _, more in pairs):
            out[f"_{key}"] = [more for _, more in pairs] if many else pairs[0][1]

    def label_of(self, owner: str, key: str, kind: str, raw: Json) -> Label | None:
        """The label of an element that is removed whatever it holds; None for the others."""
        if owner == "ContactPoint" and key == "value":
            return values.telecom_label(raw)
        if owner == "Identifier" and key == "value":
            return values.identifier_label(raw)
        if owner == "Attachment" and key == "data" and str(raw.get("contentType")).startswith("image/"):
            return "PHOTO"
        if key == "id":
            return "OTHER_ID"
        return GONE.get(f"{owner}.{key}") or GONE_TYPES.get(kind)

    def one(self, owner: str, key: str, kind: str, value: object, raw: Json, place: Place) -> object:
        """One value of an element; None when it is removed, which is recorded."""
        label = self.label_of(owner, key, kind, raw)
        if label or place.depth > DEPTH:
            return self.gone(place, label or "OTHER_ID")
        if kind not in PRIMITIVES:
            return self.complex(owner, key, kind, value, place)
        if kind == "boolean":
            return value if isinstance(value, bool) else self.gone(place, "OTHER_ID")
        if kind in NUMBERS:
            return self.number(key, kind, value, place)
        if not isinstance(value, str):
            return self.gone(place, "OTHER_ID")
        if kind in ("date", "dateTime", "instant"):
            return self.date(key, value, place)
        if kind == "xhtml":
            return self.narrative(value, place)
        if kind in ("uri", "canonical"):
            return self.uri(f"{owner}.{key}", value, raw, place)
        if kind == "code":
            return self.code(owner, key, value, raw, place)
        if kind == "time":
            return value if values.TIME.fullmatch(value) else self.gone(place, "DATE")
        return self.string(owner, key, value, raw, place)

    def complex(self, owner: str, key: str, kind: str, value: object, place: Place) -> object:
        """An object of a data type, a group or a resource; an empty one is left out."""
        if not isinstance(value, Mapping):
            return self.gone(place, "OTHER_ID")
        raw = cast("Json", value)
        if kind == "Resource":
            return self.resource(raw, place, key == "contained")
        if kind in QUANTITIES:
            return self.quantity(owner, key, kind, raw, place)
        if kind == "Extension" and not self.named(raw):
            return self.gone(place, "OTHER_ID")
        if (
            kind == "Range"
            and key.endswith("Range")
            and key[:-5] in ("onset", "age", "abatement", "performed", "deceased")
        ):
            place = replace(place, asked="AGE90")
        if kind == "Bundle.entry":
            address = raw.get("fullUrl")
            place = replace(place, scope=Scope(server(raw)), address=address if isinstance(address, str) else "")
        out = self.fields(raw, kind, place)
        if kind == "Extension" and not out.keys() - {"url"}:
            return None
        return out or None

    def named(self, extension: Json) -> bool:
        """Whether an extension bears an address that names a definition, or the short name of a nested one."""
        url = extension.get("url")
        return isinstance(url, str) and (
            terminology(url, self.policy) or bool(re.fullmatch(r"[A-Za-z][\w.-]{0,63}", url))
        )

    def quantity(self, owner: str, key: str, kind: str, raw: Json, place: Place) -> object:
        """A Quantity; an age over 89 becomes "90 or more", the one category the rule allows."""
        amount, aged = raw.get("value"), kind == "Age" or place.asked == "AGE90"
        if isinstance(amount, int | float | Decimal) and not values.unit_of(raw):
            answer = answers(key) and place.asked is not None and not aged
            if answer or (abs(amount) >= BIG and amount % 1 == 0):
                return self.gone(place, place.asked or "OTHER_ID")
        old = self.takes("AGE90") and values.too_old(amount, values.unit_of(raw)) and (aged or values.in_time(raw))
        if not old:
            return self.fields(raw, kind, place) or None
        if owner == "Range" and key == "high":
            return self.gone(place, "AGE90")
        new = values.capped(raw, owner == "Range")
        if new != raw:
            self.gone(place, "AGE90")
        return self.fields(new, kind, place)

    def number(self, key: str, kind: str, value: object, place: Place) -> object:
        """A number; one that answers a question for an identifier, or is as long as one, is removed."""
        if isinstance(value, bool) or not isinstance(value, int if kind != "decimal" else int | float | Decimal):
            return self.gone(place, "OTHER_ID")
        if not answers(key):
            return value
        if place.asked == "AGE90":
            old = self.takes("AGE90") and values.too_old(value, None)
            return self.gone(place, "AGE90") if old else value
        if place.asked or (abs(value) >= BIG and value % 1 == 0):
            return self.gone(place, place.asked or "OTHER_ID")
        return value

    def date(self, key: str, value: str, place: Place) -> str | None:
        """A date cut to its year; none of it when the year alone shows an age over 89."""
        year = values.year_of(value)
        if year is None or self.policy == "strict":
            return self.gone(place, "DATE")
        if not self.takes("DATE"):
            return value
        self.years.add(year)
        # By years alone, so that the answer for a redacted resource is the same; it errs towards removing.
        later = (other for other in self.known_years if other <= year + values.LIFE)
        last = place.died if place.died and "irthDate" in place.path else max(later, default=year)
        if last - year > values.OLDEST:
            return self.gone(place, "AGE90")
        if value != value[:4]:
            self.gone(place, "DATE")
        return value[:4]

    def uri(self, path: str, value: str, raw: Json, place: Place) -> str | None:
        """A URI: of a definition it stays, of a resource it becomes neutral, any other is removed."""
        new: str | None = value
        if path == "Bundle.entry.fullUrl":
            inner = raw.get("resource")
            kind = cast("Json", inner).get("resourceType") if isinstance(inner, Mapping) else ""
            new = self.ids.address(value, kind if isinstance(kind, str) and kind in RESOURCES else "")
        elif path in ("Bundle.entry.request.url", "Bundle.entry.response.location"):
            new = self.ids.request(value, place.scope)
        elif path == "Reference.type":
            return value if value in RESOURCES else self.gone(place, "OTHER_ID")
        elif path == "Extension.url":
            return value  # `named` has looked at it
        elif not terminology(value, self.policy):
            new = None
        if new != value:
            self.gone(place, "URL" if new is None else "OTHER_ID")
        return new

    def code(self, owner: str, key: str, value: str, raw: Json, place: Place) -> str | None:
        """A code; where an identifier is asked for, or without a system a long number, it is removed."""
        if answers(key) and place.asked and place.asked != "AGE90":
            return self.gone(place, place.asked)
        known = owner in ("Coding", "Quantity") and self.system(raw)
        return value if code(value, known) else self.gone(place, "OTHER_ID")

    def system(self, coding: Json) -> bool:
        """Whether a Coding has a system that stays."""
        system = coding.get("system")
        return isinstance(system, str) and terminology(system, self.policy)

    def string(self, owner: str, key: str, value: str, raw: Json, place: Place) -> str | None:
        """A string: structural ones stay, names of institutions by policy, all others are free text."""
        path = f"{owner}.{key}"
        if owner == "Address":
            return self.address(key, value, raw, place)
        if path in SHORT:
            fits = short_version(value) if path == "Coding.version" else short(value)
            return value if fits else self.gone(place, "OTHER_ID")
        if path in ("Reference.reference", "Reference.display"):
            return self.pointer(key, value, raw, place)
        if path == "SampledData.data":
            return value if values.NUMBERS.fullmatch(value) else self.gone(place, "OTHER_ID")
        if path in INSTITUTION or path in ("Location.name", "Location.alias"):
            if self.takes("FACILITY"):
                return self.gone(place, "FACILITY")
            if path in INSTITUTION:
                return self.gone(place, "NAME") if is_employer(raw) else value
        coded = raw.get("code")
        if path == "Coding.display" and self.system(raw) and isinstance(coded, str) and code(coded, True):
            return value
        if answers(key) and place.asked and (place.asked != "AGE90" or re.search(r"9\d|1[0-2]\d", value)):
            return self.gone(place, place.asked) if self.takes(place.asked) else self.text(value, place)
        return self.text(value, place)

    def pointer(self, key: str, value: str, raw: Json, place: Place) -> str | None:
        """A reference, or its display: of a person it is a name and removed, of anything else free text."""
        said = raw.get("type")
        hint = said if isinstance(said, str) and said in RESOURCES else ""
        if key == "reference":
            new, _ = self.ids.reference(value, place.scope, hint)
            if new != value:
                self.gone(place, "OTHER_ID")
            return new
        target = raw.get("reference")
        kind = self.ids.key(target, place.scope, hint)[1] if isinstance(target, str) else hint
        return self.gone(place, "NAME") if kind in PERSONS else self.text(value, place)

    def address(self, key: str, value: str, raw: Json, place: Place) -> str | None:
        """A part of an Address: the state, country and first three digits of the ZIP code; `limited` keeps the town."""
        limited, inside = self.policy == "limited", values.domestic(raw)
        new: str | None = None
        if key == "country":
            new = values.place(value)
        elif key == "state" and self.policy != "strict":
            new = values.state(value, inside)
        elif key in ("city", "district") and limited:
            new = values.place(value)
        elif key == "postalCode" and self.policy != "strict":
            new = values.postal_code(value, inside, limited)
        if new != value:
            self.gone(place, "GEO")
        return new

    def narrative(self, value: str, place: Place) -> str:
        """The text of a narrative without its tags, in a new `div`."""
        return values.narrative("\n".join(self.text(values.narrative_text(value), place).split("\n")))

    def text(self, value: str, place: Place) -> str:
        """Free text, as `free_text` returns it, else `[TEXT]`; labels are those of the masks it put in."""
        if value in ("", TEXT):
            return value
        if self.free_text is None:
            self.gone(place, "OTHER_ID")
            return TEXT
        if value not in self.texts:
            self.texts[value] = self.free_text(value)
        new = self.texts[value]
        if new != value:
            for label in masks(new, value):
                self.gone(place, label)
        return new
