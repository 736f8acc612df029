"""The requests about turns: a person's own, who speaks next, and what interrupts them, such as a limit or a pause."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field

from agents.chats.requests.base import Answer, Effect, Limit, RequestBase, Sentences, Verdict
from agents.errors import UsageError


class HumanTurnRequest(RequestBase):
    """A person speaks in the agent's place."""

    of: Literal["human_turn"] = "human_turn"
    closing: str = Field("", exclude=True)
    """Who said which closing phrase, told in the question only."""

    label = "A person's turn"
    offers = ("reply", "skip", "end")
    lasting = "reply"
    meanings = {}

    def question(self, who: str) -> str:
        part = "" if who.lower() == "you" else f" as {who}"
        if self.closing:
            return f"{self.closing}. Reply{part} to go on; skip or end to finish."
        return f"It is your turn{part}."

    def waiting(self, who: str, question: str) -> str:
        return "Waiting for you" if who.lower() == "you" else f"Waiting for you, as {who}"

    def decided(self, by: str, who: str, answer: Answer, labels: Mapping[str, str]) -> str:
        if answer.verdict != "skip" or not who:
            return super().decided(by, who, answer, labels)
        own = "your" if by.lower() == "you" else "their"
        whose = own if who.lower() in ("you", by.lower()) else f"{who}'s"
        return f"{by} skipped {whose} turn"


class NextSpeakerRequest(RequestBase):
    """A person chooses who speaks next."""

    of: Literal["next_speaker"] = "next_speaker"
    candidates: list[str] = []

    label = "Next speaker"
    offers = ("choose", "end")
    lasting = "choose"
    reads = Sentences("Who speaks next?", waiting="Waiting for you to choose who speaks next")

    @property
    def choices(self) -> list[str]:
        return self.candidates

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        if answer.verdict == "choose" and answer.choice not in self.candidates:
            raise UsageError(f"{answer.choice!r} cannot speak next; choose one of {', '.join(self.candidates)}.")
        super().check(answer, connections)


class LimitRequest(RequestBase):
    """A limit of the team is reached."""

    of: Literal["limit"] = "limit"
    limit: Limit = "max_rounds"
    used: int | float = 0
    allowed: int | float = 0
    text: str = Field("", exclude=True)
    """What is asked; stored as the question only."""
    is_within_turn: bool = Field(False, exclude=True)
    """A turn is under way and may still finish."""

    label = "Limit"
    meanings = {**RequestBase.meanings, "raise": "go on with a limit of N, more than {used:,.12g}"}
    is_between_turns = True
    reads = Sentences("{text}", heading="Used: {used:,.12g} of {allowed:,.12g}.")

    @property
    def verdicts(self) -> list[Verdict]:
        return ["raise", "finish", "end"] if self.is_within_turn else ["raise", "end"]

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        if answer.verdict == "raise":
            amount = answer.amount
            if amount is None or not amount > self.used or amount == float("inf"):
                text = f"{self.used:,.12g} are used already; raise the limit to more than that. Nothing was recorded."
                raise UsageError(text)
        super().check(answer, connections)

    def effect(self, agent: str, answer: Answer) -> Effect:
        if answer.verdict == "raise":
            return Effect(raised={self.limit: answer.amount or 0})
        return Effect(is_finishing=answer.verdict == "finish")


class InterruptionBase(RequestBase):
    """The chat stands still between two turns, and goes on with or without something that a person says."""

    is_between_turns = True
    offers = ("continue", "reply", "end")

    def effect(self, agent: str, answer: Answer) -> Effect:
        return Effect(says=answer.text if answer.verdict == "reply" else "")


class LoopRequest(InterruptionBase):
    """An agent says the same again and again."""

    of: Literal["loop"] = "loop"
    agent: str = ""
    times: int = 0
    content: str = ""

    label = "Loop"
    subject = "content"
    reads = Sentences("{who} said the same {times} times in a row.", heading="{agent} said, {times} times:")

    def effect(self, agent: str, answer: Answer) -> Effect:
        return replace(super().effect(agent, answer), is_repetition_known=True)


class PauseRequest(InterruptionBase):
    """A person paused the chat."""

    of: Literal["pause"] = "pause"
    by: str = Field("", exclude=True)
    """Who did, told in the question only."""

    label = "Pause"
    reads = Sentences("{by} paused the chat. Go on?")

    def effect(self, agent: str, answer: Answer) -> Effect:
        return replace(super().effect(agent, answer), ends_pause=True)


class ModelFailureRequest(RequestBase):
    """A model gave no answer."""

    of: Literal["model_failure"] = "model_failure"
    purpose: str = ""
    """As in `ModelCalled`."""
    connection: str = ""
    model: str = ""
    outcome: str = ""
    error: str = ""
    """In plain words, without secrets."""

    label = "Failed model"
    is_failure = True
    offers = ("retry", "change_model", "end")

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        if answer.verdict == "change_model" and answer.choice not in connections:
            names = ", ".join(sorted(connections))
            raise UsageError(f"There is no connection named {answer.choice!r}; choose one of {names}.")
        super().check(answer, connections)

    def effect(self, agent: str, answer: Answer) -> Effect:
        if answer.verdict != "change_model":
            return Effect()
        return Effect(models={agent: (answer.choice, answer.model)})

    def question(self, who: str) -> str:
        return f"{who or 'The speaker selection'} got no answer from the model. {self.error}"

    def waiting(self, who: str, question: str) -> str:
        return f"Paused: {who or 'the speaker selection'} got no answer. Nothing is lost."


FunctionPurpose = Literal["selection", "termination"]


class FunctionFailureRequest(RequestBase):
    """A function of the plugins folder, which chooses speakers or ends chats, did not do so."""

    of: Literal["function_failure"] = "function_failure"
    function: str = ""
    purpose: FunctionPurpose = "selection"
    error: str = ""
    """Why, in plain words."""

    label = "Failed function"
    is_failure = True
    is_between_turns = True
    offers = ("retry", "skip", "end")

    def meaning(self, verdict: Verdict) -> str:
        if verdict == "skip":
            return "go on without it this time"
        return super().meaning(verdict)

    def question(self, who: str) -> str:
        what = "choose who speaks next" if self.purpose == "selection" else "say whether the chat is over"
        return f"The function {self.function} could not {what}: {self.error}."

    def noun(self, who: str) -> str:
        return f"the function {self.function}"
