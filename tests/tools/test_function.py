"""A Python function as a tool: the schema that models read, and every way in which a call can go wrong."""

import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from agents.cancellation import drain
from agents.chats.requests import QuestionRequest, ToolQuestion
from agents.tools import CallCancelled, FunctionTool, ToolContext, idempotent
from agents.tools.function import MAX_RESULT_CHARS, asking, entry
from agents.tools.result import ToolResult
from tests.support.waiting import WITHIN_S, allowed_s


class Address(BaseModel):
    city: str
    zip: str = ""


def send_mail(to: str, text: str, copies: int = 1, how: Literal["fast", "cheap"] = "cheap") -> str:
    """Send a mail.

    Only to customers."""
    return f"{copies} {how} to {to}: {text}"


def tool(function: Any) -> FunctionTool:
    return FunctionTool(function)


def said(function: Any, arguments: dict[str, Any] | None = None, timeout_s: float = 5.0) -> tuple[str, str]:
    result = drain(tool(function).call(arguments or {}, timeout_s))
    return result.outcome, result.text


class TestTheSchema:
    def test_is_made_of_type_hints_and_docstring(self):
        shown = entry(tool(send_mail))
        function = shown["function"]
        assert (shown["type"], function["name"]) == ("function", "send_mail")
        assert function["description"] == "Send a mail.\n\nOnly to customers."
        assert function["parameters"] == {
            "type": "object",
            "properties": {
                "to": {"type": "string"},
                "text": {"type": "string"},
                "copies": {"type": "integer", "default": 1},
                "how": {"type": "string", "enum": ["fast", "cheap"], "default": "cheap"},
            },
            "required": ["to", "text"],
            "additionalProperties": False,
        }

    def test_knows_models_within_arguments(self):
        def move(address: Address) -> str:
            """Move there."""
            return address.city

        assert tool(move).schema["required"] == ["address"]
        assert said(move, {"address": {"city": "Ulm"}}) == ("ok", "Ulm")

    def test_of_a_function_without_parameters_is_an_empty_object(self):
        def look() -> int:
            """Look."""
            return 1

        schema = tool(look).schema
        assert (schema["type"], schema["properties"], schema["additionalProperties"]) == ("object", {}, False)

    def test_is_refused_where_hints_or_docstring_are_missing_and_says_what_to_mend(self):
        def silent(x: int) -> int:
            return x

        def unhinted(x) -> int:
            """Doc."""
            return int(x)

        def loose(*things: int) -> int:
            """Doc."""
            return len(things)

        def several() -> Any:
            """Doc."""
            yield 1

        async def later() -> Any:
            """Doc."""
            yield 1

        @asking
        async def asks() -> Any:
            """Doc."""

        def odd(x: threading.Lock) -> int:
            """Doc."""
            return 1

        for function, text in [
            (silent, "silent has no docstring"),
            (unhinted, "'x' has no type hint"),
            (loose, "'things' cannot be given by name"),
            (several, "is a generator"),
            (later, "is a generator"),
            (asks, "asks a person and is async"),
            (odd, "its type hints make no schema"),
        ]:
            with pytest.raises(ValueError, match=text):
                tool(function)

    def test_describes_parameters_as_their_annotations_say(self):
        def forecast(
            city: Annotated[str, "Its name"],
            days: Annotated[int, Field(description="How many", ge=1)] = 3,
            unit: "Annotated[Literal['C', 'F'], 'Of the temperature']" = "C",
            context: "ToolContext" = None,  # type: ignore[assignment]
        ) -> str:
            """Forecast."""
            return f"{city} {days} {unit}"

        shown = tool(forecast).schema["properties"]
        assert {name: part["description"] for name, part in shown.items()} == {
            "city": "Its name",
            "days": "How many",
            "unit": "Of the temperature",
        }
        assert (shown["city"]["type"], shown["days"]["minimum"], shown["unit"]["enum"]) == ("string", 1, ["C", "F"])

    def test_says_whether_a_call_may_be_repeated(self):
        @idempotent
        def look() -> int:
            """Look."""
            return 1

        assert tool(look).is_idempotent
        assert not tool(send_mail).is_idempotent


