"""A team's own selection prompts and introductions: what its models read, and that AutoGen reads the same."""

import warnings
from typing import Any

import pytest

from agents.errors import SpecError
from agents.specs import SELECTION_MESSAGE, SELECTION_PROMPT, TeamSpec, dump_team, load_team, team_from_dict
from tests.support.legs import begin, facts, four, play, replies
from tests.support.scripted_server import ScriptedServer

OWN: dict[str, Any] = {
    "message": "Who of {agentlist} goes? {roles} {unknown} {}",
    "prompt": "Now select the next role from {agentlist}: {roles}",
}


def team(max_rounds: int = 3, introductions: bool = False, **selection: Any) -> TeamSpec:
    spec = four("{method: auto}", mode="NEVER", max_rounds=max_rounds).model_dump()
    spec["selection"] |= selection
    return team_from_dict({**spec, "introductions": introductions})


def selections(server: ScriptedServer) -> list[list[dict[str, Any]]]:
    return [record.messages for record in server.records if record.is_selection]


class TestSelectionPrompts:
    def test_are_autogens_own_unless_a_team_says_otherwise(self) -> None:
        from autogen import GroupChat

        assert GroupChat.select_speaker_message_template == SELECTION_MESSAGE
        assert GroupChat.select_speaker_prompt_template == SELECTION_PROMPT
        assert GroupChat.role_for_select_speaker_messages == team().selection.prompt_role
        assert "selection" not in dump_team(four("{method: auto}"))

    def test_of_a_team_have_their_placeholders_filled_and_other_braces_kept(
        self, model: Any, server: ScriptedServer
    ) -> None:
        play(begin(team(**OWN)), model, replies)
        first, *_, last = selections(server)[0]
        names = "['user', 'PM', 'Dev', 'QA']"
        roles = "user: user (human).\nPM: Specifies.\nDev: Codes.\nQA: Reviews."
        assert first == {"role": "system", "content": f"Who of {names} goes? {roles} {{unknown}} {{}}"}
        assert last == {
            "role": "system",
            "name": "checking_agent",
            "content": f"Now select the next role from {names}: {roles}",
        }

    def test_may_come_from_a_user(self, model: Any, server: ScriptedServer) -> None:
        server.script(lambda request: "nobody", of="select")
        play(begin(team(2, prompt_role="user")), model, replies)
        roles = [[m["role"] for m in messages if m.get("name") == "checking_agent"] for messages in selections(server)]
        assert roles == [["user"], ["user"] * 2, ["user"] * 3]

    def test_may_end_with_the_conversation(self, model: Any, server: ScriptedServer) -> None:
        server.script(lambda request: "Dev" if "role play game" in str(request.messages[0]) else None)
        log = play(begin(team(prompt="")), model, replies)
        first = server.records[0].messages
        assert [m["role"] for m in first] == ["system", "user"]
        assert first[-1] == {"role": "user", "name": "user", "content": "Build it."}
        assert facts(log) == facts(play(begin(team(prompt="")), model, replies, cut_after_each_event=True))

    def test_cannot_be_without_a_beginning(self) -> None:
        with pytest.raises(SpecError, match=r"selection\.message: It is empty"):
            team(message=" ")

    def test_are_the_same_in_a_leg_cut_after_every_event(self, model: Any, server: ScriptedServer) -> None:
        spec = team(8, introductions=True, prompt_role="user", **OWN)
        whole = play(begin(spec), model, replies)
        asked = [record.messages for record in server.records]
        server.records.clear()
        cut = play(begin(spec), model, replies, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert [record.messages for record in server.records] == asked

    def test_equal_those_of_autogens_own_run(self, model: Any, server: ScriptedServer) -> None:
        from autogen import AssistantAgent, GroupChat, GroupChatManager, UserProxyAgent
        from autogen.io import IOStream

        from agents.engine.group_chat import Silent

        own: dict[str, Any] = {
            "message": "Of {roles} choose from {agentlist}.",
            "prompt": "Now select the next role from {agentlist}.",
        }
        spec = team(8, prompt_role="user", **own)
        config = {"config_list": [{"model": "scripted", "api_key": "k", "base_url": server.base_url, "price": [0, 0]}]}
        with warnings.catch_warnings(), IOStream.set_default(Silent()):
            warnings.simplefilter("ignore")  # AutoGen's own, about prices and speakers
            agents: list[Any] = [UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)]
            agents[0].description = "user (human)."
            agents += [AssistantAgent(m.name, m.prompt, config, description=m.description) for m in spec.agents[1:]]
            chat = GroupChat(
                agents,
                [],
                max_round=8,
                select_speaker_message_template=own["message"],
                select_speaker_prompt_template=own["prompt"],
                role_for_select_speaker_messages="user",
            )
            manager = GroupChatManager(chat, llm_config=config, is_termination_msg=lambda message: False)
            agents[0].initiate_chat(manager, message="Build it.", silent=True)
        expected = [record.messages for record in server.records]
        server.records.clear()
        play(begin(spec), model, replies)
        assert [record.messages for record in server.records] == expected
        assert len(expected) > 6


class TestIntroductions:
    def test_stand_in_the_system_message_of_each_member_in_autogens_words(
        self, model: Any, server: ScriptedServer
    ) -> None:
        from autogen import GroupChat

        play(begin(team(6, introductions=True)), model, replies)
        introduction = (
            f"{GroupChat.DEFAULT_INTRO_MSG}\n\nuser: user (human).\nPM: Specifies.\nDev: Codes.\nQA: Reviews."
        )
        prompts = [record.messages for record in server.records if not record.is_selection]
        assert {m[0]["content"].partition("\n\n")[2] for m in prompts} == {introduction}
        assert all(sum(m["role"] == "system" for m in messages) == 1 for messages in prompts)

    def test_are_all_that_an_agent_without_a_prompt_has(self, model: Any, server: ScriptedServer) -> None:
        agents = "[{name: A, description: First.}, {name: B, description: Second.}]"
        spec = load_team(
            f"name: T\nintroductions: true\nagents: {agents}\nlimits: {{max_rounds: 2, when_reached: end}}"
        )
        play(begin(spec), model, replies)
        assert server.records[0].messages[0]["content"].endswith("A: First.\nB: Second.")
        assert server.records[0].messages[0]["role"] == "system"
