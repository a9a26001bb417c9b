"""What can be wrong with a request, and how it is said."""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """Errors keep a file from being sent; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


class Rule(StrEnum):
    """The rules of the preflight, by stable names."""

    ENCODING = "encoding"
    JSON = "json"
    TOO_LONG = "too_long"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    CUSTOM_ID = "custom_id"
    DUPLICATE_CUSTOM_ID = "duplicate_custom_id"
    PARAMS = "params"
    MISSING_PARAM = "missing_param"
    INVALID_PARAM = "invalid_param"
    FORBIDDEN_PARAM = "forbidden_param"
    VERSION_PARAM = "version_param"
    UNKNOWN_PARAM = "unknown_param"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    MIXED = "mixed"
    OTHER_KIND = "other_kind"
    OPENAI_FORMAT = "openai_format"
    NOT_CONVERTIBLE = "not_convertible"
    CSV = "csv"
    TEMPLATE = "template"
    EDIT = "edit"
    GENERATED_IDS = "generated_ids"
    EMPTY = "empty"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_BYTES = "too_many_bytes"


class Finding(NamedTuple):
    """One thing that is wrong with one request.

    `message` goes on where the request was named (`has no custom_id`) and is the same for all
    requests with that fault; `detail` is of this one. Both may hold text of the file: mask it.
    """

    rule: Rule
    message: str
    hint: str = ""
    detail: str = ""
    severity: Severity = Severity.ERROR


class FaultyRequestError(ValueError):
    """A request that cannot be made of what stands in the file; says all that is wrong with it.

    `custom_id` is the one that could be read all the same, or empty.
    """

    def __init__(self, *findings: Finding, custom_id: str = "") -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings
        self.custom_id = custom_id
