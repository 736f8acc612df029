"""The dialect of a server: what it refuses of the API that it claims to have, and what is sent instead. One table.

A dialect is a set of quirks by name. Each row of `QUIRKS` says how a quirk is recognised from a refusal, what it
changes in a request, and how it reads; refused parameters are quirks of their own, named "without:PARAMETER". Nothing
here asks a server or remembers anything: see `compatibility`.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.models import message_forms as forms
from agents.models import reply_format
from agents.models.context_window import window_in
from agents.models.failures import Failure

Body = dict[str, Any]
Dialect = Mapping[str, str]
"""Quirk -> what the server said when it was learned, "" where nothing told and trying did."""

NO_USAGE = "no_usage"
NO_TOOLS = "no_tools"
NO_PICTURES = "no_pictures"
WITHOUT = "without:"
"""Begins the name of a quirk that leaves a parameter out: "without:top_p", or one value or use of it: "without:n=0"."""


@dataclass(frozen=True)
class Quirk:
    """One difference from the API."""

    name: str
    reads: str
    """What people read of it, behind "This model "."""
    change: Callable[[Body], Body]
    """Return the request without what the server refuses; `body` itself when it has nothing of the kind."""
    words: re.Pattern[str] | None = None
    """What refusals say of it, in small letters; None: it is not told by words."""
    fields: Callable[[tuple[str, ...]], bool] = lambda path: False
    """Whether a refused field, by its path, is this."""
    is_lossy: bool = False
    """It gives up more than the others do."""


def _messages(change: Callable[[list[Body]], list[Body]]) -> Callable[[Body], Body]:
    def changed(body: Body) -> Body:
        messages = change(body["messages"])
        return body if messages == body["messages"] else {**body, "messages": messages}

    return changed


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _without_tools(body: Body) -> Body:
    messages = forms.no_tool_messages(body["messages"])
    if body.get("tools"):
        messages = forms.tools_in_words(messages, body["tools"])
    kept = {name: value for name, value in body.items() if name not in ("tools", "tool_choice", "parallel_tool_calls")}
    return body if kept == body and messages == body["messages"] else {**kept, "messages": messages}


def _without_stream(body: Body) -> Body:
    if not body["stream"]:
        return body
    return {**{name: value for name, value in body.items() if name != "stream_options"}, "stream": False}


_REFUSED = (
    r"(?:not? (?:\w+ )?(?:supported|allowed|permitted|enabled|accepted|available)|unsupported|n[o']t support|unexpected"
    r"|deprecated|cannot|can't"
    r"|unrecogni[sz]ed|unknown|invalid|extra|forbidden|only|requires?|no endpoints)"
)

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        NO_TOOLS,
        "takes no tools: they are described in the prompt, and calls are read from its text",
        _without_tools,
        _words(
            rf"{_REFUSED}.{{0,60}}\b(?:tools?|tool[ _]choice|functions?|function[ _]calling)\b",
            rf"\b(?:tools?|tool[ _]choice|functions?|function[ _]call(?:s|ing)?)\b.{{0,60}}{_REFUSED}",
        ),
        lambda path: path[0] in ("tools", "tool_choice", "functions") or path[-1] == "tool_calls",
        is_lossy=True,
    ),
    Quirk(
        NO_PICTURES,
        "sees no pictures: their names are sent",
        _messages(forms.no_pictures),
        _words(
            rf"{_REFUSED}.{{0,60}}\b(?:images?|image_url|pictures?|vision|multi-?modal)\b",
            rf"\b(?:images?|image_url|pictures?|vision|multi-?modal)\b.{{0,60}}{_REFUSED}",
            r"content.{0,60}(?:must|should|expected).{0,20}string",
        ),
        lambda path: path[0] == "messages" and "content" in path,
        is_lossy=True,
    ),
    Quirk(
        "system_first",
        "takes no system message but the first: sent as user",
        _messages(forms.only_first_system),
        _words(
            r"system.{0,40}(?:must|should|can|has to).{0,30}(?:be |come )?(?:first|at the (?:beginning|start))",
            r"(?:only|first).{0,30}\bone\b.{0,20}system|(?:multiple|more than one|second|several).{0,20}system",
            r"(?:unexpected|invalid).{0,20}role.{0,5}\bsystem\b.{0,30}(?:after|at|in)",
            r"first message.{0,40}\bsystem\b",
            r"system.{0,30}(?:not|only).{0,30}(?:beginning|start|first|middle|after|once)",
        ),
        lambda path: path[0] == "messages" and path[-1] in ("role", "system") and path[1:2] != ("0",),
    ),
    Quirk(
        "no_system",
        "takes no system message: sent as user",
        _messages(forms.no_system),
        _words(
            rf"(?:system|developer).{{0,10}}(?:role|messages?|prompts?|instructions?)?.{{0,25}}{_REFUSED}",
            rf"{_REFUSED}.{{0,40}}\b(?:system|developer)\b",
            r"only.{0,20}user.{0,5}(?:and|or|,).{0,5}assistant.{0,10}roles",
        ),
        lambda path: path[0] == "messages" and path[-1] in ("role", "system"),
        is_lossy=True,
    ),
    Quirk(
        "no_name",
        "takes no names: the speaker's name goes in front of the text",
        _messages(forms.names_in_text),
        _words(
            rf"['\"`]?\bname\b['\"`]?.{{0,60}}{_REFUSED}",
            rf"{_REFUSED}.{{0,60}}(?:['\"`.]name\b|\bname\b['\"`])",
            r"messages?.{0,40}\bname\b",
            rf"{_REFUSED}.{{0,30}}\b(?:field|property|key|parameter|argument|attribute|input)s?\W{{1,4}}name\b",
        ),
        lambda path: path[0] == "messages" and path[-1] == "name",
    ),
    Quirk(
        "no_empty",
        "takes no empty messages: left out",
        _messages(forms.no_empty),
        _words(
            r"content.{0,60}(?:empty|blank|whitespace)",
            r"(?:empty|blank).{0,40}(?:content|message|text)",
            r"non-?empty",
        ),
        lambda path: path[0] == "messages" and "content" in path,
    ),
    Quirk(
        "alternating",
        "wants user and assistant in turn: neighbours are sent as one message",
        _messages(forms.alternating),
        _words(
            r"alternat",
            r"interleav",
            r"(?:successive|consecutive|in a row).{0,30}",
            r"same role",
            r"first message.{0,30}\buser\b",
            r"(?:start|begin)s?.{0,20}user",
            r"role.{0,5}(?:user|assistant).{0,10}after.{0,10}(?:user|assistant|role)",
        ),
    ),
    Quirk(
        "last_user",
        "wants the last message from the user",
        _messages(forms.user_last),
        _words(
            r"last.{0,20}(?:role|message)",
            r"(?:must|should|has to) end with.{0,20}user",
            r"assistant.{0,30}at the end",
            r"prefill",
            r"no user (?:query|message)|(?:at least|must (?:contain|have)).{0,20}user message",
        ),
    ),
    Quirk(
        "text_beside_calls",
        "wants a text in every message: one is sent beside tool calls",
        _messages(forms.text_beside_calls),
        _words(
            r"content.{0,60}(?:non-?empty|null|none|valid string|required|missing|must be a string|empty)",
            r"(?:non-?empty|null|none|missing|empty).{0,40}content",
        ),
        lambda path: path[0] == "messages" and "content" in path,
    ),
    Quirk(
        "short_call_ids",
        "wants short ids of tool calls",
        _messages(forms.short_call_ids),
        _words(r"tool.{0,10}call.{0,10}id.{0,80}(?:length|must be|a-z|match|pattern)"),
        lambda path: path[-1] in ("tool_call_id", "id") and path[0] == "messages",
    ),
    Quirk(
        "no_stream",
        "does not stream: its replies come whole",
        _without_stream,
        _words(rf"\bstream(?:ing|ed)?\b(?!_).{{0,60}}{_REFUSED}", rf"{_REFUSED}.{{0,60}}\bstream(?:ing|ed)?\b(?!_)"),
        lambda path: path == ("stream",),
        is_lossy=True,
    ),
    Quirk(NO_USAGE, "does not count its tokens", lambda body: body),
)
_BY_NAME = {quirk.name: quirk for quirk in QUIRKS}
_OF_FORM = [quirk for quirk in QUIRKS if not quirk.is_lossy]
_LOSSY = [_BY_NAME[name] for name in (NO_PICTURES, "no_system", "no_stream", NO_TOOLS)]
"""Looked for and tried last, in this order."""

RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""What a refused parameter is called at other servers."""
_PARAMETERS = frozenset(
    (
        "model", "temperature", "top_p", "top_k", "n", "stop", "seed", "max_tokens", "max_completion_tokens",
        "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort",
        "response_format", "service_tier", "verbosity", "user",
    )
)  # fmt: skip
"""Those that refusals are known to name."""
_NEEDED = ("model", "messages", "stream")
"""Parameters that no request goes without."""
_RANGE = _words(
    r"must be (?:at (?:least|most)|less|greater|between|in|strictly|positive|non-?negative|[<>]|a )", r"out of range",
    r"(?:less|greater|more|larger|smaller) than", r"too (?:large|small|high|low|big)", r"at (?:least|most)", r"maximum",
    r"minimum", r"supported values", r"\brange\b",
)  # fmt: skip
"""What a refusal says when it means the value and not the parameter."""
_REFUSAL = _words(_REFUSED, _RANGE.pattern, r"unavailable", r"must be (?:one of|['\"`])")