class TestACall:
    def test_gives_texts_as_they_are_and_other_values_as_json(self):
        def echo(value: Any) -> Any:
            """Echo."""
            return value

        assert said(echo, {"value": "plain"}) == ("ok", "plain")
        assert said(echo, {"value": {"ö": [1, None]}}) == ("ok", '{"ö": [1, null]}')

    def test_gives_models_and_dataclasses_as_json_wherever_they_stand(self):
        @dataclass
        class Trip:
            to: Address
            on: date

        def book(how: str) -> Any:
            """Book."""
            trip = Trip(Address(city="Ulm"), date(2026, 3, 1))
            return {"model": trip.to, "dataclass": trip, "list": [trip.to, date(2026, 3, 1)]}[how]

        assert said(book, {"how": "model"}) == ("ok", '{"city": "Ulm", "zip": ""}')
        assert said(book, {"how": "dataclass"}) == ("ok", '{"to": {"city": "Ulm", "zip": ""}, "on": "2026-03-01"}')
        assert said(book, {"how": "list"}) == ("ok", '[{"city": "Ulm", "zip": ""}, "2026-03-01"]')

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"to": "a"}, "text: Missing required argument"),
            ({"to": "a", "text": "b", "copies": "many"}, "copies: Input should be a valid integer"),
            ({"to": "a", "text": "b", "tool": "rm"}, "tool: Unexpected keyword argument"),
            ({"to": "a", "text": "b", "how": "slow"}, "how: Input should be 'fast' or 'cheap'"),
        ],
    )
    def test_with_bad_arguments_is_none_and_says_what_to_mend(self, arguments: dict[str, Any], text: str):
        outcome, found = said(send_mail, arguments)
        assert outcome == "bad_arguments"
        assert found.startswith("send_mail was not called: ")
        assert text in found

    def test_that_raises_is_a_result_in_words(self):
        def fails() -> None:
            """Fail."""
            raise RuntimeError("the printer burns")

        assert said(fails) == ("error", "fails failed: RuntimeError: the printer burns")

    def test_that_ran_and_failed_a_check_of_its_own_is_not_said_to_be_uncalled(self):
        effects = []

        def pays() -> None:
            """Pay."""
            effects.append(1)
            Address.model_validate({})

        outcome, text = said(pays)
        assert (outcome, effects) == ("error", [1])
        assert text.startswith("pays failed: ValidationError")

    def test_that_exits_is_told_at_once(self):
        def leaves() -> None:
            """Leave."""
            raise SystemExit(3)

        assert said(leaves) == ("error", "leaves failed: SystemExit: 3")

    def test_whose_error_or_result_cannot_be_read_is_told_too(self):
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        class Unreadable:
            def __str__(self) -> str:
                raise RuntimeError("no text")

        def raises() -> None:
            """Raise."""
            raise Mute

        def gives() -> Any:
            """Give."""
            return Unreadable()

        assert said(raises) == ("error", "raises failed: Mute")
        assert said(gives) == ("error", "gives ran, but its result cannot be read: RuntimeError: no text")

    def test_that_hangs_is_left_alone_and_said_to_be_of_unknown_outcome(self):
        released = threading.Event()

        def hangs() -> None:
            """Hang."""
            released.wait(30)

        outcome, text = said(hangs, timeout_s=0.05)
        released.set()
        assert outcome == "timeout"
        assert "no result within 0.05 s" in text
        assert "its outcome is unknown" in text

    def test_with_a_huge_result_gives_its_beginning_and_says_so(self):
        def floods() -> str:
            """Flood."""
            return "x" * (MAX_RESULT_CHARS + 1_234)

        outcome, text = said(floods)
        assert outcome == "ok"
        assert text == "x" * MAX_RESULT_CHARS + "… (1,234 more characters)"

    def test_gives_nothing_that_no_log_takes(self):
        def halves() -> str:
            """Half a character."""
            return "a\ud800b"

        outcome, text = said(halves)
        assert outcome == "ok"
        text.encode()
        assert text[0] + text[-1] == "ab"

    def test_changes_nothing_of_the_arguments_it_was_given(self):
        def eats(box: Any) -> int:
            """Eat."""
            box["left"].clear()
            return len(box["left"])

        arguments = {"box": {"left": [1, 2]}}
        assert said(eats, arguments) == ("ok", "0")
        assert arguments == {"box": {"left": [1, 2]}}

    def test_that_shows_signs_of_life_may_last(self, plain_context: ToolContext):
        def works(context: ToolContext) -> str:
            """Work."""
            for _ in range(40):
                threading.Event().wait(0.02)
                context.check_cancelled()
            return "done"

        result = drain(tool(works).call({}, 0.4, plain_context))
        assert (result.outcome, result.text) == ("ok", "done")
        assert result.duration_s > 0.4


