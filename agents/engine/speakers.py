"""Who speaks next.

    pending from an earlier leg -> interjected -> handed over -> the team's first speaker -> by the team's function
    -> named in the last message -> by the team's method: round robin, random, a person's choice, or a model's (asked
    again when it names nobody or several, then the next)

Methods, prompts and re-queries follow pyautogen 0.9.0; line references (GC) are to its `groupchat.py`.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from autogen import GroupChat
from autogen.agentchat.groupchat import NoEligibleSpeakerError

from agents.chats import ChatEnded, MessagePosted, SpeakerSelected
from agents.chats.events import SelectionMethod
from agents.chats.requests import NextSpeakerRequest
from agents.engine.approvals import Gate, Gates
from agents.engine.code_fences import fenced_code
from agents.engine.event_stream import Recorder
from agents.engine.functions import NOBODY, TeamFunctions
from agents.engine.model_calls import Message
from agents.specs import TeamSpec
from agents.specs.conversation import COMMON_WORDS
from agents.specs.placeholders import fill
from agents.specs.team import SelectionMethod as Method


class SpeakerSelection:
    """Selects the speakers of one leg and records each selection, which begins a turn."""

    def __init__(
        self,
        recorder: Recorder,
        gates: Gates,
        ask_model: Callable[[list[Message], int, list[str]], str],
        functions: TeamFunctions,
    ):
        self._recorder, self._gates, self._functions = recorder, gates, functions
        team = recorder.team
        self._own_method: Method = "round_robin" if len(team.agents) == 2 else team.selection.method
        self.method = self._own_method
        """How the turn's speaker is selected, where `without_method` says nobody."""
        self.ask_model = ask_model
        """Returns the selecting model's answer to a prompt, of which so many messages come before the question: one of
        the names given, where its server can be told so."""

    def without_method(self) -> str | None:
        """Return the speaker of the turn that an earlier leg began, for whom a person speaks, whom the last speaker
        chose, whom the team names first, or who follows from the last message; None when the team's method decides."""
        state, team = self._recorder.state, self._recorder.team
        if state.pending:
            return state.pending.agent
        if state.said:
            return self.record(team.task_giver, "interjected")
        if state.handed_to:
            return self.record(state.handed_to, "handed_over")
        if state.turn == 1 and team.first_speaker:
            return self.record(team.first_speaker, "first")
        self.method = self._own_method
        if decided := self._functions.next_speaker():
            return self._by_function(decided)
        if team.selection.named and (found := follows_from(state.messages[-1], team)):
            return self.record(*found)
        return None

    def _by_function(self, decided: str) -> str | None:
        """Return the member that the team's function chose; None when a method is to choose."""
        name = self._recorder.team.selection.function
        if decided == NOBODY:
            self._recorder.end(ChatEnded(reason="no_speaker", text=f"The function {name} chose nobody."))
        if decided in self._recorder.team.followers(self._recorder.state.messages[-1].agent):
            return self.record(decided, "function")
        self.method = cast(Method, decided)
        return None

    def record(self, agent: str, method: SelectionMethod) -> str:
        """Record that `agent` speaks next, and return it."""
        self._recorder.record(SpeakerSelected(turn=self._recorder.state.turn, agent=agent, method=method))
        return agent

    def ask_person(self, candidates: list[str]) -> str:
        """Return the speaker that a person chose; ask, and halt, when nobody has."""
        return self._gates.ask(Gate(NextSpeakerRequest(candidates=candidates))).choice

    def end_without_speaker(self, last_speaker: str) -> None:
        """End the chat: the transitions graph has no way on."""
        name = self._recorder.team.agent(last_speaker).label
        self._recorder.end(ChatEnded(reason="no_speaker", text=f"Nobody may speak after {name}."))


