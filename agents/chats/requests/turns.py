"""What a person is asked as one of the team: to speak in an agent's place, and to choose who speaks next."""

from collections.abc import Collection
from typing import ClassVar, Literal

from pydantic import Field

from agents.chats.requests.base import Answer, RequestBase, Verdict
from agents.errors import UsageError


class HumanTurnRequest(RequestBase):
    """A person speaks in the agent's place."""

    of: Literal["human_turn"] = "human_turn"
    closing: str = Field("", exclude=True)
    """Who said which closing phrase, told in the question only."""

    label: ClassVar[str] = "A person's turn"
    lasting: ClassVar[Verdict | None] = "reply"
    meanings: ClassVar[dict[Verdict, str]] = {}

    @property
    def verdicts(self) -> list[Verdict]:
        return ["reply", "skip", "end"]

    def question(self, who: str) -> str:
        part = "" if who.lower() == "you" else f" as {who}"
        if self.closing:
            return f"{self.closing}. Reply{part} to go on; skip or end to finish."
        return f"It is your turn{part}."

    def waiting(self, who: str, question: str) -> str:
        return "Waiting for you" if who.lower() == "you" else f"Waiting for you, as {who}"

    def noun(self, who: str) -> str:
        return f"the turn of {who}"


class NextSpeakerRequest(RequestBase):
    """A person chooses who speaks next."""

    of: Literal["next_speaker"] = "next_speaker"
    candidates: list[str] = []

    label: ClassVar[str] = "Next speaker"
    lasting: ClassVar[Verdict | None] = "choose"

    @property
    def verdicts(self) -> list[Verdict]:
        return ["choose", "end"]

    @property
    def choices(self) -> list[str]:
        return self.candidates

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        if answer.verdict == "choose" and answer.choice not in self.candidates:
            raise UsageError(f"{answer.choice!r} cannot speak next; choose one of {', '.join(self.candidates)}.")
        super().check(answer, connections)

    def question(self, who: str) -> str:
        return "Who speaks next?"

    def waiting(self, who: str, question: str) -> str:
        return "Waiting for you to choose who speaks next"
