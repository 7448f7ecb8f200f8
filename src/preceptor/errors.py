"""Every error the product raises: one tree, each with a stable code and text that holds no clinical content.

    PreceptorError            code, safe text, ids; never clinical text
    ├─ Invalid                the request cannot be understood        400 / 422
    ├─ NotFound               also when it may not be known to exist  404
    ├─ Denied                 carries the decision and its reason     403
    │  └─ Unauthenticated     nobody is calling                       401
    ├─ Conflict               version or idempotency                  409 / 412
    ├─ LimitReached           size, tokens, money                     413
    │  └─ TooMany             rate and requests at once               429
    ├─ Unavailable            may be retried                          503
    └─ IntegrityFailure       log, digest or approval does not match: writes stop

`code` is one of `CODES`; a code that is not listed cannot be raised, so that the list (and the
documentation generated from it) is complete.
"""

from __future__ import annotations

from typing import ClassVar

CODES: dict[str, str] = {
    # Invalid
    "invalid_request": "The request does not have the documented shape.",
    "invalid_json": "The input is not a JSON document of the documented form.",
    "invalid_setting": "A setting is unknown, incomplete or out of range.",
    "invalid_date": "A date is not of the form YYYY-MM-DD, or a range ends before it starts.",
    "question_empty": "The question has no words.",
    "question_too_long": "The question is longer than the limit.",
    "question_not_text": "The question holds control characters or is not text.",
    "unsupported_media_type": "The file is no PDF, Word document, HTML, Markdown, plain text or picture.",
    "file_empty": "The file is empty.",
    "pdf_not_pdf": "The file is named like a PDF but is not one.",
    "pdf_encrypted": "The PDF needs a password.",
    "pdf_broken": "The PDF is damaged and cannot be read.",
    "pdf_no_text": "No page of the PDF has a text layer.",
    "text_not_utf8": "The text file is not UTF-8 text, or not of the encoding it declares.",
    "docx_broken": "The file is no Word document, or it is damaged.",
    "picture_broken": "The picture is damaged, or of a kind that is not read (PNG, JPEG and TIFF are).",
    "picture_no_text": "No text could be read in the picture.",
    "ocr_language": "Tesseract lacks the data of a language named in PRECEPTOR_OCR_LANGUAGES; install it.",
    "ocr_missing": "The pages are pictures: install tesseract-ocr (`make system`) and add the file again.",
    "archive_broken": "The zip file is damaged or encrypted.",
    "archive_unsafe": "The zip file holds a path or link that leads outside it.",
    "invalid_suite": "An evaluation suite, its cases, gates or an earlier result cannot be used as they are.",
    "ambiguous_version": "The bytes changed, and no later version, later date or --supersedes says which is in force.",
    "purpose_required": "This reads what identifies a person: say why, by an HL7 code of the purpose of use.",
    "vendor_not_clearable": "PHI is cleared only with a business associate agreement on record and without training.",
    "identifying_search": "This is searched by digests only: equal values, beginnings of 2 letters on, whole dates.",
    "fhir_json": "This is not a JSON object that is read without loss: see docs/fhir.md.",
    "fhir_patch": "The JSON Patch is not of the form of RFC 6902, or does not apply to the resource.",
    "not_offered": "This interaction is not offered at this address.",
    "not_acceptable": "Only JSON is given (application/fhir+json).",
    "unsupported_content": "The body must be application/fhir+json in UTF-8; a patch application/json-patch+json.",
    "fhir_invalid": "The resource does not hold to FHIR R4 or to a profile; the issues say where.",
    "fhir_type": "Resources of this type are not kept here.",
    "search_parameter": "A search parameter, modifier or value is not supported; nothing was searched.",
    "ig_package": "The file is no implementation-guide package (npm-style .tgz with FHIR resources).",
    "client_id": "An id chosen by a client is a UUID; the tenant does not allow other forms, which may identify.",
    # NotFound
    "not_found": "There is no such thing, or the caller may not know of it.",
    "resource_deleted": "The resource was deleted.",
    "document_not_found": "There is no such document in this tenant.",
    "tenant_not_found": "There is no such tenant.",
    "file_not_found": "The named file or folder does not exist.",
    "suite_not_found": "There is no such evaluation suite.",
    "key_destroyed": "The key was destroyed: what was sealed with it cannot be read by anybody any more.",
    # Denied
    "denied": "The caller may not do this.",
    "egress_refused": "The register of outside endpoints does not allow this to be sent there.",
    "unauthenticated": "A valid credential is required.",
    "cross_origin": "The request came from another site.",
    # Conflict
    "conflict": "The thing changed meanwhile; read it again.",
    "idempotency_mismatch": "The idempotency key was used before with another request.",
    "version_mismatch": "The resource has another version than the one named; read it again.",
    "many_matches": "More than one resource meets the condition; say it more exactly.",
    "already_exists": "A thing of this name exists already.",
    # LimitReached
    "file_too_large": "The file is larger than the limit.",
    "parse_pages": "The document has more pages than the limit.",
    "parse_memory": "Reading the document needs more memory than the limit.",
    "parse_time": "Reading the document takes longer than the limit.",
    "parse_text": "The document, or one page of it, holds more text than the limit.",
    "picture_too_large": "The picture has many times more pixels than the limit.",
    "docx_too_large": "The Word document unpacks to more than the limit.",
    "archive_too_large": "The zip file holds more files, or unpacks to more bytes, than the limit.",
    "request_too_large": "The request body is larger than the limit.",
    "too_many_requests": "The caller, or its tenant, makes more requests than the limit; wait as Retry-After says.",
    # Unavailable
    "database_unavailable": "The database does not answer; try again.",
    "database_schema": "The database schema is not the one this version needs; run `preceptor db migrate`.",
    "vectors_missing": "PostgreSQL lacks pgvector; install it and, as a superuser: `create extension vector`.",
    "disk_full": "There is no space left where the data is kept.",
    "unavailable": "A part of the system does not answer; try again.",
    "log_halted": "The log of this tenant failed its check: nothing is done until an operator has looked at it.",
    "audit_late": "Entries of the log have waited more than five seconds for their place: does `serve` run?",
    "key_service": "The key service does not answer, or does not allow this; nothing can be opened without it.",
    "key_store_changed": "Another process is replacing the keys' wrapping; try again in a second.",
    "anchor_unwritten": "The anchor file cannot be written: nobody could prove later that the log is the same.",
    "witness_refused": "The witness does not know or believe this log, or its answer does not hold.",
    "address_refused": "The address is not on the allow-list, or resolves to an internal address.",
    # IntegrityFailure
    "tampered_export": "The export or checkpoint is not of the documented form.",
    "anchor_mismatch": "The anchor file holds a later or another head of the log: the log was set back or forked.",
    "audit_mismatch": "The audit log does not match its signed head.",
    "quotation_mismatch": "A quotation does not stand in the stored page text.",
    "seal_broken": "A sealed value does not open with its key and identity.",
    "key_missing": "A key that is needed is not in the key store.",
    "deid_unverified": "The masked text still shows an identifier after repeated masking; nothing was released.",
    "migration_mismatch": "An applied migration differs from the one shipped with this version.",
    # anything else
    "internal": "Something went wrong inside; the details are in the operator's log by request id.",
}
"""Stable code → what it means to the reader. Documented in docs/errors.md, which a test compares."""