def adapted(body: Body, dialect: Collection[str]) -> Body:
    """Return `body` as a server of this dialect takes it. The table's order is that in which quirks are applied."""
    for quirk in QUIRKS:
        if quirk.name in dialect:
            body = quirk.change(body)
    for name in sorted(dialect):
        if name.startswith(WITHOUT):
            body = _without(body, name.removeprefix(WITHOUT), dialect)
    return body


def without_data(body: Body) -> Body:
    """Return `body` in its form, without what its pictures show: megabytes."""
    return {**body, "messages": forms.without_data(body["messages"])}


def left_out(body: Body, dialect: Collection[str]) -> list[str]:
    """Return the parameters of `body` that a server of this dialect is not sent under any name."""
    sent = adapted(body, dialect)
    is_sent = {*sent, *(old for old, new in RENAMED.items() if new in sent and old in body)}
    return sorted(set(body) - is_sent - {"tools", "tool_choice", "stream_options"})


def recognised(failure: Failure, body: Body, dialect: Collection[str], useless: Collection[str] = ()) -> str:
    """Return the quirk that `failure`, of the request `body`, tells and that would change it; "" for none. Not one of
    those that did not help."""
    said = failure.words.lower()
    told = [quirk.name for quirk in (*_OF_FORM, *_LOSSY) if _tells(quirk, failure)]
    candidates = (*_parameters(failure.fields, said, body), *told)
    return next((name for name in candidates if name not in useless and _helps(name, body, dialect)), "")


