"""The shapes of the JSON API, as promised to outside programs: read by the OpenAPI description and at the edge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-03-01"])]


class PolicyQuestion(BaseModel):
    """A question to the tenant's policies. Unknown members are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    question: Annotated[str, Field(description="The question in plain words.", examples=["Is a CGM covered?"])]
    as_of: Annotated[Day | None, Field(description="The day whose policies count; default: today (UTC).")] = None
    document: Annotated[
        str | None,
        Field(max_length=400, description="Ask one document only: its name, `owner/name` or id.", examples=["cgm"]),
    ] = None
    mode: Annotated[
        Literal["adaptive", "thorough", "fast"],
        Field(description="Whether the best lines are read a second time: where it is unsure, always, never."),
    ] = "adaptive"
    id: Annotated[str | None, Field(max_length=200, description="Returned as it was given.")] = None


class Citation(BaseModel):
    """A quotation and where it stands; it was compared byte for byte with the stored page before it left."""

    document: Annotated[str, Field(description="Name of the document.")]
    version: str
    version_id: Annotated[str, Field(description="Id of the version; `/pages/{version_id}/{page}` shows the page.")]
    title: str
    page: Annotated[int, Field(ge=1)]
    start: Annotated[int, Field(ge=0, description="First code point in the stored page text.")]
    end: Annotated[int, Field(ge=1, description="Code point after the last.")]
    quote: str
    boxes: Annotated[
        list[tuple[float, float, float, float]],
        Field(description="Lines of the quotation on the page, PDF points, origin bottom left; empty without layout."),
    ]
    sha256: Annotated[str, Field(description="SHA-256 of the source file, hexadecimal.")]
    effective_from: Day | None
    effective_to: Day | None
    in_force: Annotated[str, Field(description="How sure it is that the document is in force, in words.")]
    source: Annotated[str, Field(description="text, or ocr where the page is a picture that was read.")] = "text"


class Statement(BaseModel):
    """One thing the sources say; `text` is made of the quotations' words."""

    text: str
    citations: list[Citation]
    heading: Annotated[str, Field(description="The headings above it, from outside in, joined by ` › `.")] = ""
    role: Annotated[
        str,
        Field(description="answer, more, document, condition, exception, other_version or conflicts."),
    ] = "answer"


class AuditPlace(BaseModel):
    """The entry is committed with the answer; its place in the tree follows within a second."""

    entry: str
    leaf: int | None
    tree_size: int | None


class PolicyAnswer(BaseModel):
    """An answer made of verified quotations, or an abstention with its reason."""

    id: str
    question: Annotated[str, Field(description="The question with identifiers of individuals taken out.")]
    abstained: bool
    reason: Annotated[str | None, Field(description="Stable code of the abstention; null when answered.")]
    explanation: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    statements: list[Statement]
    form: Annotated[
        str,
        Field(description="definition, number, list, table, yes_no, comparison, conflict or quotation."),
    ] = "quotation"
    notes: Annotated[list[str], Field(description="Codes of what the reader should know beside it.")] = []
    as_of: Annotated[Day, Field(description="The day whose policies were searched.")]
    search: Annotated[str, Field(description="hybrid: by words and meaning; words: by words alone.")] = "words"
    mode: Annotated[str, Field(description="thorough when the best lines were read a second time, else fast.")] = "fast"
    nearest: Annotated[list[Statement], Field(description="With an abstention: the nearest passages, not an answer.")]
    run: str
    audit: AuditPlace
    timings_ms: dict[str, float]