class TestACallThatIsGivenUp:
    def test_lets_its_reader_look_up_four_times_a_second(self):
        released = threading.Event()

        def waits() -> str:
            """Wait."""
            released.wait(30)
            return "done"

        call = tool(waits).call({})
        start = time.monotonic()
        assert [next(call) for _ in range(3)] == [""] * 3
        assert time.monotonic() - start < allowed_s(3)
        released.set()
        assert drain(call).text == "done"

    def test_leaves_a_plain_function_alone_and_is_over_at_once(self):
        begun, released, ended = threading.Event(), threading.Event(), threading.Event()

        def waits() -> None:
            """Wait."""
            begun.set()
            released.wait(30)
            ended.set()

        call = tool(waits).call({})
        next(call)
        assert begun.is_set()
        start = time.monotonic()
        call.close()
        assert time.monotonic() - start < allowed_s(0.2)
        assert not ended.is_set()
        released.set()
        assert ended.wait(WITHIN_S)

    @pytest.mark.parametrize("is_late", [False, True])
    def test_or_late_is_told_to_a_function_that_looks_up_in_its_place(self, plain_context: ToolContext, is_late: bool):
        heard, went_on = threading.Event(), threading.Event()

        def works(context: ToolContext) -> None:
            """Work."""
            try:
                while not is_late:
                    context.check_cancelled()
                went_on.wait(30)
                context.check_cancelled()
            except CallCancelled:
                heard.set()
                raise

        call = tool(works).call({}, 0.1 if is_late else 60.0, plain_context)
        if is_late:
            assert drain(call).outcome == "timeout"
        else:
            next(call)
            call.close()
        went_on.set()
        assert heard.wait(5)

    def test_does_not_disturb_others_in_the_same_place(self, plain_context: ToolContext):
        def works(context: ToolContext) -> str:
            """Work."""
            context.check_cancelled()
            return "done"

        drain(tool(works).call({}, 5.0, plain_context))
        plain_context.check_cancelled()
        assert drain(tool(works).call({}, 5.0, plain_context)).text == "done"


class TestAsking:
    FORM: dict[str, Any] = {"properties": {"city": {"type": "string"}}}

    def test_gives_the_question(self):
        @asking
        def where(form: dict[str, Any]) -> QuestionRequest:
            """Ask where."""
            return QuestionRequest(text="Where?", form=form)

        assert tool(where).request({"form": self.FORM}) == QuestionRequest(text="Where?", form=self.FORM)

    @pytest.mark.parametrize(
        ("question", "why"),
        [
            (QuestionRequest(text="Where?", form={}), "at least one field"),
            (QuestionRequest(text="", form=FORM), "The question is empty"),
            (ToolQuestion(), "it returned no question"),
            ("Where?", "it returned no question"),
        ],
    )
    def test_what_no_screen_could_show_is_told_to_the_model_and_nobody_is_asked(self, question: Any, why: str):
        @asking
        def where() -> Any:
            """Ask where."""
            return question

        result = tool(where).request({})
        assert isinstance(result, ToolResult)
        assert result.outcome == "error"
        assert why in result.text
