"""What an agent asks a person by the tool `ask_person`: a question with a small form, made from a JSON schema.

The reply is the filled-in form as JSON, checked against the schema. Pure functions; a schema that makes no form is told
to the model, a value that does not fit to the person.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from pydantic import JsonValue

from agents.chats.requests.base import Answer, Sentences, ToolQuestion, check_text
from agents.chats.values import problem_of, read_json
from agents.errors import UsageError
from agents.plain_text import is_valid, shorten
from agents.specs import ActionRequest

MAX_FIELDS, MAX_CHOICES, MAX_NAME_CHARS, MAX_LABEL_CHARS = 20, 100, 60, 500
MAX_NUMBER = 2**53 - 1
"""Beyond it browsers round."""
FieldKind = Literal["text", "one_of", "some_of", "number", "whole", "yes_no", "date"]
_ABOUT = {"type", "title", "description"}
_MAY_SAY: dict[FieldKind, set[str]] = {
    "text": {"minLength", "maxLength"},
    "one_of": {"enum"},
    "some_of": {"items", "minItems", "maxItems", "uniqueItems"},
    "number": {"minimum", "maximum"},
    "whole": {"minimum", "maximum"},
    "yes_no": set(),
    "date": {"format"},
}
"""What the schema of a field may hold besides its name and description."""
_HINTS: dict[FieldKind, str] = {
    "text": "TEXT", "number": "NUMBER", "whole": "NUMBER", "yes_no": "yes|no", "date": "YYYY-MM-DD",
}  # fmt: skip


@dataclass(frozen=True)
class FormField:
    """One field of a form."""

    name: str
    label: str
    kind: FieldKind
    description: str
    is_required: bool
    choices: tuple[str | int | float, ...] = ()
    least: float | None = None
    most: float | None = None
    """Of a number; of a text's characters; of how many are chosen."""

    @property
    def hint(self) -> str:
        """What can be typed."""
        if not self.choices:
            return _HINTS[self.kind]
        texts = [str(choice) for choice in self.choices]
        if self.kind == "one_of":
            return "|".join(texts)
        is_plain = all(text == text.strip() and "," not in text for text in texts)
        return ",".join(texts) if is_plain else json.dumps(texts, ensure_ascii=False)

    def read(self, text: str) -> Any:
        """Return the value that `text` means, where it means one; else the text, which `problem` then finds wrong."""
        match self.kind:
            case "one_of":
                return self._choice(text)
            case "some_of":
                return [self._choice(part) for part in _parts(text)]
            case "yes_no":
                return {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower(), text)
            case "number" | "whole":
                try:
                    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
                except ValueError:
                    return text
        return text

    def _choice(self, text: str) -> Any:
        return next((choice for choice in self.choices if str(choice) == text), text)

    def problem(self, value: Any) -> str:
        """Return what is wrong with `value`, to be read behind the label; "" when it fits."""
        match self.kind:
            case "one_of":
                return "" if _is_among(value, self.choices) else f"must be one of {self._named_choices}"
            case "some_of":
                if not isinstance(value, list) or not all(_is_among(item, self.choices) for item in value):
                    return f"takes only {self._named_choices}"
                if len({json.dumps(item) for item in value}) < len(value):
                    return "has the same choice twice"
                return self._bounds(len(value), "choice")
            case "yes_no":
                return "" if isinstance(value, bool) else "must be yes or no"
            case "date":
                return "" if _is_date(value) else "must be a date such as 2026-03-31"
            case "number" | "whole":
                if not _is_number(value) or (self.kind == "whole" and value != int(value)):
                    return "must be a whole number" if self.kind == "whole" else "must be a number"
                return self._bounds(value, "")
            case "text":
                if not isinstance(value, str):
                    return "must be a text"
                return self._bounds(len(value), "character") if is_valid(value) else "has invalid characters in it"

    @property
    def _named_choices(self) -> str:
        return shorten(", ".join(map(str, self.choices)), MAX_LABEL_CHARS)

    def _bounds(self, amount: float, noun: str) -> str:
        for bound, which, is_kept in (
            (self.least, "least", self.least is None or amount >= self.least),
            (self.most, "most", self.most is None or amount <= self.most),
        ):
            if bound is not None and not is_kept:
                nouns = noun if bound == 1 or not noun else f"{noun}s"
                return f"must be at {which} {bound:,.15g} {nouns}".rstrip()
        return ""


