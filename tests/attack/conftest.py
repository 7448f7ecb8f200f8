"""Fixtures that several attacks share: an outside issuer, and a program with a key of its own."""

from tests.attack.test_token_forged import hospital
from tests.attack.test_token_replay import program

__all__ = ["hospital", "program"]
