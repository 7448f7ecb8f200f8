"""The command line's entrance: finds the command, runs it, turns an error into a sentence and an exit code."""

from __future__ import annotations

import argparse
import inspect
import sys
import traceback

from preceptor.cli import (
    audit,
    audit_witness,
    chart,
    client,
    database,
    deid,
    deid_reveal,
    doctor,
    evaluation,
    explain,
    issuer,
    key,
    policy,
    serve,
    tenant,
    user,
    vendor,
    worked_example,
)
from preceptor.cli.command import FAILED, exit_code, note, problem, run_with_services, show
from preceptor.clock import SystemClock
from preceptor.errors import PreceptorError
from preceptor.journal import frames, journal
from preceptor.settings import load

COMMANDS = (
    policy,
    deid,
    deid_reveal,
    audit,
    audit_witness,
    evaluation,
    chart,
    serve,
    worked_example,
    tenant,
    user,
    issuer,
    key,
    client,
    explain,
    vendor,
    database,
    doctor,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="preceptor",
        description="Healthcare AI agents under supervision: evidence, verification, approval, audit.",
        epilog=(
            "Examples:\n  preceptor policy add policies/\n"
            '  preceptor policy ask "How many visits are covered without review?"\n  preceptor audit verify'
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    return parser


def main(words: list[str] | None = None) -> int:
    """Run the command; the exit code is the contract's."""
    args = build_parser().parse_args(words)
    wants_json = bool(getattr(args, "json", False))
    debug = False
    try:
        settings = load()
        debug = settings.debug
        if inspect.iscoroutinefunction(args.run):
            return run_with_services(args.run, settings, args)
        return int(args.run(args))
    except PreceptorError as error:
        if debug:
            traceback.print_exc()
        if wants_json:
            show({"error": problem(error)})
        note(f"preceptor: {error.text} [{error.code}]")
        return exit_code(error)
    except KeyboardInterrupt:
        note("preceptor: stopped")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:  # the last line of defence: a traceback may hold clinical text, so it is asked for
        if debug:
            traceback.print_exc()
        request = str(SystemClock().new_id())
        journal("cli").error("command_failed", request=request, error=type(error).__name__, where=frames(error))
        note(f"preceptor: internal error {request}; set PRECEPTOR_DEBUG=1 to see more [internal]")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