class SelectingGroupChat(GroupChat):  # type: ignore[misc]
    """A GroupChat whose speakers a `SpeakerSelection` selects, and asks a person where AutoGen asks a terminal."""

    speakers: SpeakerSelection
    max_attempts: int

    def select_speaker(self, last_speaker: Any, selector: Any) -> Any:
        """Return the turn's speaker; one that is pending from an earlier leg is not selected again."""
        name = self.speakers.without_method()
        if name is not None:
            return self.agent_by_name(name)
        self.speaker_selection_method = method = self.speakers.method
        self._method: SelectionMethod = "only_choice" if method == "auto" else method
        try:
            speaker = super().select_speaker(last_speaker, selector)
        except NoEligibleSpeakerError:
            self.speakers.end_without_speaker(last_speaker.name)
            raise
        self.speakers.record(speaker.name, self._method)
        return speaker

    def manual_select_speaker(self, agents: Any = None) -> Any:
        """Let a person choose among `agents`, all when None."""
        return self.agent_by_name(self.speakers.ask_person([agent.name for agent in agents or self.agents]))

    def select_speaker_msg(self, agents: Any = None) -> str:
        """Return what a selection's prompt begins with (GC:363)."""
        return self._filled(self.select_speaker_message_template, agents or self.agents)

    def select_speaker_prompt(self, agents: Any = None) -> str:
        """Return what it ends with; "" for nothing but the conversation (GC:374)."""
        return self._filled(self.select_speaker_prompt_template or "", agents or self.agents)

    def _filled(self, template: str, members: Any) -> str:
        """Return `template` with its two placeholders filled; other braces stay."""
        roles, names = self._participant_roles(members), f"{[agent.name for agent in members]}"
        return fill(template, {"roles": roles, "agentlist": names})

    def _auto_select_speaker(self, last_speaker: Any, selector: Any, messages: Any, agents: Any) -> Any:
        """Let the model choose, with stock prompts and re-queries (GC:700-960) and without their throw-away agents."""
        candidates = agents or self.agents
        names = [agent.name for agent in candidates]
        prompt = [
            {"role": "system", "content": self.select_speaker_msg(candidates)},
            *messages,
        ]
        if asked := self.select_speaker_prompt(candidates):
            prompt.append(self._checking(asked))
        for _ in range(self.max_attempts):
            answer = self.speakers.ask_model(prompt, 1 + len(messages), names)
            mentioned = named(answer, names)
            if len(mentioned) == 1:
                self._method = "auto"
                return self.agent_by_name(mentioned.pop())
            template = (
                self.select_speaker_auto_multiple_template if mentioned else self.select_speaker_auto_none_template
            )
            said = {"role": "assistant", "name": "speaker_selection_agent", "content": answer}
            prompt = [*prompt, said, self._checking(template.format(agentlist=f"{names}"))]
        self._method = "fallback"
        return self.next_agent(last_speaker, candidates)

    def _checking(self, content: str) -> Message:
        return {"role": self.role_for_select_speaker_messages, "name": "checking_agent", "content": content}


def follows_from(message: MessagePosted, team: TeamSpec) -> tuple[str, SelectionMethod] | None:
    """Return the one whom `message` names among those who may follow, else the only one of them who may run the code
    that it has; None when there is no such member, or only one may follow anyway.

    Names count as models or as people write them, outside of code; the speaker's own does not."""
    followers = team.followers(message.agent)
    if len(followers) < 2:
        return None
    others = [team.agent(name) for name in followers if name != message.agent]
    blocks = fenced_code(message.content)
    code_lines = {line.strip() for block in blocks for line in block.code.splitlines()}
    text = "\n".join(line for line in message.content.splitlines() if line.strip() not in code_lines)
    written = {agent.label: agent.name for agent in others} | {agent.name: agent.name for agent in others}
    said = {written[form] for form in named(text, [form for form in written if form.casefold() not in COMMON_WORDS])}
    if len(said) == 1:
        return said.pop(), "named"
    executors = [agent.name for agent in others if agent.role == "executor"]
    return (executors[0], "runs_code") if blocks and len(executors) == 1 else None


def named(text: str, names: Iterable[str]) -> set[str]:
    """Return which of `names` stand in `text` as words of their own, written as GC:986 takes them: with "_", " " or
    "\\_". Unlike there, a name inside a longer one does not count: else nobody could choose "QA-Lead" beside "QA"."""
    forms = {form: name for name in names for form in (name, name.replace("_", " "), name.replace("_", r"\_"))}
    if not forms:
        return set()
    longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return {forms[said] for said in re.findall(rf"(?<!\w)(?:{longest_first})(?!\w)", text)}
