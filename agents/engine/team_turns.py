"""The turns of members that are teams: each works in a chat of its own, and its result is the member's message.

    result in the log? -> its files taken -> the message        else: the team's chat begins, and the leg is over

What the team is told follows AutoGen's nested and sequential chats. The end of its chat writes `SubchatReturned` into
this one's log and wakes it (`agents.store.chat_tree`): until then nothing works on this chat. Called by the leg.
"""

from agents.chats import ChatState, FilesChanged, ParentTurn, SubchatReturned, SubchatStarted
from agents.chats.subchats import beginning, child_id
from agents.engine.event_stream import Recorder, Subchat
from agents.engine.limits import within
from agents.engine.ports import Files
from agents.specs import AgentSpec, TeamSpec

AGAIN = "{task}\n\nYour result before was:\n{result}\n\n{rejected}"
"""What a team is told whose result was rejected."""


class TeamTurns:
    """The turns of one leg of `chat`."""

    def __init__(self, recorder: Recorder, files: Files, chat: str):
        self._recorder, self._files, self._chat = recorder, files, chat

    def result(self, agent: str, attempt: int, rejected: str) -> str:
        """Return what the team of that member made of the turn, its files taken over; let it begin, and halt, while it
        has not. `attempt` counts from 0; from the second on the result before was `rejected`, in words."""
        returned = self._recorder.state.subresults
        if attempt < len(returned):
            if attempt == len(returned) - 1:
                self._take_files(returned[attempt])
            return returned[attempt].text
        self._begin(self._recorder.team.agent(agent), attempt, rejected)
        raise AssertionError("a leg goes on behind its end")

    def _begin(self, member: AgentSpec, attempt: int, rejected: str) -> None:
        state, team = self._recorder.state, self._recorder.team
        if member.own_team is None or state.started is None:
            raise ValueError(f"the team of {member.name} is not in the chat")
        own = member.own_team.model_copy(update={"limits": within(member.own_team.limits, state, team)})
        task = told(state, team, member)
        if attempt:
            task = AGAIN.format(task=task, result=state.subresults[-1].text, rejected=rejected)
        chat = child_id(self._chat, state.turn, attempt)
        parent = ParentTurn(chat=self._chat, turn=state.turn, agent=member.name)
        files = self._files.give(chat, state.files.values())
        started = SubchatStarted(turn=state.turn, agent=member.name, chat=chat)
        self._recorder.begin(Subchat(started, beginning(own, task, state.started.by, parent, files)))

    def _take_files(self, returned: SubchatReturned) -> None:
        """Take over what came or changed in the team's chat, unless an earlier leg has."""
        state = self._recorder.state
        new = [change for change in returned.changes if not _is_taken(state, change.path, change.sha256)]
        if not new:
            return
        self._files.take(returned.chat, new)
        if changes := self._files.changes(state.files):
            self._recorder.record(
                FilesChanged(turn=state.turn, agent=returned.agent, cause=returned.chat, changes=changes)
            )


def _is_taken(state: ChatState, path: str, sha256: str) -> bool:
    known = state.files.get(path)
    return known is not None and known.sha256 == sha256


def told(state: ChatState, team: TeamSpec, member: AgentSpec) -> str:
    """Return what the team of `member` is given as its task.

    As AutoGen's nested chat (CA:633): the last message, or what the member's own text says in its place. With
    `carryover` as its sequential chats (CA:3249, chat.py:170): the task, or the member's own text, then "Context:" and
    the results of all teams before it. The task is the newest that a person gave: the message with which they continued
    the chat goes before the first."""
    if not member.carryover:
        return member.prompt or state.messages[-1].content
    given = (each for each in reversed(state.messages) if each.agent == team.task_giver)
    task = next((each for each in given if each.source in ("task", "human")), state.messages[0])
    text = member.prompt or task.content
    teams = {agent.name for agent in team.agents if agent.role == "team"}
    results = [message.content for message in state.messages if message.agent in teams and message.source != "task"]
    return "\nContext: \n".join([text, "\n".join(results)]) if results else text
