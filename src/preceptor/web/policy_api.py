"""The JSON API of policy questions."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from preceptor.errors import Invalid, NotFound
from preceptor.evidence.metadata import require_date
from preceptor.flows.policy_question.workflow import Question
from preceptor.web.models import PolicyAnswer, PolicyQuestion
from preceptor.web.openapi import Operation, problems, reference
from preceptor.web.problems import FieldError
from preceptor.web.visit import Visit

Body = TypeVar("Body", bound=BaseModel)

ASK = Operation(
    "askPolicyQuestion",
    "Ask a question of the tenant's policies",
    "The answer is made of verified quotations, or `abstained` is true and `reason` says why. With an Idempotency-Key"
    " the same request gives the same answer again; another request under the same key is refused.",
    {
        "security": [{"token": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
                "description": "Chosen by the client; one key is one question of one account.",
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference(PolicyQuestion)}}},
        "responses": {
            "200": {
                "description": "An answer or an abstention.",
                "content": {"application/json": {"schema": reference(PolicyAnswer)}},
            },
            **problems(
                {
                    401: ("unauthenticated",),
                    403: ("denied",),
                    404: ("document_not_found",),
                    409: ("idempotency_mismatch", "conflict"),
                    413: ("request_too_large",),
                    422: (
                        "invalid_request",
                        "invalid_json",
                        "invalid_date",
                        "question_empty",
                        "question_too_long",
                        "question_not_text",
                    ),
                    500: ("internal",),
                    503: ("database_unavailable", "unavailable"),
                }
            ),
        },
    },
)


async def ask(visit: Visit) -> Response:
    """POST /api/v1/policy/questions."""
    body = checked(PolicyQuestion, await visit.json_object())
    question = Question(
        body.question,
        require_date(body.as_of) if body.as_of else None,
        document_name(body.document),
        visit.request.headers.get("idempotency-key"),
        body.mode,
    )
    answer = await visit.parts.assistant.ask(visit.caller, question)
    return JSONResponse({"id": body.id or answer["run"], **answer})


def checked(model: type[Body], document: dict[str, Any]) -> Body:
    """The request's model; FieldError names the members that break a rule, and never repeats a value."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise FieldError({".".join(str(part) for part in e["loc"]): e["msg"] for e in found}) from None


def document_name(name: str | None) -> str | None:
    """The document a question names; what can be no name is a document that does not exist."""
    if not name:
        return None
    if not name.isprintable():
        raise NotFound("document_not_found")
    return name


def idempotency_key(key: str) -> str:
    """A key the console made; Invalid when a form was tampered with."""
    if not key.isascii() or not key.isprintable() or not 1 <= len(key) <= 80:
        raise Invalid("invalid_request")
    return key