def _parts(text: str) -> list[str]:
    """Return the choices that are typed: a JSON list of them, or with commas between."""
    listed = read_json(text)
    if isinstance(listed, list):
        return [str(part) for part in listed]
    return [part.strip() for part in text.split(",") if part.strip()]


def form_fields(form: Mapping[str, Any]) -> list[FormField]:
    """Return the fields of a form, in the schema's order; UsageError tells the model what to correct."""
    properties, required = form.get("properties"), form.get("required", [])
    if form.get("type", "object") != "object" or not isinstance(properties, dict) or not properties:
        raise _wrong('The form must be {"type": "object", "properties": {...}} with at least one field')
    if len(properties) > MAX_FIELDS:
        raise _wrong(f"The form has {len(properties)} fields; at most {MAX_FIELDS} fit")
    if not isinstance(required, list) or not all(name in properties for name in map(str, required)):
        raise _wrong('"required" must be a list of names of the form\'s fields')
    fields = [_field(name, part, name in required) for name, part in properties.items()]
    n_labelled = Counter(field.label for field in fields)
    return [
        replace(field, label=f"{field.label} ({field.name})") if n_labelled[field.label] > 1 else field
        for field in fields
    ]


def _field(name: str, part: Any, is_required: bool) -> FormField:
    where = f"The field {name[:MAX_NAME_CHARS]!r}"
    if not name.strip() or len(name) > MAX_NAME_CHARS or "=" in name or not name.isprintable():
        raise _wrong(f"{where} needs a name of at most {MAX_NAME_CHARS} characters without '='")
    if not isinstance(part, dict):
        raise _wrong(f"{where} needs a schema such as {{'type': 'string'}}")
    kind = _kind(part, where)
    unknown = sorted(part.keys() - _ABOUT - _MAY_SAY[kind])
    if unknown:
        may = ", ".join(sorted(_ABOUT | _MAY_SAY[kind]))
        raise _wrong(f"{where} has {unknown[0]!r}, which forms do not know. It may have {may}")
    title, description = (str(part.get(key) or "") for key in ("title", "description"))
    if max(len(title), len(description)) > MAX_LABEL_CHARS:
        raise _wrong(f"{where} has a title or a description of more than {MAX_LABEL_CHARS} characters")
    choices = _choices(part["items"] if kind == "some_of" else part, where) if kind in ("one_of", "some_of") else ()
    bounds = [_bound(part, kind, which, where) for which in ("min", "max")]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise _wrong(f"{where} has a minimum above its maximum")
    return FormField(name, title.strip() or name, kind, description, is_required, choices, *bounds)


def _kind(part: dict[str, Any], where: str) -> FieldKind:
    of = part.get("type")
    if of == "array" and isinstance(part.get("items"), dict) and "enum" in part["items"]:
        return "some_of"
    if "enum" in part and of in (None, "string", "number", "integer"):
        return "one_of"
    if of == "string" and "format" in part:
        if part["format"] != "date":
            raise _wrong(f"{where} has the format {part['format']!r}; the only one is 'date'")
        return "date"
    kinds: dict[Any, FieldKind] = {"string": "text", "number": "number", "integer": "whole", "boolean": "yes_no"}
    if not isinstance(of, str) or of not in kinds:
        raise _wrong(
            f"{where} has the type {of!r}; use string, number, integer or boolean, 'enum' for one of several, or array "
            "with items that have an 'enum' for several of several"
        )
    return kinds[of]


def _choices(part: dict[str, Any], where: str) -> tuple[str | int | float, ...]:
    found = part["enum"]
    is_fit = isinstance(found, list) and all(_is_number(item) or (isinstance(item, str) and item) for item in found)
    if not is_fit or not 0 < len(found) <= MAX_CHOICES or len(set(map(str, found))) < len(found):
        raise _wrong(f"{where} needs an 'enum' of 1 to {MAX_CHOICES} different texts or numbers")
    return tuple(found)


def _bound(part: dict[str, Any], kind: FieldKind, which: str, where: str) -> float | None:
    key = which + {"text": "Length", "some_of": "Items"}.get(kind, "imum")
    if (found := part.get(key)) is not None and not _is_number(found):
        raise _wrong(f"{where} has {key!r} that is no number")
    return found


