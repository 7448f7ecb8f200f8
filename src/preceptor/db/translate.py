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


class Duplicate(Conflict):
    """A unique constraint held; `constraint` names it, so that the caller can read what is there."""

    def __init__(self, constraint: str) -> None:
        super().__init__("conflict")
        self.constraint = constraint


@contextlib.contextmanager
def translated() -> Generator[None]:
    """Driver errors inside become Unavailable, Conflict or IntegrityFailure; ours pass unchanged."""
    try:
        yield
    except PreceptorError:
        raise
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(error.constraint_name or "") from None
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
        raise Conflict("conflict") from None
    except asyncpg.DiskFullError:
        raise Unavailable("disk_full") from None
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InsufficientPrivilegeError):
        raise Unavailable("database_schema") from None
    except asyncpg.IntegrityConstraintViolationError as error:
        # The message names the key's values; the constraint's name is enough to find the cause.
        raise IntegrityFailure("internal", f"The database refused a row: {error.constraint_name}.") from None
    except UNAVAILABLE:
        raise Unavailable("database_unavailable") from None
    except asyncpg.DataError:
        raise Invalid("invalid_request", "A value has characters or a size that cannot be stored.") from None
    except asyncpg.PostgresError as error:
        if (error.sqlstate or "").startswith(("53", "57", "58", "08")):
            raise Unavailable("database_unavailable") from None
        raise PreceptorError("internal", f"The database answered with SQLSTATE {error.sqlstate}.") from None
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # the driver's own check of a value
            raise Invalid("invalid_request", "A value has characters or a size that cannot be stored.") from None
        raise Unavailable("database_unavailable") from None
    except (OSError, TimeoutError):
        raise Unavailable("database_unavailable") from None
