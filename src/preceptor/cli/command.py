"""What every command shares: its options, its caller, its one way to print and to fail."""

from __future__ import annotations

import argparse
import asyncio
import codecs
import contextlib
import io
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from preceptor.access.caller import Caller
from preceptor.audit.events import record
from preceptor.audit.sequencer import advance_if_free
from preceptor.cli.anchoring import anchor_heads
from preceptor.cli.installation import calling
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import CODES, Conflict, Denied, IntegrityFailure, Invalid, NotFound, PreceptorError, Unavailable
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

DONE, FAILED, USAGE, NOT_FOUND, PARTLY, UNAVAILABLE = 0, 1, 2, 3, 4, 5


def exit_code(error: PreceptorError) -> int:
    """The documented exit code of an error."""
    if isinstance(error, Unavailable):
        return UNAVAILABLE
    if isinstance(error, NotFound | Denied):
        return NOT_FOUND
    if isinstance(error, Conflict | IntegrityFailure) or type(error) is PreceptorError:
        return FAILED
    return USAGE


@dataclass(frozen=True)
class Context:
    """A command's services, its caller, and the words it was called with."""

    services: Services
    caller: Caller
    args: argparse.Namespace


Handler = Callable[[Context], Awaitable[int]]


def out(text: str) -> None:
    """Print to standard output; progress and errors go to standard error."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Say something to the person at the terminal, on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show(document: Any) -> None:
    """Print one JSON document."""
    out(json.dumps(document, ensure_ascii=False, default=str))


def problem(error: PreceptorError) -> dict[str, str]:
    """An error as the contract's `{"code", "message"}`."""
    return {"code": error.code, "message": error.text}


def add_command(
    subparsers: Any, name: str, summary: str, examples: str, run: Handler | Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """A command with --json, --tenant and examples in its --help."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        epilog="Examples:\n" + "\n".join("  " + line for line in examples.strip().splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--tenant", help="act in this tenant (default: the only or the sample tenant)")
    parser.set_defaults(run=run)
    return parser


def add_group(subparsers: Any, name: str, summary: str, first: str) -> Any:
    """A command that has commands below it; returns where those are added."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"Examples:\n  {first}\n  preceptor {name} COMMAND --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser.add_subparsers(dest=name + "_command", required=True, metavar="COMMAND")


def run_with_services(handler: Handler, settings: Settings, args: argparse.Namespace) -> int:
    """Open the services, find the caller, run, give new audit entries their place, close."""

    async def main() -> int:
        async with open_services(settings, pool_size=4) as services:
            caller = await calling(services, args.tenant)
            try:
                return await handler(Context(services, caller, args))
            except Denied as error:
                await _record_refusal(services, caller, error)
                raise
            finally:
                if caller.tenant in services.keys.tenants():
                    await advance_if_free(services.database, services.clock, services.keys.get(caller.tenant))
                    for code in sorted(await anchor_heads(services)):
                        note(f"preceptor: {CODES[code]} [{code}]")

    return asyncio.run(main())


async def _record_refusal(services: Services, caller: Caller, error: Denied) -> None:
    """A refused act stands in the log; the policy flow records its own."""
    permission = error.ids.get("permission", "")
    if permission and permission != "policy:ask":
        async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
            subject = {"permission": permission}
            await record(tx, services.clock, caller, "access:deny", subject=subject, outcome="denied")


def read_input(name: str) -> str:
    """The text of a file, or of standard input for `-`. NotFound `file_not_found`, Invalid when it is not UTF-8."""
    return "".join(read_chunks(name))


def read_chunks(name: str) -> Iterator[str]:
    """The text of a file, or of standard input for `-`, in parts as they can be read; errors as of `read_input`."""
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            source = cast("io.BufferedReader", file)
            decoder = codecs.getincrementaldecoder("utf-8")()
            while data := source.read1(65536):
                yield decoder.decode(data)
            yield decoder.decode(b"", final=True)
    except FileNotFoundError:
        raise NotFound("file_not_found", f"There is no file {name}.") from None
    except UnicodeDecodeError:
        raise Invalid("text_not_utf8", "The input is not UTF-8 text.") from None
    except OSError as error:
        raise NotFound("file_not_found", f"{name} cannot be read: {error.strerror}.") from None


def batch_lines(name: str) -> list[bytes]:
    """The lines of a batch, as bytes: a line that is not UTF-8 spoils itself only. Lines end with LF (a JSON text may
    hold other line separators)."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise NotFound("file_not_found", f"{name} cannot be read: {error.strerror}.") from None
    return [line for line in content.removeprefix(codecs.BOM_UTF8).split(b"\n") if line.strip()]


def batch_row(line: bytes) -> dict[str, Any]:
    """The JSON object of a line; Invalid `invalid_json` for anything else, NaN and lone surrogates included."""
    try:
        parsed: object = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("invalid_json", "The line is not JSON.") from None
    if not isinstance(parsed, dict):
        raise Invalid("invalid_json", "A line of the batch is not a JSON object.")
    return cast("dict[str, Any]", parsed)


def _is_text(row: dict[str, Any]) -> bool:
    """Whether the strings can be written as UTF-8; JSON may hold lone surrogates."""
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> object:
    raise ValueError(name)


async def run_batch(name: str, answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> int:
    """One JSON object a line in, one a line out, in order; a bad line says so on its own line (exit 4)."""
    bad = 0
    for line in batch_lines(name):
        identity: Any = None
        try:
            row = batch_row(line)
            if not _is_text(row):
                identity = row.get("id") if _is_text({"id": row.get("id")}) else None
                raise Invalid("invalid_json", "The line holds a lone surrogate: it is not text.")
            identity = row.get("id")
            show(await answer(row))
        except Unavailable:
            raise
        except PreceptorError as error:
            bad += 1
            show({"id": identity, "error": problem(error)})
    return PARTLY if bad else DONE
