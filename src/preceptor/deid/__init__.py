"""Identifiers out: what identifies a person in a text, found, settled and masked.

Pure: no database, no network, no clock. Never here: who may see the unmasked text (`access`), where a
sealed original is kept (`vault`), what leaves to whom (`egress`).
"""
