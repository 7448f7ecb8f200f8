"""The append-only log of what happened: entries, the Merkle tree over them, signed heads, export and verification.

What never may live here: the text of a question, an answer, a note or a document. An entry holds identifiers and
keyed digests only; the modules `leaf`, `merkle`, `checkpoint`, `formats` and `verify` are pure and import no database.
"""