class PreceptorError(Exception):
    """The root. `text` is safe to show and to log; `ids` are identifiers, never contents."""

    status: ClassVar[int] = 500
    default: ClassVar[str] = "internal"

    def __init__(self, code: str | None = None, text: str | None = None, **ids: str) -> None:
        self.code = code or self.default
        self.text = text or CODES[self.code]
        self.ids = ids
        super().__init__(f"{self.code}: {self.text}")


class Invalid(PreceptorError):
    """The request cannot be understood."""

    status = 422
    default = "invalid_request"


class NotFound(PreceptorError):
    """There is no such thing, or the caller may not know that there is."""

    status = 404
    default = "not_found"


class Denied(PreceptorError):
    """The decision was no; `reason` is the decision's own."""

    status = 403
    default = "denied"

    def __init__(self, code: str | None = None, text: str | None = None, *, reason: str = "", **ids: str) -> None:
        super().__init__(code, text, **ids)
        self.reason = reason


class Unauthenticated(Denied):
    """Nobody is calling: no credential, or one that does not hold."""

    status = 401
    default = "unauthenticated"


class Conflict(PreceptorError):
    """The state is not the one the caller thought."""

    status = 409
    default = "conflict"


class LimitReached(PreceptorError):
    """A size, time, money or rate limit."""

    status = 413
    default = "request_too_large"


class TooMany(LimitReached):
    """More requests than a caller or tenant may make; `retry_after` is in whole seconds, at least 1."""

    status = 429
    default = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = max(1, retry_after)


class Unavailable(PreceptorError):
    """Something does not answer; the same request may succeed later."""

    status = 503
    default = "unavailable"


class IntegrityFailure(PreceptorError):
    """Bytes are not what they were: nothing may leave and nothing may be written on top."""

    status = 500
    default = "audit_mismatch"
