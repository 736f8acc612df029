"""`ask_person`: an agent puts a question with a form to a person; what they fill in is the result of the call."""

from typing import Any

from agents.chats.requests.question import QuestionRequest
from agents.errors import UsageError
from agents.tools.function import asking, idempotent

MAX_QUESTION_CHARS = 2_000


@idempotent
@asking
def ask_person(question: str, form: dict[str, Any]) -> QuestionRequest:
    """Ask a person something that only a person can decide or know, and wait for the answer. `form` is a JSON schema
    such as {"type": "object", "properties": {"city": {"type": "string", "title": "City"}}, "required": ["city"]}.
    Fields: string, string with enum (one of several), array with items.enum (several of several), number, integer,
    boolean (yes or no), string with format date. The result is the answer as JSON."""
    if not question.strip() or len(question) > MAX_QUESTION_CHARS:
        raise UsageError(f"The question needs 1 to {MAX_QUESTION_CHARS:,} characters. Nobody was asked.")
    return QuestionRequest(text=question.strip(), form=form)
