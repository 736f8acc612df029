"""What the lines of the ready teams' rehearsals would take of the local model: `python -m bench.record_rehearsals`.

Plays each rehearsal to its end, with a person who approves and says what is suggested, and writes a `recording` to the
end of its script. Tokens are counted by the model's own server: of each prompt as it was sent, in the model's template,
and of the line. No line is written by the model, so seconds are worked out from its pace, which was measured: see
`READ_PER_S`. `STUDIO_SANDBOX_PYTHON` saves building a Python for the code.
"""

import argparse
import json
import os
from collections.abc import Generator, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import Any

import httpx2

from agents.chats import Call, DecisionRequested, Purpose
from agents.chats.requests import Answer
from agents.models import ModelClient
from agents.models.prompts import sendable
from agents.models.rehearsed import PACE_VARIABLE
from agents.settings import Settings
from agents.specs import REHEARSED, load_rehearsal
from agents.specs.gallery import REHEARSALS, gallery_file, rehearsals
from agents.specs.rehearsal import at_script
from agents.studio import Studio

MODEL = "qwen2.5-coder-1.5b-instruct"
COUNTER = "qwen2.5-coder-0.5b-instruct"
"""Its small sister, which has the same tokens and the same template and takes less memory."""
READ_PER_S, WRITTEN_PER_S = 70, 18
"""Tokens: what the model did in 26 calls of *Data analysts* and *Product team* on two processors, 30 November 2026
(`python -m bench.first_run`): 60 to 77 read a second, 16 to 21 written."""
HOW = (
    "Tokens are counted by the model's server in the prompts and lines of this script; times are worked out from its "
    f"usual pace on two processors, {READ_PER_S} tokens read and {WRITTEN_PER_S} written a second."
)
MARK = "\nrecording:\n"


@dataclass(frozen=True)
class Heard:
    """A call of a script, with what it was sent."""

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    call: Call


class Listener(ModelClient):
    """A client that keeps what scripts are sent."""

    heard: list[Heard]

    @classmethod
    def at(cls, client: ModelClient) -> "Listener":
        """Return `client` as one that listens."""
        listener = copy(client)
        listener.__class__ = cls
        assert isinstance(listener, cls)
        listener.heard = []
        return listener

    def call(
        self,
        connection: str,
        model: str,
        messages: list[dict[str, Any]],
        parameters: dict[str, Any],
        *,
        agent: str = "",
        purpose: Purpose = "reply",
        choices: Sequence[str] = (),
    ) -> Generator[str, None, Call]:
        made = yield from super().call(
            connection, model, messages, parameters, agent=agent, purpose=purpose, choices=choices
        )
        if made.outcome == "ok":
            self.heard.append(Heard(sendable(messages), parameters.get("tools") or [], made))
        return made


