"""The lesson's tasks with the local model alone: who is asked what, what the scripted person answers, what is right.

A run is right or it has a reason. What a team wrote is tried in the sandbox, never on this machine. Called by
`bench.first_run`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agents.cancellation import drain
from agents.chats import (
    ChatStarted,
    CodeReturned,
    DecisionRequested,
    Event,
    MessagePosted,
    SpeakerSelected,
    ToolReturned,
)
from agents.chats.requests.base import Answer
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.selection import choose
from agents.settings import Settings
from agents.specs import EMBEDDED, TeamSpec
from agents.specs.gallery import gallery, gallery_file
from agents.workspaces import Workspace
from agents.workspaces.attachments import Attachment

Kind = TypeVar("Kind")

FIRST_TEN = ([0, 1, 1, 2, 3, 5, 8, 13, 21, 34], [1, 1, 2, 3, 5, 8, 13, 21, 34, 55])
GO_ON = 2
"""Times that the person lets the team go on before they end the chat."""


@dataclass(frozen=True)
class Ended:
    """A chat that is over."""

    settings: Settings
    chat: str
    events: Sequence[Event]
    ended: str
    """Why, in words."""
    reason: str
    """The same as `ChatEnded` has it."""

    @property
    def files(self) -> Path:
        return Workspace(self.settings.home, self.chat).files

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The events of that kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def said_by(self, agent: str) -> list[str]:
        return [message.content for message in self.of(MessagePosted) if message.agent == agent]


@dataclass(frozen=True)
class Run:
    """One task of a team."""

    team: str
    """In the gallery."""
    task: str
    why_not: Callable[[Ended], str]
    """ "" when the chat did what it should; else a few words."""
    max_rounds: int | None = None
    """Messages after which the chat ends; the team's own limit when None."""
    n_replies: int = 0
    """How often the person says "Go on." at their turn, before they end the chat."""
    files: tuple[Attachment, ...] = ()

    @property
    def spec(self) -> TeamSpec:
        """The team, at the local model."""
        team = next(ready.spec for ready in gallery() if ready.name == self.team)
        limits = team.limits.model_copy(update={"max_rounds": self.max_rounds or team.limits.max_rounds})
        return team.model_copy(update={"connection": EMBEDDED, "limits": limits})

    def answers(self) -> Callable[[DecisionRequested], Answer]:
        """Return the person: they approve whatever is asked, and end the chat at everything else."""
        turns: Counter[str] = Counter()

        def answer(request: DecisionRequested) -> Answer:
            if "approve" in request.options:
                return Answer.to(request, "approve")
            turns[request.of] += 1
            if request.of == "human_turn" and turns[request.of] <= self.n_replies:
                return Answer.to(request, "reply", text="Go on.")
            return Answer.to(request, "end")

        return answer


@dataclass(frozen=True)
class Goal:
    """A team of the gallery, its runs in order, and how many of a hundred must be right."""

    name: str
    title: str
    percent: int
    runs: tuple[Run, ...]
    seconds: int | None = None
    """The slowest of the right ones, on two idle cores."""

    def run(self, number: int) -> Run:
        """The run of that number, from 0; after the last the first comes again."""
        return self.runs[number % len(self.runs)]


# -- Coder and executor


def _fibonacci(ended: Ended) -> str:
    file = ended.files / "fibonacci.txt"
    if not file.is_file():
        return f"no fibonacci.txt ({ended.ended})"
    if [int(number) for number in re.findall(r"\d+", file.read_text("utf-8", "replace"))] not in FIRST_TEN:
        return "wrong numbers in fibonacci.txt"
    return "" if ended.reason == "phrase" else f"right file, but: {ended.ended}"


CODER = Run(
    "coder-and-executor",
    "Write a Python script that calculates the first 10 numbers of the Fibonacci sequence and saves them to a file "
    "named fibonacci.txt.",
    _fibonacci,
)

# -- Support desk

