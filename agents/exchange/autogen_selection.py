"""Who speaks next in a group chat of an AutoGen script: the method, who may follow whom, the prompts."""

import ast
from typing import Any

from agents.exchange.autogen_members import TeamNotes, label
from agents.exchange.script import Script
from agents.exchange.script_values import Function, Made
from agents.plain_text import valid

METHODS = ("auto", "round_robin", "random", "manual")
MAX_FOLLOWERS = 200
Names = dict[int, str]
"""The members' names, by the identity of what the script makes."""


def selection(chat: Made, members: list[Made], names: Names, notes: TeamNotes, script: Script) -> dict[str, Any]:
    """Return the fields of a team's selection."""
    fields: dict[str, Any] = {"method": "auto"}
    method = chat.value("speaker_selection_method", -1, "auto")
    if isinstance(method, str) and method.lower() in METHODS:
        fields["method"] = method.lower()
    elif isinstance(method, Function):
        _of_function(method, members, names, notes, script, fields)
    else:
        notes.add(
            chat.place, "How the next speaker is chosen is only known once the script runs; a model chooses here."
        )
    _transitions(chat, members, names, notes, fields)
    _prompts(chat, notes, fields)
    if len(members) == 2 and fields["method"] != "round_robin":
        notes.add(chat.place, "A group of two takes turns here.")
    return fields


def _transitions(chat: Made, members: list[Made], names: Names, notes: TeamNotes, fields: dict[str, Any]) -> None:
    graph = chat.value("allowed_or_disallowed_speaker_transitions")
    repeat = chat.value("allow_repeat_speaker")
    if isinstance(graph, dict) and graph:
        kind = chat.value("speaker_transitions_type", -1, "allowed")
        found = {
            names[id(speaker)]: [names[id(each)] for each in followers[:MAX_FOLLOWERS] if id(each) in names]
            for speaker, followers in graph.items()
            if id(speaker) in names and isinstance(followers, list | tuple)
        }
        if kind == "disallowed":
            everybody = list(names.values())
            found = {name: [each for each in everybody if each not in found.get(name, [])] for name in everybody}
        fields["transitions"] = {name: list(dict.fromkeys(after)) for name, after in found.items()}
        return
    if graph is not None and not isinstance(graph, dict):
        notes.add(chat.place, "Who may speak after whom is only known once the script runs and is not carried.")
    if repeat is False:
        fields["allow_repeat"] = False
    elif isinstance(repeat, list):
        may = {id(each) for each in repeat}
        fields["transitions"] = {
            names[id(made)]: [names[id(other)] for other in members if other is not made or id(made) in may]
            for made in members
        }


_PROMPTS = {
    "select_speaker_message_template": "message",
    "select_speaker_prompt_template": "prompt",
    "role_for_select_speaker_messages": "prompt_role",
}
_LOST = ("select_speaker_transform_messages", "select_speaker_auto_llm_config", "select_speaker_auto_multiple_template",
         "select_speaker_auto_none_template", "func_call_filter", "enable_clear_history")  # fmt: skip


def _prompts(chat: Made, notes: TeamNotes, fields: dict[str, Any]) -> None:
    for given, name in _PROMPTS.items():
        value = chat.value(given)
        if isinstance(value, str) and (name != "prompt_role" or value in ("system", "user")):
            fields[name] = valid(str(value))
        elif value is not None:
            notes.add(chat.place, f"{given} is not carried.")
    lost = [name for name in _LOST if name in chat.kwargs]
    if lost:
        notes.add(chat.place, f"Not carried of the group chat: {', '.join(lost)}.")


def _of_function(
    method: Function, members: list[Made], names: Names, notes: TeamNotes, script: Script, fields: dict[str, Any]
) -> None:
    """Take a function's "after A comes B" as who may follow whom; its conditions are not carried."""
    found = _Followers(method, members, names, script)
    if found.read():
        fields["transitions"] = found.graph
        fields["first"] = found.first
        notes.add(
            method.place,
            f"The function {method.name} chooses the next speaker. Whom it names after whom was kept; where that "
            "leaves a choice, a model makes it. A function can be chosen under “Conversation”.",
        )
    else:
        text = f"The function {method.name} chooses the next speaker and is not carried; a model chooses here."
        notes.add(method.place, text)


class _Followers:
    """Reads a chain of "if the last speaker is A: return B"."""

    def __init__(self, method: Function, members: list[Made], names: Names, script: Script):
        self._method, self._members, self._names, self._script = method, members, names, script
        given = [] if isinstance(method.node, ast.Lambda) else method.node.args.args
        self._last = given[0].arg if given else ""
        self.graph: dict[str, list[str]] = {}
        """Who comes after whom."""
        self.first = ""
        """Who answers the task."""

    def read(self) -> bool:
        """Whether the function is such a chain; then `graph` and `first` hold what it says."""
        node = self._method.node
        return bool(self._last) and not isinstance(node, ast.Lambda) and self._block(node.body) and bool(self.graph)

    def _block(self, body: list[ast.stmt]) -> bool:
        for statement in body:
            match statement:
                case ast.If(test=test, body=inner, orelse=orelse):
                    if not self._branch(test, inner) or not self._block(orelse):
                        return False
                case ast.Return():
                    rest = self._returned([statement])
                    if rest is None:
                        return False
                    for name in self._names.values():
                        self.graph.setdefault(name, rest)
                case ast.Assign() | ast.Expr() | ast.AnnAssign() | ast.Pass():
                    continue
                case _:
                    return False
        return True

    def _branch(self, test: ast.expr, body: list[ast.stmt]) -> bool:
        returned = self._returned(body)
        if returned is None:
            return False
        match test:
            case ast.Compare(left=ast.Call(func=ast.Name(id="len")), ops=[ast.LtE() | ast.Lt() | ast.Eq()]):
                self.first = returned[0] if returned else ""
                return True
            case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[right]) if self._is_last(left):
                speaker = self._name(self._script.value(right, self._method.scope))
                if speaker:
                    self.graph[speaker] = list(dict.fromkeys([*self.graph.get(speaker, []), *returned]))
                return True
        return False

    def _is_last(self, node: ast.expr) -> bool:
        inner = node.value if isinstance(node, ast.Attribute) and node.attr == "name" else node
        return isinstance(inner, ast.Name) and inner.id == self._last

    def _name(self, value: Any) -> str:
        if isinstance(value, str):
            return next((self._names[id(made)] for made in self._members if label(made) == value), "")
        return self._names.get(id(value), "")

    def _returned(self, body: list[ast.stmt]) -> list[str] | None:
        """Return the members that the statements may return; None when they return something else."""
        found: list[str] = []
        returns = [inner for each in body for inner in ast.walk(each) if isinstance(inner, ast.Return)]
        for inner in returns:
            value = self._script.value(inner.value, self._method.scope)
            if isinstance(value, str) and value in METHODS:
                found += self._names.values()
            elif value is not None:
                name = self._name(value)
                if not name:
                    return None
                found.append(name)
        return list(dict.fromkeys(found))
