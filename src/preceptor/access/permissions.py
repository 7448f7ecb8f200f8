"""The closed list of permissions and the roles that hold them; what is not in the table is denied."""

from __future__ import annotations

PERMISSIONS: dict[str, str] = {
    "policy:ask": "Ask a question of the tenant's policies and read the answer.",
    "policy:read": "List documents and look at their pages.",
    "policy:write": "Add and remove policy documents.",
    "audit:read": "Read, export and verify the tenant's audit log.",
    "audit:acknowledge": "Let acts go on after a log that had failed its check was looked at.",
    "account:read": "List accounts and their roles.",
    "account:write": "Create accounts and roles, issue and revoke their credentials.",
    "access:explain": "Learn why another caller of the tenant may or may not do something.",
    "issuer:read": "List the issuers whose tokens are believed, and the programs with keys of their own.",
    "issuer:write": "Register and remove issuers and programs.",
    "tenant:write": "Create a tenant.",
    "vendor:read": "Read the register of outside endpoints.",
    "vendor:write": "Register, change, review and suspend outside endpoints.",
    "metrics:read": "Read the counters of the process; they name nobody.",
    "key:read": "See which keys exist, in which versions, and what was destroyed; never a key.",
    "key:write": "Rotate and rewrap keys and copy the key store.",
    "key:destroy": "Destroy a patient's key, so that nothing sealed with it can be read again.",
    "chart:read": "Read and search clinical records, within the scopes of the token.",
    "chart:write": "Create, change and delete clinical records, within the scopes of the token.",
    "chart:exchange": "Send a bundle of requests to the clinical record; each is decided by itself.",
    "deid:use": "De-identify text.",
    "phi:reveal": "Put a subject's identifiers back where surrogates stand, for a stated reason.",
    "surrogate:destroy": "Destroy a subject's surrogates, so that they can never be reversed.",
}
"""Permission → what it allows, one sentence. Grammar: subject:action."""

ROLES: dict[str, frozenset[str]] = {
    "reader": frozenset({"policy:ask", "policy:read"}),
    "librarian": frozenset({"policy:ask", "policy:read", "policy:write"}),
    "clinician": frozenset({"policy:ask", "policy:read", "deid:use", "chart:read", "chart:write", "chart:exchange"}),
    "reviewer": frozenset({"policy:ask", "policy:read", "chart:read", "chart:exchange"}),
    "monitor": frozenset({"metrics:read"}),
    "support": frozenset({"account:read", "access:explain"}),
    "compliance": frozenset({"audit:read", "account:read", "vendor:read", "issuer:read", "access:explain", "key:read"}),
    "agent": frozenset({"policy:ask", "deid:use", "chart:read", "chart:exchange"}),
    "service": frozenset({"policy:ask", "policy:read", "deid:use", "chart:read", "chart:write", "chart:exchange"}),
    "auditor": frozenset({"audit:read", "account:read", "vendor:read", "issuer:read", "access:explain", "key:read"}),
    "privacy-officer": frozenset(
        {
            "deid:use",
            "phi:reveal",
            "surrogate:destroy",
            "audit:read",
            "vendor:read",
            "vendor:write",
            "key:read",
            "key:destroy",
        }
    ),
    "administrator": frozenset(
        {
            "account:read",
            "account:write",
            "tenant:write",
            "vendor:read",
            "vendor:write",
            "issuer:read",
            "issuer:write",
            "access:explain",
        }
    ),
    "operator": frozenset(
        {
            "policy:ask",
            "policy:read",
            "policy:write",
            "audit:read",
            "audit:acknowledge",
            "account:read",
            "account:write",
            "tenant:write",
            "chart:read",
            "chart:write",
            "chart:exchange",
            "deid:use",
            "vendor:read",
            "vendor:write",
            "issuer:read",
            "issuer:write",
            "access:explain",
            "key:read",
            "key:write",
            "key:destroy",
            "metrics:read",
        }
    ),
}
"""Role → permissions. A role that is not listed grants nothing."""
