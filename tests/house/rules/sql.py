"""Rules about the schema, read from the text of the migrations: every table is fenced, every grant is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

APP = "preceptor_app"
LOOPHOLES = (r"(?<!no)bypassrls", r"(?<!no)superuser", r"\bto public\b", r"\bgrant all\b")
TENANT = "current_setting('preceptor.tenant', true)"


@dataclass
class Table:
    """What the migrations say about one table."""

    columns: dict[str, str] = field(default_factory=dict)
    enabled: bool = False
    forced: bool = False
    policies: list[str] = field(default_factory=list)
    grants: set[str] = field(default_factory=set)


def statements(text: str) -> list[str]:
    """The statements of a migration, lower case, white space folded, without comments and function bodies."""
    text = re.sub(r"--[^\n]*", "", text)
    text = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", text, flags=re.S)
    return [folded for part in text.split(";") if (folded := " ".join(part.split()).lower())]


def schema(texts: Sequence[str]) -> dict[str, Table]:
    """The tables after all migrations, in order."""
    tables: dict[str, Table] = {}
    for statement in (s for text in texts for s in statements(text)):
        if made := re.match(r"create (?:unlogged )?table (?:if not exists )?(\w+) \((.*)\)", statement):
            tables[made[1]] = Table(columns=_columns(made[2]))
        elif made := re.match(r"create (?:unlogged )?table (?:if not exists )?(\w+)", statement):
            tables[made[1]] = Table()
        elif dropped := re.match(r"drop table (?:if exists )?(\w+)", statement):
            tables.pop(dropped[1], None)
        elif fence := re.match(
            r"alter table (?:only )?(\w+) (enable|force|disable|no force) row level security", statement
        ):
            table = tables.setdefault(fence[1], Table())
            table.enabled = {"enable": True, "disable": False}.get(fence[2], table.enabled)
            table.forced = {"force": True, "no force": False}.get(fence[2], table.forced)
        elif policy := re.match(r"create policy \w+ on (\w+) (.*)", statement):
            tables.setdefault(policy[1], Table()).policies.append(policy[2])
        elif granted := re.match(rf"grant (.+) on (?:table )?([\w, ]+) to {APP}$", statement):
            for name in granted[2].split(","):
                tables.setdefault(name.strip().removeprefix("schema "), Table()).grants |= _privileges(granted[1])
    return tables


def _columns(body: str) -> dict[str, str]:
    parts = re.split(r",(?![^()]*\))", body)
    words = [part.strip().split(" ", 1) for part in parts]
    return {word[0]: word[1] if len(word) > 1 else "" for word in words}


def _privileges(text: str) -> set[str]:
    """`select, update (a, b)` as {"select", "update"}; a right to some columns counts as the right."""
    return {" ".join(part.split()) for part in re.sub(r"\([^)]*\)", "", text).split(",")}


def fences(tables: Mapping[str, Table], unfenced: Mapping[str, str], tenant_column: Mapping[str, str]) -> list[str]:
    """Every table has a tenant, FORCE ROW LEVEL SECURITY and a policy on that tenant, or is listed with a reason."""
    found: list[str] = []
    for name, table in sorted(tables.items()):
        if name in unfenced or name == "public":  # the schema
            continue
        column = tenant_column.get(name, "tenant")
        if column not in table.columns:
            found.append(f"{name}: no {column} column")
        elif not re.search(r"not null|primary key", table.columns[column]):
            found.append(f"{name}: {column} may be null")
        if not table.enabled or not table.forced:
            found.append(f"{name}: row-level security is not enabled and forced")
        test = f"({column} = {TENANT})"
        if not table.policies:
            found.append(f"{name}: no policy")
        # Permissive policies are joined by OR: one that forgets the tenant opens the table.
        found += [
            f"{name}: a policy does not compare {column} with the transaction's tenant"
            for policy in table.policies
            if "as restrictive" not in policy and not (f"using {test}" in policy and f"with check {test}" in policy)
        ]
    return found + [f"{name}: listed, but no such table" for name in unfenced if name not in tables]


def grants(tables: Mapping[str, Table], expected: Mapping[str, str]) -> list[str]:
    """The product's role has exactly the listed rights, and may never change or delete what was recorded."""
    found: list[str] = []
    for name in sorted({*tables, *expected}):
        given = tables[name].grants if name in tables else set()
        listed = set(expected.get(name, "").split())
        if given != listed:
            found.append(f"{name}: granted {sorted(given)}, listed {sorted(listed)}")
    return found


def audit_grants(tables: Mapping[str, Table], queues: Mapping[str, str]) -> list[str]:
    """The product's role cannot update or delete in an audit table."""
    return [
        f"{name}: the product may {right} what was recorded"
        for name, table in sorted(tables.items())
        if name.startswith("audit_") and name not in queues
        for right in sorted(table.grants - {"select", "insert"})
    ]


def loopholes(texts: Mapping[str, str]) -> list[str]:
    """No statement reaches past the fences."""
    return [
        f"{name}:{line}: {pattern}"
        for name, text in texts.items()
        for line, content in enumerate(re.sub(r"--[^\n]*", "", text).lower().splitlines(), 1)
        for pattern in LOOPHOLES
        if re.search(pattern, content)
    ]


def definers(texts: Mapping[str, str], listed: Mapping[str, str]) -> list[str]:
    """A function that runs with its owner's rights is listed with its reason, finds names only in schemas that it
    names itself, and is not everybody's to call."""
    found: list[str] = []
    said = [statement for text in texts.values() for statement in statements(text)]
    made = {
        name[1] if (name := re.match(r"create (?:or replace )?function (\w+)", statement)) else statement: statement
        for statement in said
        if "security definer" in statement
    }
    for name, statement in made.items():
        if name not in listed:
            found.append(f"{name}: security definer, and not listed")
        if not re.search(r"set search_path = pg_catalog(?:, \w+)*, pg_temp\b", statement):
            found.append(f"{name}: no fixed search_path that ends with pg_temp")
        if not any(re.match(rf"revoke all on function {name} ?\(.*\) from public$", other) for other in said):
            found.append(f"{name}: everybody may call it")
    return found + [f"{name}: listed, but no such function" for name in listed if name not in made]


def migrations(folder: Path) -> dict[str, str]:
    """File name → text, in the order they are applied."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
