"""The exceptions from the house rules, each with its reason. An exception that excuses nothing fails the test."""

from __future__ import annotations

NETWORK: dict[str, str] = {}
"""Module outside net.py that opens a socket → why."""

UNREPEATABLE: dict[str, str] = {
    "src/preceptor/vault/seal.py": "a nonce must be unpredictable and never repeat, in a replay too",
    "src/preceptor/vault/kek.py": "a key and a nonce must be unpredictable, in a replay too",
    "src/preceptor/vault/rows.py": "a nonce must be unpredictable and never repeat, in a replay too",
    "src/preceptor/vault/store.py": "a key must be unpredictable, in a replay too",
    "src/preceptor/evals/statistics.py": "resamples with a fixed seed: the same scores give the same interval",
    "src/preceptor/db/embedded.py": "the local server's name for this folder, made once and kept; no act depends on it",
}
"""Module that draws random numbers or reads the time itself → why."""

PURE: dict[str, str] = {
    "src/preceptor/deid/book.py": "keeps the sealed surrogates; every other module of deid stays pure",
    "src/preceptor/deid/reveal.py": "opens them under audit, in the act's transaction",
    "src/preceptor/deid/answer.py": "joins the pure mask and the book for the doors",
}
"""Module that bears a pure module's name without being one → why."""

ADDRESSES: dict[str, str] = {
    "https://witness.example": "an example of a witness in a help text",
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "a name space of Word documents, never called",
    "http://purl.org/dc/elements/1.1/": "a name space of their metadata, never called",
    "https://smart.hospital.example": "an example in the help of a command, never called",
    "https://preceptor.hospital.example": "an example in the help of a command, never called",
    "https://smart.hospital.example/jwks": "an example in the help of a command, never called",
    "http://hl7.org/fhir/": "a canonical address of FHIR, never called",
    "http://terminology.hl7.org/CodeSystem/": "the name of a code system, never called",
    "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris": "the name of an extension, never called",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "the name of a code system, never called",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "the name of a code system, never called",
    "http://unitsofmeasure.org": "the name of a code system, never called",
    "http://snomed.info/sct": "the name of a code system, never called",
    "http://loinc.org": "the name of a code system, never called",
    "http://www.w3.org/1999/xhtml": "a name space of narratives, never called",
    "http://localhost/fhir": "the base of addresses in what a command prints, never called",
    "http://localhost:8000/v1": "an example in the help of a command, never called",
    "http://[": "the server's own IPv6 address, printed for a browser on the same machine",
}
"""Start of an outside address that stands in a string → why."""

MACHINE_WORDS: dict[str, str] = {}
"""File that names a package registry or a machine's folder → why."""

UNUSED: dict[str, str] = {}
"""Error code, permission or event that nothing in the source names → why it stays in its list."""

DETECTORS: dict[str, str] = {
    "src/preceptor/evidence/redaction.py": "a first look names whom to look for on all pages; `verified` ends it",
}
"""Module outside `deid` that calls the detector itself → why its output is verified all the same."""
