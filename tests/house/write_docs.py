"""Writes the pages of docs/ that list what the product registers: `python -m tests.house.write_docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.house.rules.registries import code_groups
from tests.house.rules.tree import ROOT

from preceptor import errors
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.audit.events import EVENTS
from preceptor.settings import PREFIX, Settings

NOTE = "<!-- Written by `python -m tests.house.write_docs`; a test compares. -->"
ANY = "PreceptorError"


def statuses(code: str, group: str) -> str:
    """The HTTP status of a code: that of its class, or of the one class below whose default it is."""
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.PreceptorError)]
    owner = next((c for c in classes if c.default == code), None) or getattr(errors, group or ANY)
    return str(owner.status)


def errors_page() -> str:
    """docs/errors.md."""
    groups = code_groups(Path(errors.__file__).read_text(encoding="utf-8"))
    rows = [
        (f"`{code}`", statuses(code, groups.get(code, "")), groups.get(code) or "any", meaning)
        for code, meaning in errors.CODES.items()
    ]
    return page(
        "Error codes",
        "Every error carries one of these codes. Over HTTP it is a problem document (RFC 9457) with the code and the\n"
        "status; on the command line the sentence ends with the code in brackets. No error holds clinical content.",
        ("code", "HTTP status", "error", "meaning"),
        rows,
    )


def settings_page() -> str:
    """docs/settings.md."""
    rows: list[tuple[str, ...]] = []
    for name, field in Settings.model_fields.items():
        limits = [f"{sign} {getattr(m, key)}" for m in field.metadata for key, sign in LIMITS if hasattr(m, key)]
        shown = "" if field.default in (None, ()) else str(field.default)
        rows.append((f"`{PREFIX}{name.upper()}`", shown, ", ".join(limits), field.description or ""))
    return page(
        "Settings",
        "Settings are environment variables, read once at the start. An unknown one, or one out of range, ends the\n"
        "program with `invalid_setting`.",
        ("variable", "default", "range", "meaning"),
        rows,
    )


LIMITS = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))


def permissions_page() -> str:
    """docs/permissions.md."""
    rows = [
        (f"`{name}`", meaning, ", ".join(role for role, granted in ROLES.items() if name in granted))
        for name, meaning in PERMISSIONS.items()
    ]
    return page(
        "Permissions",
        "A caller may do what a role of its account grants; everything else is denied. The list is closed.",
        ("permission", "allows", "roles"),
        rows,
    )


def events_page() -> str:
    """docs/events.md."""
    return page(
        "Audit events",
        "The log records these events and no others. An entry holds ids and keyed digests, never contents.",
        ("event", "what happened"),
        [(f"`{name}`", meaning) for name, meaning in EVENTS.items()],
    )


def page(title: str, text: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A page of one table."""
    lines = [f"# {title}", "", NOTE, "", text, "", row(head), row(("---",) * len(head)), *map(row, rows)]
    return "\n".join(lines) + "\n"


def row(cells: tuple[str, ...]) -> str:
    """A line of the table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PAGES = {
    "docs/errors.md": errors_page,
    "docs/settings.md": settings_page,
    "docs/permissions.md": permissions_page,
    "docs/events.md": events_page,
}


def main() -> int:
    """Write every page."""
    for name, make in PAGES.items():
        (ROOT / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
