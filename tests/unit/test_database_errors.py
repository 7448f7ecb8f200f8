"""Whatever the driver raises leaves the database's room as an error of the product, with nothing of a row in it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from preceptor.db.translate import translated
from preceptor.errors import Invalid, PreceptorError, Unavailable

LOST = [
    asyncpg.InternalClientError("got result for unknown protocol state"),
    asyncpg.exceptions.ProtocolError("out of step"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.CrashShutdownError("terminating connection"),
    ConnectionResetError("reset"),
    asyncio.IncompleteReadError(b"", 4),
    TimeoutError(),
]


@pytest.mark.parametrize("error", LOST, ids=lambda e: type(e).__name__)
def test_a_lost_server_is_unavailable_and_never_an_internal_error(error: Exception) -> None:
    with pytest.raises(Unavailable) as caught, translated():
        raise error
    assert caught.value.code == "database_unavailable"
    assert str(error) == "" or str(error) not in str(caught.value)


def test_a_value_the_driver_refuses_is_invalid_and_does_not_appear() -> None:
    with pytest.raises(Invalid) as caught, translated():
        raise asyncpg.DataError("invalid input for query argument $1: 'Maria Example'")
    assert "Maria" not in str(caught.value)


def test_an_unknown_answer_of_the_server_is_internal_and_its_message_stays_inside() -> None:
    with pytest.raises(PreceptorError) as caught, translated():
        raise asyncpg.PostgresError("Maria Example")
    assert caught.value.code == "internal"
    assert "Maria" not in str(caught.value)
