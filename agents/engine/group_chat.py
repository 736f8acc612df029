"""AutoGen's objects for one leg: the agents, the group chat and its manager, wired to our gates and model.

Built from the team spec, used for one leg, thrown away. Every decision is left to a `GroupChatPolicy`, which the leg
implements; this file only knows how pyautogen 0.9.0 asks. Line references are to that version.
"""

import logging
import sys
from typing import Any, Protocol

from autogen import ConversableAgent, GroupChatManager
from autogen.io import IOStream

from agents.engine.model_calls import Message
from agents.engine.speakers import SelectingGroupChat, SpeakerSelection
from agents.specs import AgentSpec, TeamSpec

logging.getLogger("autogen").setLevel(logging.ERROR)


class GroupChatPolicy(Protocol):
    """What the leg decides when AutoGen asks. Any of these may end the leg by raising `Halt`."""

    speakers: SpeakerSelection

    def message_appended(self, agent: str, content: str) -> None: ...
    def person_answers(self, agent: str) -> str | None: ...
    def model_replies(self, agent: str, messages: list[Message]) -> str: ...
    def executor_replies(self, agent: str, messages: list[Message]) -> str | None: ...
    def team_replies(self, agent: str) -> str: ...


class Silent(IOStream):  # type: ignore[misc]
    """AutoGen prints every message and reads from the terminal by default; a leg has no terminal."""

    def print(self, *objects: Any, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Print nothing."""

    def send(self, message: Any) -> None:
        """Show nothing."""

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        """Never reached: every gate is ours."""
        raise RuntimeError(f"AutoGen asked the terminal: {prompt}")


class ReplyClient:
    """Stands where AutoGen expects its OpenAIWrapper (`generate_oai_reply`, CA:2134)."""

    def __init__(self, policy: GroupChatPolicy, agent: str):
        self._policy, self._agent = policy, agent
        self.total_usage_summary = None
        self.actual_usage_summary = None

    def create(self, *, messages: list[Message], **_: Any) -> str:
        """Return the model's reply to `messages`, system prompt included."""
        return self._policy.model_replies(self._agent, messages)

    def extract_text_or_completion_object(self, response: str) -> list[str]:
        """Return the reply as AutoGen unpacks it."""
        return [response]

    def clear_usage_summary(self) -> None:
        """Nothing to clear: usage is in the ledger."""


class Member(ConversableAgent):  # type: ignore[misc]
    """An agent that answers its manager alone, in the ways that are registered for that.

    What AutoGen registers by itself, for tool calls, functions and code, never applies here; and its trigger is a
    runtime protocol, which takes longer to check in each turn than all that follows."""

    def register_reply(self, trigger: Any, reply_func: Any, position: int = 0, **how: Any) -> None:
        """Register `reply_func`, to be asked before those registered so far."""
        if trigger is GroupChatManager:
            super().register_reply(trigger, reply_func, position, **how)


class LegGroupChat(SelectingGroupChat):
    """A GroupChat that tells the policy of each message."""

    policy: GroupChatPolicy

    def append(self, message: Message, speaker: Any) -> None:
        """Called once per message (GC:1178): where a turn is over."""
        super().append(message, speaker)
        self.policy.message_appended(speaker.name, message["content"])


def build(team: TeamSpec, policy: GroupChatPolicy) -> GroupChatManager:
    """Return the manager of a group chat of `team`; its agents have no history yet."""
    members = [_agent(spec, policy) for spec in team.agents]
    selection = team.selection
    chat = LegGroupChat(
        agents=members,
        messages=[],
        max_round=sys.maxsize,  # limits are ours: they end a chat with a reason
        speaker_selection_method=policy.speakers.method,
        select_speaker_message_template=selection.message,
        select_speaker_prompt_template=selection.prompt,
        role_for_select_speaker_messages=selection.prompt_role,
        **_transitions(team, {member.name: member for member in members}),
    )
    chat.policy, chat.speakers, chat.max_attempts = policy, policy.speakers, selection.max_attempts
    if team.introductions:
        _introduce(chat)
    return GroupChatManager(chat, llm_config=False, is_termination_msg=lambda _: False, silent=True)


def _introduce(chat: LegGroupChat) -> None:
    """Tell each member in its system message who is there. AutoGen sends it as a message, which a resumed chat would
    have behind its history."""
    introduction = chat.introductions_msg()
    for agent in chat.agents:
        agent.update_system_message("\n\n".join(filter(None, [agent.system_message, introduction])))


def _agent(spec: AgentSpec, policy: GroupChatPolicy) -> ConversableAgent:
    agent = Member(
        spec.name,
        system_message=spec.prompt,
        description=spec.introduction,
        is_termination_msg=lambda _: False,
        human_input_mode=spec.asks_human,
        code_execution_config=False,
        llm_config=False,
        default_auto_reply=spec.auto_reply,
    )
    agent.register_reply(GroupChatManager, ConversableAgent.generate_oai_reply)
    if spec.role == "executor":
        agent.register_reply(GroupChatManager, _code_gate(policy))
    if spec.role == "team":
        agent.register_reply(GroupChatManager, _team_gate(policy))
    agent.register_reply(GroupChatManager, _human_gate(policy))
    if spec.has_model:
        agent.client = ReplyClient(policy, spec.name)
    return agent


def _human_gate(policy: GroupChatPolicy) -> Any:
    def reply(agent: Any, messages: Any = None, sender: Any = None, config: Any = None) -> tuple[bool, Any]:
        text = policy.person_answers(agent.name)
        return (False, None) if text is None else (True, {"role": "user", "content": text})

    return reply


def _code_gate(policy: GroupChatPolicy) -> Any:
    def reply(agent: Any, messages: Any = None, sender: Any = None, config: Any = None) -> tuple[bool, Any]:
        heard = messages if messages is not None else agent.chat_messages[sender]
        text = policy.executor_replies(agent.name, heard)
        return (False, None) if text is None else (True, text)

    return reply


def _team_gate(policy: GroupChatPolicy) -> Any:
    def reply(agent: Any, messages: Any = None, sender: Any = None, config: Any = None) -> tuple[bool, Any]:
        return True, policy.team_replies(agent.name)

    return reply


def _transitions(team: TeamSpec, members: dict[str, ConversableAgent]) -> dict[str, Any]:
    selection = team.selection
    if selection.transitions is None or len(members) == 2:
        return {"allow_repeat_speaker": selection.allow_repeat if len(members) > 2 else False}
    followers = {members[name]: [members[other] for other in team.followers(name)] for name in selection.transitions}
    allowed = {speaker: others for speaker, others in followers.items() if others}
    return {"allowed_or_disallowed_speaker_transitions": allowed, "speaker_transitions_type": "allowed"}
