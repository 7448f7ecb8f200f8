"""What must be listed by hand, so that adding one is a decision somebody sees: flows and public routes."""

from __future__ import annotations

FLOWS: dict[str, str] = {
    "policy_question": "tests/flows/test_policy_question.py",
}
"""Flow → the test that runs it from end to end."""

OUTPUT_FILTERED: dict[str, str] = {
    "policy_question": "src/preceptor/flows/policy_question/citing.py",
}
"""Flow → the file in which what it gives out has its last look (`egress.output.leaks`)."""

PUBLIC_ROUTES: dict[str, str] = {
    "GET /healthz": "whether the process lives; a supervisor has no credential",
    "GET /readyz": "whether the database answers; names nothing it holds",
    "GET /openapi.json": "the description of the API; the same for everybody",
    "GET /.well-known/smart-configuration": "what the token endpoint can do; the same for everybody",
    "GET /fhir/metadata": "what the FHIR server can do; the same for everybody",
    "GET /fhir/.well-known/smart-configuration": "the same as below /.well-known; where FHIR clients look for it",
    "POST /oauth/token": "a program proves who it is by a signature; that is the credential",
    "GET /static/{name}": "styles and scripts that ship with the product",
    "GET /sign-in/{secret}": "offers to sign in; who comes here has no session yet, and the link is not spent",
    "POST /sign-in": "turns a one-time secret into a session; the secret is the credential",
    "POST /sign-out": "ends the session whose cookie it brings; needs nothing else",
}
"""`METHOD /path` of a route anyone may call → why it shows nothing of a tenant."""