@dataclass
class Counter:
    """Counts tokens as the local model's server does, and knows what it has kept of each agent's last prompt."""

    base_url: str
    key: str
    _read: dict[str, list[int]] = field(default_factory=dict)

    def figures(self, heard: Heard) -> dict[str, Any]:
        """Return tokens and seconds of one call."""
        body = {"messages": heard.messages, **({"tools": heard.tools} if heard.tools else {})}
        prompt = self._tokens(self._asked("/apply-template", body)["prompt"])
        reply = self._tokens(_written(heard.call))
        before = self._read.get(heard.call.agent, [])
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, prompt, strict=False)))
        cached = min(alike, len(prompt) - 1)  # the last one is always read
        self._read[heard.call.agent] = [*prompt, *reply]
        n_read, n_written = len(prompt) - cached, len(reply) + 1  # and the end of the message
        first_s = n_read / READ_PER_S
        return {
            "tokens": {"input_uncached": n_read, **({"input_cached": cached} if cached else {}), "output": n_written},
            "cost_usd": 0,
            "price_source": "local",
            "first_token_s": round(first_s, 2),
            "duration_s": round(first_s + n_written / WRITTEN_PER_S, 2),
        }

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._asked("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return tokens

    def _asked(self, path: str, body: dict[str, Any]) -> Any:
        reply = httpx2.post(
            f"{self.base_url.removesuffix('/v1')}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=60,
        )
        reply.raise_for_status()
        return reply.json()


def main() -> None:
    """Records what was asked for."""
    parser = argparse.ArgumentParser(description="What the rehearsals' lines would take of the local model.")
    parser.add_argument("--only", choices=list(rehearsals()), action="append", help="this rehearsal")
    chosen = parser.parse_args()
    os.environ[PACE_VARIABLE] = "0"
    with TemporaryDirectory(prefix="rehearsals-") as folder:
        home = Path(folder)
        with Studio.open(Settings(home, f"sqlite:///{home / 'studio.db'}")) as studio:
            running = studio.client.embedded.ensure(COUNTER)
            for name in chosen.only or rehearsals():
                studio.client = Listener.at(studio.client)
                calls = list(_recorded(studio, name, Counter(running.base_url, running.api_key)))
                _write(name, calls)
                print(f"{name}: {len(calls)} calls, {sum(call['duration_s'] for call in calls):.0f} s", flush=True)


def _recorded(studio: Studio, name: str, counter: Counter) -> Iterator[dict[str, Any]]:
    """Play the rehearsal, then yield its calls in order."""
    session, script = studio.as_("Bench"), rehearsals()[name]
    files = [(file, gallery_file(file)) for file in script.files]
    team = at_script(session.teams.from_gallery(name), REHEARSED, name)
    chat = session.chats.start(team, script.task, files=files, run_here=True)

    def answer(request: DecisionRequested) -> Answer:
        if "approve" in request.options:
            return Answer.to(request, "approve")
        text = session.requests.suggested_reply(session.chats.state(chat))
        return Answer.to(request, "reply", text=text) if text else Answer.to(request, "end")

    for _ in session.chats.play(chat, answer):
        pass
    state = session.chats.state(chat)
    assert state.ended is not None
    said = [message.content.strip() for message in state.messages[1:]]
    if len(said) != len(script.steps):
        raise SystemExit(f"{name} ended before its script did: {state.ended.text}")
    for step, text in zip(script.steps, said, strict=True):
        if step.otherwise and text != step.says.strip():
            raise SystemExit(f"{name}: what really ran gave another result than the script tells of: {text}")
    turns = [
        event.turn for event in (recorded.event for recorded in session.chats.log(chat)) if isinstance(event, Call)
    ]
    listener = studio.client
    assert isinstance(listener, Listener)
    n_replies: dict[int, int] = {}
    for turn, heard in zip(turns, listener.heard, strict=True):
        place: dict[str, Any] = {"step": turn}
        if heard.call.purpose == "select":
            place["purpose"] = "select"
        else:
            n_replies[turn] = n_replies.get(turn, 0) + 1
            place |= {"reply": n_replies[turn]} if n_replies[turn] > 1 else {}
        yield {**place, **counter.figures(heard)}


def _written(call: Call) -> str:
    """Return a reply as the model writes it."""
    functions: list[Any] = [wire["function"] for wire in call.tool_calls]
    parts = [call.reply] if call.reply else []
    for function in functions:
        wanted = {"name": function["name"], "arguments": json.loads(function["arguments"])}
        parts.append(f"<tool_call>\n{json.dumps(wanted, ensure_ascii=False)}\n</tool_call>")
    return "\n".join(parts)


def _write(name: str, calls: list[dict[str, Any]]) -> None:
    """Write the recording to the end of the script, in place of the one that stands there."""
    file = REHEARSALS / f"{name}.yaml"
    script = file.read_text(encoding="utf-8").partition(MARK)[0].rstrip("\n")
    how = fill(HOW, 116, initial_indent="    ", subsequent_indent="    ")
    lines = [f"  day: {datetime.now(UTC).date().isoformat()}", f"  model: {MODEL}", f"  how: >-\n{how}", "  calls:"]
    lines += [f"    - {_flow(call)}" for call in calls]
    text = "\n".join([script + MARK.rstrip("\n"), *lines]) + "\n"
    load_rehearsal(text, f"The rehearsal {name!r}")
    file.write_text(text, encoding="utf-8")


def _flow(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"


if __name__ == "__main__":
    main()
