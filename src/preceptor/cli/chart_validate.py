"""`preceptor chart validate`: is this FHIR R4, and does it hold to a profile? Needs no database."""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from preceptor.cli.command import DONE, FAILED, add_command, out, show
from preceptor.errors import Invalid, LimitReached, NotFound
from preceptor.fhir.check import check
from preceptor.fhir.issues import Issue, is_valid, outcome
from preceptor.fhir.lossless import read
from preceptor.fhir.packages import Package, read_packages

MOST_UNPACKED = 1 << 30
MANY = 200


def add(group: Any) -> None:
    """Add the command."""
    parser = add_command(
        group,
        "validate",
        "Check resources, bundles and NDJSON against FHIR R4 (4.0.1), and against profiles of packages you name. What"
        " is not loaded is reported as not checked, never as valid. Exit 1 when something is not valid.",
        "preceptor chart validate patient.json\n"
        "preceptor chart validate bundle.json --ig us-core.tgz --json\n"
        "preceptor chart validate claim.json --ig pas.tgz --profile http://hl7.org/fhir/StructureDefinition/Claim\n"
        "preceptor chart validate --batch resources.ndjson > outcomes.ndjson",
        _run,
    )
    parser.add_argument("path", nargs="*", help="a resource or bundle (.json), NDJSON (.ndjson), either with .gz, or -")
    parser.add_argument("--batch", metavar="FILE.ndjson", help="a resource a line in, an OperationOutcome a line out")
    parser.add_argument("--profile", action="append", default=[], metavar="URL", help="hold each resource to it too")
    parser.add_argument("--ig", action="append", default=[], metavar="PACKAGE.tgz", help="take profiles from it")


def _run(args: argparse.Namespace) -> int:
    if bool(args.path) == bool(args.batch):
        raise Invalid("invalid_request", "Name files, or --batch FILE.ndjson.")
    package = read_packages([content_of(name) for name in args.ig])
    if args.batch:
        lines = list(_lines(content_of(args.batch)))
        valid = True
        for line in tqdm(lines, unit="resource", disable=len(lines) < MANY, file=sys.stderr):
            issues = issues_of(line, package, args.profile)
            valid = valid and is_valid(issues)
            show(outcome(issues))
        return DONE if valid else FAILED
    held = [_one(name, package, args) for name in args.path]
    return DONE if all(held) else FAILED


def _one(name: str, package: Package, args: argparse.Namespace) -> bool:
    """One file: its outcome is printed; whether it is valid."""
    content = content_of(name)
    issues = list[Issue]()
    if name.removesuffix(".gz").endswith(".ndjson"):
        for number, line in enumerate(_lines(content), 1):
            found = issues_of(line, package, args.profile)
            issues += [
                Issue(i.kind, i.expression, i.severity, f"line {number} {i.about}".rstrip(), i.count) for i in found
            ]
    else:
        issues = issues_of(content, package, args.profile)
    if args.json:
        show(outcome(issues))
    else:
        _tell(name, issues)
    return is_valid(issues)


def _tell(name: str, issues: list[Issue]) -> None:
    wrong = [issue for issue in issues if issue.wrong]
    unchecked = sum(issue.count for issue in issues if issue.kind == "not-checked")
    said = "valid" if not wrong else f"not valid, {len(wrong)} error" + "s" * (len(wrong) > 1)
    out(f"{name}: {said}" + (f"; not checked: {unchecked}" if unchecked else ""))
    for issue in issues:
        told = issue.told()
        out(f"  {told['severity']:<11} {issue.expression}: {told['diagnostics']}")


def issues_of(content: bytes, package: Package, profiles: list[str]) -> list[Issue]:
    """The issues of one text; a text that is not read without loss has a single fatal one."""
    try:
        resource = read(content)
    except Invalid:
        return [Issue("not-json", "$this", "fatal")]
    return check(resource, package, profiles)


def _lines(content: bytes) -> Iterator[bytes]:
    return (line for line in content.split(b"\n") if line.strip())


def content_of(name: str) -> bytes:
    """The bytes of a file or of standard input, unpacked when it is `.gz`. NotFound `file_not_found`, Invalid
    `archive_broken`, LimitReached `archive_too_large`."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise NotFound("file_not_found", f"{name} cannot be read: {error.strerror}.") from None
    if not name.endswith(".gz"):
        return content
    try:
        with gzip.open(Path(name)) as packed:
            content = packed.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        raise Invalid("archive_broken", f"{name} is not a gzip file.") from None
    if len(content) > MOST_UNPACKED:
        raise LimitReached("archive_too_large")

    return content
