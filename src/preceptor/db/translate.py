"""What the database driver raises becomes the product's errors; no detail of a row passes."""

# asyncpg ships no types: what comes out of it is unknown to the checker in this room only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import contextlib
from collections.abc import Generator

import asyncpg

from preceptor.errors import Conflict, IntegrityFailure, Invalid, PreceptorError, Unavailable

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidPasswordError,
    asyncpg.ObjectInUseError,
)
DRIVER = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server killed in the middle of an answer leaves the driver out of step with it
    OSError,
    EOFError,
    TimeoutError,
)


NO_VECTORS = "PRV01"  # raised by the migration that needs pgvector


class Duplicate(Conflict):
    """A unique constraint held; `constraint` names it, so that the caller can read what is there."""

    def __init__(self, constraint: str) -> None:
        super().__init__("conflict")
        self.constraint = constraint


@contextlib.contextmanager
def translated() -> Generator[None]:
    """Driver errors inside become the product's; ours pass unchanged."""
    try:
        yield
    except DRIVER as error:
        raise product_error(error) from None


def product_error(error: Exception) -> PreceptorError:
    """The product's error for one of the driver; no message of the driver passes, since it names values."""
    match error:
        case asyncpg.UniqueViolationError():
            return Duplicate(error.constraint_name or "")
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError() | asyncpg.LockNotAvailableError():
            return Conflict("conflict")
        case asyncpg.DiskFullError():
            return Unavailable("disk_full")
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError() | asyncpg.InsufficientPrivilegeError():
            return Unavailable("database_schema")
        case asyncpg.IntegrityConstraintViolationError():
            return IntegrityFailure("internal", f"The database refused a row: {error.constraint_name}.")
        case _ if isinstance(error, UNAVAILABLE):
            return Unavailable("database_unavailable")
        case _ if isinstance(error, (asyncpg.DataError, ValueError)):  # ValueError: the driver's own check of a value
            return Invalid("invalid_request", "A value has characters or a size that cannot be stored.")
        case asyncpg.PostgresError():
            state: str = error.sqlstate or ""
            if state == NO_VECTORS:
                return Unavailable("vectors_missing")
            if state.startswith(("53", "57", "58", "08")):
                return Unavailable("database_unavailable")
            return PreceptorError("internal", f"The database answered with SQLSTATE {state}.")
        case _:
            return Unavailable("database_unavailable")
