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
    "document": "select insert",
    "document_version": "select insert update",
    "document_original": "select insert delete",
    "page": "select insert delete",
    "passage": "select insert delete",
    "version_index": "select insert delete",
    "posting": "select insert delete",
    "policy_question": "select insert",
}
"""Table (or the schema `public`) → the rights of the product's role. A right to some columns counts as the right."""