class Judgement(BaseModel):
    """What the account that asked says of an answer. Unknown members are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    kind: Annotated[
        Literal["wrong_citation", "not_an_answer", "should_have_answered", "right"],
        Field(description="`should_have_answered` fits an abstention, the two before it an answer."),
    ]
    note: Annotated[str, Field(max_length=2000, description="Why; identifiers of individuals are taken out.")] = ""


class Judged(BaseModel):
    """A judgement that was kept."""

    run: str
    kind: str


class Labels(BaseModel):
    """Who may see a document: one matching label is enough; none: everyone in the tenant."""

    model_config = ConfigDict(extra="ignore", strict=True)

    labels: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(max_length=100, description="`role:NAME` or `department:NAME`.", examples=[["department:pharmacy"]]),
    ]


class PolicyVersion(BaseModel):
    """A version of a document. In force on a day d when in_force_from <= d < in_force_until; null: no limit known."""

    document: str
    document_id: str
    version: str
    id: str
    title: str
    state: Literal["reading", "ready", "failed", "removed"]
    vectors: Annotated[bool, Field(description="Found by meaning too; words find a ready version at once.")]
    error: str | None
    advice: Annotated[str | None, Field(description="Why reading failed and what to do.")]
    pages: int | None
    passages: int | None
    effective_from: Day | None
    effective_to: Day | None
    in_force_from: Day | None
    in_force_until: Day | None
    supersedes: str | None
    labels: list[str]
    report: Annotated[dict[str, object], Field(description="Hidden and instruction-like text, pages read by OCR.")]
    redactions: Annotated[dict[str, int], Field(description="Identifiers taken out, by kind.")]
    sha256: str


class PolicyDocument(BaseModel):
    """A document and its versions, the newest first."""

    id: str
    title: str
    versions: list[PolicyVersion]


class PolicyDocuments(BaseModel):
    """One page of the documents the caller may see; `found` fit, in the order of titles."""

    documents: list[PolicyDocument]
    found: int
    total: int
    page: int
    pages: int


class PolicyRemoved(BaseModel):
    """The versions that were taken out of every index."""

    removed: list[str]


class ComparedLine(BaseModel):
    """A line of one side; `start:end` are code points of the stored page text."""

    page: int
    start: int
    end: int
    text: str


class ComparedSide(BaseModel):
    """One of the two versions."""

    document: str
    title: str
    version: str
    id: str


class LineChange(BaseModel):
    """A line that differs; `numbers` pairs the numbers that changed, "" where one side has none."""

    change: Literal["changed", "added", "removed", "moved"]
    before: ComparedLine | None
    after: ComparedLine | None
    numbers: list[list[str]]


class PolicyDifferences(BaseModel):
    """Two versions line by line."""

    before: ComparedSide
    after: ComparedSide
    counts: dict[str, int]
    changes: list[LineChange]


class DeidRequest(BaseModel):
    """A text or a FHIR resource to be de-identified: exactly one of the two. Unknown members are ignored."""

    text: str | None = None
    resource: Annotated[dict[str, object] | None, Field(description="A FHIR R4 resource or Bundle.")] = None
    known: Annotated[
        dict[str, object] | None,
        Field(description="What the record says of the patient: a FHIR Patient, or names, birthDate, identifiers, ..."),
    ] = None
    policy: Literal["safe-harbor", "limited", "strict", "document"] = "safe-harbor"
    mode: Literal["mask", "surrogate"] = "mask"
    patient: Annotated[str | None, Field(description="Whose surrogates are used (`surrogate` only).")] = None
    id: Annotated[str | None, Field(description="Returned as it was given.")] = None


class DeidSpan(BaseModel):
    """One identifier: code points of the text as sent, end exclusive."""

    start: int
    end: int
    label: str
    score: float
    source: str


class DeidRemoved(BaseModel):
    """An element of a resource that was removed or changed."""

    path: str
    label: str


class DeidAnswer(BaseModel):
    """The masked text and its spans, or the redacted resource and what was removed."""

    id: str | None
    text: str | None = None
    spans: list[DeidSpan] | None = None
    resource: dict[str, object] | None = None
    removed: list[DeidRemoved] | None = None
    policy: str
    requires: Annotated[str | None, Field(description="`data-use-agreement-required` for a limited data set.")] = None
    mode: str | None = None
    label: Annotated[str | None, Field(description="`expert-determination-required` for surrogates.")] = None


class FieldProblem(BaseModel):
    """A member of the request that breaks a rule. The value is never repeated."""

    field: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: Annotated[str, Field(examples=["urn:preceptor:problem:question_empty"])]
    title: str
    status: int
    code: Annotated[str, Field(description="Stable; documented in docs/errors.md.")]
    detail: str
    request_id: str
    errors: list[FieldProblem] | None = None


class Health(BaseModel):
    """The state of the process."""

    status: Annotated[str, Field(examples=["ok"])]


MODELS: tuple[type[BaseModel], ...] = (
    PolicyQuestion,
    PolicyAnswer,
    Judgement,
    Judged,
    Labels,
    PolicyDocument,
    PolicyDocuments,
    PolicyRemoved,
    PolicyDifferences,
    DeidRequest,
    DeidAnswer,
    Problem,
    Health,
)