def _wrong(text: str) -> UsageError:
    return UsageError(f"{text}. Correct the form and call it again; nobody was asked.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _is_among(value: Any, choices: Collection[Any]) -> bool:
    return any(value == choice and type(value) is type(choice) for choice in choices)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the JSON object; ValueError when a name is in it twice, for then readers differ in what it says."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


class QuestionRequest(ToolQuestion):
    """An agent asks a person something."""

    of: Literal["question"] = "question"
    text: str = ""
    form: dict[str, JsonValue] = {}
    """A JSON schema that `form_fields` reads."""

    label = "Question"
    subject = "form"
    meanings = {**ToolQuestion.meanings, "reply": "fill in the form", "skip": "the agent goes on without an answer"}
    reads = Sentences(
        question="{who} asks: {text}",
        wanted="{who} asks {n} things",
        heading="To fill in:",
        note="{who} asks: {text}",
        waiting="Waiting for your answer to a question of {who}",
        noun="the question of {who}",
    )
    decisions = {
        **ToolQuestion.decisions,
        "reply": "{by} answered {noun} (“{text}”): {told}",
        "skip": "{by} left {noun} unanswered",
    }

    @property
    def fields(self) -> list[FormField]:
        """The form's fields, in its order."""
        return form_fields(self.form)

    @property
    def shown(self) -> dict[str, str]:
        return {
            field.name: " · ".join(filter(None, [field.label, field.description, "optional" * (not field.is_required)]))
            for field in self.fields
        }

    @property
    def value_hints(self) -> dict[str, str]:
        return {field.name: field.hint for field in self.fields}

    def check_asked(self) -> None:
        check_text(self.text, "The question")
        if problem := problem_of(self.form):
            raise UsageError(f"The form cannot be shown. {problem}")
        form_fields(self.form)

    def action(self, agent: str) -> ActionRequest | None:
        arguments = {"question": self.text, "form": dict(self.form)}
        return ActionRequest("tool_call", agent, self.tool, arguments, n_chars=len(json.dumps(arguments)))

    # -- answers

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        super().check(answer, connections)
        if answer.verdict == "reply":
            self.check_values(read_json(answer.text, object_pairs_hook=_unique))

    def check_values(self, values: Any) -> None:
        """UsageError, naming the field by its label, when `values` do not fit the form."""
        if not isinstance(values, dict):
            raise UsageError("The answer must be a JSON object with one value for each field. Nothing was recorded.")
        fields = {field.name: field for field in self.fields}
        if unknown := sorted(values.keys() - fields.keys()):
            raise UsageError(f"There is no field {unknown[0]!r}; there are {', '.join(fields)}. Nothing was recorded.")
        for field in fields.values():
            value = values.get(field.name)
            is_empty = value is None or value == [] or (isinstance(value, str) and not value.strip())
            if field.is_required and is_empty:
                raise UsageError(f"“{field.label}” is missing. Fill it in; nothing was recorded.")
            if field.name in values and (problem := field.problem(value)):
                raise UsageError(f"“{field.label}” {problem}. Nothing was recorded.")

    def reply(self, values: Mapping[str, Any]) -> str:
        """Return the reply that `values` are, in the form's order, those not filled in left out; UsageError as
        `check_values`."""
        names = [*(field.name for field in self.fields), *values]
        given = {name: values[name] for name in dict.fromkeys(names) if values.get(name) not in (None, "", [])}
        self.check_values(given)
        return json.dumps(given, ensure_ascii=False)

    def answer_from(self, values: Mapping[str, str]) -> dict[str, Any]:
        fields = {field.name: field for field in self.fields}
        read = {name: fields[name].read(text) if name in fields else text for name, text in values.items()}
        return {"verdict": "reply", "text": self.reply(read)}

    def answered(self, answer: Answer) -> str:
        """Return the values of a reply by the labels of their fields."""
        if answer.verdict != "reply":
            return super().answered(answer)
        values = json.loads(answer.text)
        given = [field for field in self.fields if field.name in values]
        return "; ".join(f"{field.label}: {_as_text(values[field.name])}" for field in given)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
