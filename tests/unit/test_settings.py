"""Settings: frozen, refused when unknown or out of range."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from preceptor.errors import Invalid
from preceptor.settings import load


@pytest.mark.parametrize(
    "environ",
    [
        {"PRECEPTOR_HOEM": "/x"},  # a misspelt name must not pass for a default
        {"PRECEPTOR_PORT": "banana"},
        {"PRECEPTOR_PORT": "70000"},
        {"PRECEPTOR_PARSE_MEMORY_MB": "1"},
        {"PRECEPTOR_SESSION_HOURS": "0"},
    ],
)
def test_refused(environ: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        load(environ)
    assert caught.value.code == "invalid_setting"
    assert next(iter(environ)) in caught.value.text


def test_a_secret_is_not_printed_and_other_variables_are_none_of_ours() -> None:
    settings = load(
        {"PRECEPTOR_TOKEN": "pcp_secret", "PATH": "/bin", "PRECEPTOR_ALLOWED_HOSTS": "a.example, b.example"}
    )
    assert "pcp_secret" not in repr(settings)
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.home.is_absolute()


def test_frozen() -> None:
    settings = load({})
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
