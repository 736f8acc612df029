"""How a request reads in a terminal: what is asked, and the exact commands that answer it.

Pure text over events. Printed whenever a chat is left waiting, by `run`, `answer`, `resume`, `show` and `requests`.
"""

import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from agents.chats import ChatState, DecisionRequested, Request, Verdict
from agents.cli.arguments import ENDED, FAILED, WAITING
from agents.cli.output import cut, visible
from agents.text.numbers import deadline_text
from agents.text.states import state_line
from agents.version import COMMAND

MAX_LINES = 60
"""Of a message, code or arguments; `show --json` has them whole."""
MAX_CANDIDATES = 20


def outcome(state: ChatState, chat: str, *, is_json: bool, suggestion: str = "") -> int:
    """Print whose move it is and how to go on, to standard error beside JSON; the exit code that says the same.

    `suggestion` is what a script would have the person reply."""
    out = sys.stderr if is_json else sys.stdout
    labels = {agent.name: agent.label for agent in state.started.spec.agents} if state.started else {}
    print(f"— {visible(state_line(state, labels))}", file=out)
    for request in state.requests:
        for line in asked(chat, request, labels, is_one_of_several=len(state.requests) > 1):
            print(line, file=out)
    if suggestion:
        said = visible(shlex.quote(" ".join(suggestion.split())))
        print(f"  The rehearsal would have you say:\n    {COMMAND} answer {chat} --text {said}", file=out)
    if state.request:
        return FAILED if state.request.asked.is_failure else WAITING
    return FAILED if state.ended and state.ended.reason == "defect" else ENDED


def asked(
    chat: str, request: DecisionRequested, labels: Mapping[str, str], *, is_one_of_several: bool = False
) -> Iterator[str]:
    """What is asked, and a command for each answer, as lines."""
    yield f"  {visible(request.question)}"
    yield from (f"  {line}" for line in shown(request, labels))
    if deadline := deadline_text(request.deadline_s, request.overdue):
        yield f"  {deadline}"
    yield f"  Chat {chat}, request {request.request} ({request.digest[:8]}). Answer with one of:"
    # an answer typed later must fit what was shown, not what is asked by then
    names_request = is_one_of_several or request.asked.is_bound
    tail = f" --request {request.request}" if names_request else ""
    commands = [(f"{COMMAND} answer {chat} {option}{tail}", why) for option, why in options(request)]
    width = min(max((len(command) for command, _ in commands), default=0), 110)
    yield from (f"    {command:<{width}}  # {why}" if why else f"    {command}" for command, why in commands)


def shown(request: DecisionRequested, labels: Mapping[str, str]) -> Iterator[str]:
    """What is asked about, as a person reads it: a call with its arguments, a message, code, a limit."""
    asked = request.asked
    if heading := asked.heading(labels.get(request.agent, request.agent)):
        yield visible(heading)
    yield from (f"! {visible(caution)}" for caution in asked.cautions)
    if asked.subject:
        yield from _block(asked.shown) if isinstance(asked.shown, str) else _arguments(asked.shown)


def options(request: DecisionRequested) -> Iterator[tuple[str, str]]:
    """(what to type behind `answer CHAT`, what it does) for each answer the request takes, in its order."""
    asked = request.asked
    for verdict in request.options:
        if verdict == "choose":
            names = asked.choices
            yield from ((f"--choose {visible(shlex.quote(name))}", "") for name in names[:MAX_CANDIDATES])
            if len(names) > MAX_CANDIDATES:
                yield "--choose NAME", f"or one of {len(names) - MAX_CANDIDATES} more"
            continue
        option = _OPTIONS.get(verdict, f"--{verdict}")
        if verdict == "reply" and asked.value_hints:
            option = " ".join(f"--value {visible(shlex.quote(f'{n}={hint}'))}" for n, hint in asked.value_hints.items())
        yield option, _meaning(verdict, asked)


_OPTIONS = {
    "reply": '--text "..."',
    "edit": "--edit FILE",
    "reject": '--reject "REASON"',
    "raise": "--raise N",
    "change_model": "--change-model CONNECTION/MODEL",
}


def _meaning(verdict: Verdict, asked: Request) -> str:
    if verdict == "approve":
        return "as it is" + ("; add --for-chat to allow the same for the rest of this chat" * asked.is_repeatable)
    if verdict == "edit" and isinstance(asked.shown, str):
        return "with the text in FILE instead ('-' is standard input)"
    if verdict == "edit":
        return "run it with the arguments in FILE, a JSON object ('-' is standard input)"
    return asked.meaning(verdict)


def _arguments(arguments: Any) -> Iterator[str]:
    if not isinstance(arguments, Mapping) or not arguments:
        yield "  without arguments"
        return
    for name, value in arguments.items():
        if isinstance(value, str) and "\n" in value:
            yield f"  {visible(name)} ="
            yield from (f"  {line}" for line in _block(value))
        else:
            yield f"  {visible(name)} = {visible(cut(json.dumps(value, ensure_ascii=False)))}"


def _block(text: str) -> Iterator[str]:
    lines = text.splitlines() or [""]
    yield from (f"  {visible(cut(line))}" for line in lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        yield f"  … ({len(lines) - MAX_LINES:,} more lines)"