def plainer(body: Body, dialect: Collection[str], taken: Collection[Body]) -> Iterator[frozenset[str]]:
    """Yield sets of quirks to try in turn where a refusal tells nothing: each that would change `body` alone, then
    those of the messages together, then all. None that a request in `taken` shows needless: it was answered."""

    def is_possible(name: str) -> bool:
        return _helps(name, body, dialect) and not any(_helps(name, other, dialect) for other in taken)

    own = [f"{WITHOUT}{name}" for name in body if name not in (*_NEEDED, "tools", "stream_options")]
    if reply_format.PARAMETER in body:  # no more is known of the others
        own[own.index(f"{WITHOUT}{reply_format.PARAMETER}")] += f"={reply_format.uses(body[reply_format.PARAMETER])[0]}"
    told, lossy = [quirk.name for quirk in _OF_FORM], [quirk.name for quirk in _LOSSY]
    names = [name for name in (*told, *own, f"{WITHOUT}stream_options", *lossy) if is_possible(name)]
    of_messages = [name for name in names if name in told or name == "no_system"]
    yield from (frozenset({name}) for name in names)
    if 1 < len(of_messages) < len(names):
        yield frozenset(of_messages)
    if len(names) > 1:
        yield frozenset({*names, *(f"{WITHOUT}{new}" for old, new in RENAMED.items() if old in body)})