SPECIALISTS = ("Billing", "Technical_Support", "Feedback")
MAILS = (
    ("Billing", "I was charged twice for my subscription this month. Please refund one of the payments."),
    ("Technical_Support", "Since the last update the app closes as soon as I open the settings. What can I do?"),
    ("Feedback", "I love the new dark theme, but please let me choose the text size."),
    ("Billing", "My invoice of March shows the wrong company address. Can you send me a corrected one?"),
    ("Technical_Support", "How do I export my contacts to a CSV file? I cannot find the button."),
    ("Feedback", "Just wanted to say thanks: your new search is wonderful, it saves me an hour a day."),
    ("Billing", "What does the yearly plan cost for a team of five, and can I pay by bank transfer?"),
    ("Technical_Support", "I get the message 'Error 503: sync failed' whenever I log in on my second laptop."),
    ("Feedback", "It would be great if reports could be sent by e-mail every Monday. Please think about it."),
    ("Billing", "I cancelled in May and the money was still taken from my card in June."),
)


def _mail(specialist: str, mail: str) -> Run:
    def why_not(ended: Ended) -> str:
        selected = [event.agent for event in ended.of(SpeakerSelected) if event.agent in SPECIALISTS]
        if not selected:
            return f"it went to no specialist ({ended.ended})"
        return "" if selected[0] == specialist else f"a mail for {specialist} went to {selected[0]}"

    return Run("support-desk", mail, why_not, max_rounds=3)


# -- Product team

_TRY = """
import pathlib, shutil, subprocess, sys, tempfile
def tried(file, done):
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(file, folder)
        def says(*words):
            run = [sys.executable, copy, *words]
            return subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=20, input="").stdout
        says("add", "Buy milk")
        says("add", "Call Ada")
        before = says("list")
        says(done, "1")
        return "Buy milk" in before and "Call Ada" in before and says("list") not in (before, "")
files = [file for file in pathlib.Path(".").glob("*.py") if not file.name.startswith("test")]
print("works" if any(tried(file, done) for file in files for done in ("complete", "done")) else "fails")
"""
"""Adds two tasks, lists them, completes one and lists again, with each program that the team left behind."""


def _task_manager(ended: Ended) -> str:
    if not list(ended.files.glob("*.py")):
        return f"no program was left ({ended.ended})"
    team = ended.of(ChatStarted)[0].spec
    sandbox = choose(ended.settings.sandbox, ended.settings.home)
    runner = CodeRunner(sandbox, Workspace(ended.settings.home, ended.chat).run_folders(), team.sandbox)
    tried = drain(runner.python(_TRY, timeout_s=120), lambda text: None)
    if "works" not in tried.output:
        return f"the program does not add, list and complete ({ended.ended})"
    return "" if _ran_by(ended, "QA_Engineer") else f"QA ran nothing that passed ({ended.ended})"


def _ran_by(ended: Ended, agent: str) -> bool:
    """Whether a block of that agent's ran to its end without an error."""
    author = ""
    for event in ended.events:
        if isinstance(event, MessagePosted):
            author = event.agent
        elif isinstance(event, CodeReturned) and event.outcome == "ok" and author == agent:
            return True
    return False


PRODUCT = Run(
    "product-team",
    "We need to build a simple command-line task manager application that saves tasks to a JSON file. "
    "Its commands are: add TEXT, list, complete NUMBER.",
    _task_manager,
    n_replies=GO_ON,
)

# -- Data analysts


def _report(ended: Ended) -> str:
    results = [result.text for result in ended.of(ToolReturned) if result.tool == "sql" and result.outcome == "ok"]
    if not any("277170" in re.sub(r"[,. _]", "", text) for text in results):
        return f"the number did not come from SQL ({ended.ended})"
    if not any("277170" in re.sub(r"[,. _]", "", text) for text in ended.said_by("Data_Analyst")):
        return "the analyst did not say the number"
    if not any(file.read_bytes().startswith(b"\x89PNG") for file in ended.files.glob("*.png")):
        return f"no chart ({ended.ended})"
    reports = [file for file in ended.files.glob("*.pdf") if file.read_bytes().startswith(b"%PDF-")]
    return "" if reports else f"no PDF ({ended.ended})"


ANALYSTS = Run(
    "data-analysts",
    "Which of our three shops had the highest revenue in the whole year, and how much was it?",
    _report,
    files=(("shop_sales.csv", gallery_file("shop_sales.csv")),),
)

GOALS = (
    Goal("coder", "Coder and executor", 80, (CODER,), seconds=60),
    Goal("support", "Support desk", 80, tuple(_mail(*mail) for mail in MAILS)),
    Goal("product", "Product team", 50, (PRODUCT,)),
    Goal("analysts", "Data analysts", 50, (ANALYSTS,)),
)
