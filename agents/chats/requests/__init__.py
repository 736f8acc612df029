"""The kinds of request, one class each: what is asked of a person, the answers it takes, and how it reads.

To add a kind: write its class in a file here, add it to `Request` and to `RequestKind` in `agents.specs`, and give it a
widget in `pages.components.decision.card`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter

from agents.chats.requests.actions import (
    CodeBlockRequest,
    MessageRequest,
    PackageRequest,
    ToolCallRequest,
    call_text,
)
from agents.chats.requests.base import Answer, Effect, Limit, RequestBase, ToolQuestion, Verdict
from agents.chats.requests.question import QuestionRequest
from agents.chats.requests.turns import (
    FunctionFailureRequest,
    FunctionPurpose,
    HumanTurnRequest,
    LimitRequest,
    LoopRequest,
    ModelFailureRequest,
    NextSpeakerRequest,
    PauseRequest,
)

Request = Annotated[
    HumanTurnRequest
    | ToolCallRequest
    | CodeBlockRequest
    | PackageRequest
    | MessageRequest
    | NextSpeakerRequest
    | LimitRequest
    | LoopRequest
    | PauseRequest
    | ModelFailureRequest
    | FunctionFailureRequest
    | QuestionRequest,
    Field(discriminator="of"),
]

_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
KINDS: dict[str, type[RequestBase]] = {kind.model_fields["of"].default: kind for kind in get_args(get_args(Request)[0])}
"""Tag -> class, in the order to list them."""


def request_of(of: str, payload: Mapping[str, Any]) -> Request:
    """Return the request of a stored tag and payload; ValueError for an unknown tag or another form of payload."""
    return _REQUEST.validate_python({**payload, "of": of})


def kind_of(of: str) -> type[RequestBase]:
    """Return the class of that tag; for a tag that this version does not know, the one of plain defaults."""
    return KINDS.get(of, RequestBase)