def names_a_parameter(failure: Failure) -> bool:
    """Whether the refusal is about a parameter, so that other forms of the messages would be refused too."""
    quoted = re.findall(r"['\"`]([a-z_]+)['\"`]", failure.words.lower())
    return not _PARAMETERS.isdisjoint((*failure.fields[:1], *quoted))


def line(quirk: str) -> str:
    """Return what people read of a quirk, such as "takes no system message but the first: sent as user"."""
    if quirk in _BY_NAME:
        return _BY_NAME[quirk].reads
    if n_tokens := window_in(quirk):
        return f"reads {n_tokens:,} tokens at once: longer chats are shortened for it"
    name, _, value = quirk.removeprefix(WITHOUT).partition("=")
    if name == reply_format.PARAMETER:
        return reply_format.line(value)
    if value:
        return f"takes no {name} of {value}: left out"
    return f"takes no {name}: sent as {RENAMED[name]}" if name in RENAMED else f"takes no {name}: left out"


def _tells(quirk: Quirk, failure: Failure) -> bool:
    if failure.fields and quirk.fields(failure.fields):
        return True
    return quirk.words is not None and quirk.words.search(failure.words.lower()) is not None


def _helps(name: str, body: Body, dialect: Collection[str]) -> bool:
    """Whether the quirk is new to the dialect and would change the request."""
    return name not in dialect and adapted(body, {*dialect, name}) != adapted(body, dialect)


def _parameters(fields: tuple[str, ...], said: str, body: Body) -> Iterator[str]:
    """Yield the quirks that leave out a parameter of `body` which the refusal names; the one it names first, first."""
    names = [*([fields[0]] if fields else []), *sorted(body, key=lambda name: _place(name, said))]
    if not fields and not _REFUSAL.search(said):
        return
    for name in dict.fromkeys(names):
        is_named = name in fields[:1] or _place(name, said) < len(said)
        if is_named and name in body and name not in (*_NEEDED, "tools"):
            is_value = _RANGE.search(said) is not None and RENAMED.get(name, "\n") not in said
            value = _values(name, body[name])[0] if is_value else ""
            if name == reply_format.PARAMETER:
                value = reply_format.refused_use(said, fields, body[name]) or value
            yield f"{WITHOUT}{name}={value}" if value else f"{WITHOUT}{name}"


def _values(name: str, value: Any) -> list[str]:
    """Return what a quirk may say of a parameter's value."""
    uses = reply_format.uses(value) if name == reply_format.PARAMETER else []
    return [*uses, json.dumps(value)]


def _place(name: str, said: str) -> int:
    """Return where `said` names the parameter; its length when it does not."""
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)
    return found.start() if found else len(said)


def _without(body: Body, parameter: str, dialect: Collection[str]) -> Body:
    name, _, value = parameter.partition("=")
    if name not in body or (value and value not in _values(name, body[name])):
        return body
    kept = {other: given for other, given in body.items() if other != name}
    if name == reply_format.PARAMETER and (schema := reply_format.reply_schema(body[name])):
        return {**kept, "messages": forms.shape_in_words(kept["messages"], schema)}
    new = RENAMED.get(name, "")
    is_renamed = new and not value and new not in kept and f"{WITHOUT}{new}" not in dialect
    return {**kept, new: body[name]} if is_renamed else kept
