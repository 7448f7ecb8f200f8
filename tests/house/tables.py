"""What the schema may hold that the rules do not derive: tables without a tenant, and every right the product has."""

from __future__ import annotations

UNFENCED: dict[str, str] = {
    "schema_migration": "which migrations were applied; the same for all tenants, read only for the product",
}
"""Table without tenant and row-level security → why."""

TENANT_COLUMN: dict[str, str] = {"tenant": "id"}
"""Table whose tenant stands in another column than `tenant`."""

QUEUES: dict[str, str] = {
    "audit_pending": "entries that wait for their place in the tree; the entry itself stands in audit_entry",
}
"""Audit table that may lose rows → why that loses no record."""

DEFINERS: dict[str, str] = {
    "make_vector_partition": "makes the partition of the transaction's own tenant; takes no name, reads no row",
}
"""Function that runs with its owner's rights → why that opens nothing."""

GRANTS: dict[str, str] = {
    "public": "usage",
    "schema_migration": "select",
    "tenant": "select insert",
    "account": "select insert update",
    "credential": "select insert update",
    "audit_entry": "select insert",
    "audit_side": "select insert",
    "audit_pending": "select insert delete",
    "audit_leaf": "select insert",
    "audit_checkpoint": "select insert",
    "document": "select insert update",
    "document_version": "select insert update",
    "document_original": "select insert delete",
    "page": "select insert delete",
    "passage": "select insert delete",
    "version_index": "select insert delete",
    "index_segment": "select insert delete",
    "policy_question": "select insert",
    "policy_feedback": "select insert",
    "passage_vector": "select insert delete",
    "version_vectors": "select insert delete",
    "library_state": "select insert update",
    "surrogate_book": "select insert update delete",
    "endpoint": "select insert update",
    "issuer": "select insert update",
    "client": "select insert update",
    "client_proof": "select insert delete",
    "access_token": "select insert delete",
    "idempotent_reply": "select insert update delete",
}
"""Table (or the schema `public`) → the rights of the product's role. A right to some columns counts as the right."""

TEXT_COLUMNS: dict[str, str] = {
    "account.name": "sign-in name, chosen by an administrator",
    "account.departments": "department names, given by an administrator",
    "account.roles": "role names",
    "audit_checkpoint.frontier": "hashes",
    "audit_checkpoint.note": "signed head: origin, size, root",
    "audit_checkpoint.root": "hash",
    "audit_entry.actor": "account id",
    "audit_entry.event": "event type of a closed list",
    "audit_entry.leaf": "ids, digests and codes of a closed form",
    "audit_entry.leaf_hash": "hash",
    "audit_side.kind": "kind of a closed list",
    "audit_side.sealed": "sealed; masked before sealing (`flows/policy_question`)",
    "credential.digest": "keyed digest of the secret",
    "credential.kind": "kind of a closed list",
    "document.labels": "role and department names, given by an administrator",
    "document.owner": "payer or department, given by an administrator",
    "document.stem": "file stem, given by an administrator",
    "document_original.sealed": "sealed source file",
    "document_version.error": "error code",
    "document_version.media_type": "media type of a closed list",
    "document_version.redactions": "counts by label",
    "document_version.report": "counts, codes and page numbers",
    "document_version.sha256": "digest of the source file",
    "document_version.state": "state of a closed list",
    "document_version.title": "masked, policy `document` (`evidence/redaction.clean_title`)",
    "document_version.version": "version name, given by an administrator",
    "endpoint.address": "address of an outside endpoint, given by an administrator",
    "endpoint.baa_digest": "digest of an agreement",
    "endpoint.kind": "kind of a closed list",
    "endpoint.name": "short name, given by an administrator",
    "endpoint.owner": "office or role, given by an administrator",
    "endpoint.phi": "clearance of a closed list",
    "endpoint.purpose": "a sentence, given by an administrator",
    "endpoint.region": "region, given by an administrator",
    "access_token.digest": "digest of the token",
    "access_token.scopes": "scopes of a checked form",
    "client.jwks": "public keys",
    "client.jwks_url": "address of public keys, given by an administrator",
    "client.name": "short name, given by an administrator",
    "client.roles": "role names",
    "client.scopes": "scopes of a checked form",
    "client_proof.digest": "digest",
    "idempotent_reply.actor": "account id",
    "idempotent_reply.key": "keyed digest of the client's key",
    "idempotent_reply.request": "keyed digest of the request",
    "idempotent_reply.sealed": "sealed answer",
    "issuer.address": "address of an issuer, given by an administrator",
    "issuer.audience": "audience, given by an administrator",
    "issuer.jwks": "public keys",
    "issuer.jwks_url": "address of public keys, given by an administrator",
    "issuer.name": "short name, given by an administrator",
    "issuer.roles": "role names",
    "index_segment.counts": "counts",
    "index_segment.lengths": "counts",
    "index_segment.passages": "counts",
    "index_segment.places": "passage numbers",
    "index_segment.terms": "words of the masked pages",
    "index_segment.tfs": "counts",
    "index_segment.versions": "version ids",
    "page.blackout": "boxes",
    "page.boxes": "boxes",
    "page.layout": "offsets into the page's text",
    "page.source": "text or ocr",
    "page.text": "masked, policy `document` (`evidence/redaction.clean_pages`)",
    "passage.heading": "a line of the masked page",
    "passage.kind": "kind of a closed list",
    "passage_vector.model": "name of an embedding model",
    "version_vectors.model": "name of an embedding model",
    "policy_feedback.actor": "account id",
    "policy_feedback.kind": "kind of a closed list",
    "policy_feedback.sealed": "sealed note, masked before sealing",
    "policy_question.actor": "account id",
    "policy_question.idempotency_key": "chosen by the client; printable ASCII of at most 200 characters",
    "policy_question.request_digest": "keyed digest",
    "policy_question.sealed": "sealed answer, made of masked pages and the masked question",
    "schema_migration.digest": "digest",
    "schema_migration.name": "file name of a migration",
    "surrogate_book.sealed": "sealed entry of one subject",
    "surrogate_book.subject": "keyed digest of the subject's id",
    "tenant.id": "short name, given by the operator",
    "tenant.name": "name, given by the operator",
    "version_index.acronyms": "words of the masked pages",
}
"""Every column that can hold text → what it holds: a name or code, a digest, something sealed, or masked text.

A new column fails the build until somebody says here which way its contents took past the de-identifier.
"""
