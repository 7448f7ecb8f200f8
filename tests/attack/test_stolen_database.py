"""A thief has the whole database and not the key store: the dump gives neither keys nor what was sealed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.test_deid_book import put
from tests.make import Tenant, add_text
from tests.make_dump import dump

from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

NOTE = "Patient: Wilhelmina Quillfeather, MRN: MZQ7714209, SSN 718-40-2963 was seen 02/27/2024."
TEXT = "# Rollators\n\nA rollator is replaced every 7 years when its zinnobergruene frame is worn.\n"


async def test_a_dump_holds_no_key_and_nothing_sealed(services: Services, tenant: Tenant, tmp_path: Path) -> None:
    await put(services, tenant, text=NOTE)
    await add_text(services, tenant, "rollators", TEXT)
    await Assistant(services).ask(tenant.caller, Question("How often is a rollator replaced for Wilhelmina Quisling?"))
    keys = services.keys.get(tenant.id)
    person = (await services.keys.patients(tenant.id, ["subject-77"]))["subject-77"]
    text = dump(services, tmp_path / "stolen.sql")
    assert tenant.id in text
    secret = [*keys.versions.values(), *keys.index.values(), keys.digest, keys.signing.private_bytes_raw()]
    for key in (*secret, *person.versions.values()):
        assert key.hex() not in text
    lowered = text.lower()
    for word in ("zinnobergruene", "wilhelmina", "quisling", "quillfeather", "mzq7714209", "718-40-2963"):
        assert not re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", lowered), word
