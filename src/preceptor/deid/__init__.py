"""Identifiers out, and back under audit: what identifies a person in a text, found, settled, masked or replaced.

`mask` is the one way in; `answer` is what the doors call. Pure but for `book`, `reveal` and `answer`, which keep and
open sealed surrogates. Never here: where a sealed original is kept (`vault`), what leaves to whom (`egress`).
"""
