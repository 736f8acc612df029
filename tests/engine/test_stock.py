"""Where AutoGen is right we are AutoGen: prompts of replies and of speaker selection equal those of its own run."""

import warnings
from typing import Any

import pytest

from tests.support.legs import begin, four, play, replies
from tests.support.scripted_server import ScriptedServer


def stock_prompts(server: ScriptedServer, method: str, max_rounds: int) -> list[Any]:
    """The prompts that AutoGen's own GroupChatManager sends for the four agents, the person silent."""
    from autogen import AssistantAgent, GroupChat, GroupChatManager, UserProxyAgent
    from autogen.io import IOStream

    from agents.engine.group_chat import Silent

    config = {"config_list": [{"model": "scripted", "api_key": "k", "base_url": server.base_url, "price": [0, 0]}]}
    team = four("{}")
    with warnings.catch_warnings(), IOStream.set_default(Silent()):
        warnings.simplefilter("ignore")  # AutoGen's own, about prices and speakers
        agents: list[Any] = [UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)]
        agents[0].description = "user (human)."
        for spec in team.agents[1:]:
            agents.append(AssistantAgent(spec.name, spec.prompt, config, description=spec.description))
        chat = GroupChat(agents, [], max_round=max_rounds, speaker_selection_method=method)
        manager = GroupChatManager(chat, llm_config=config, is_termination_msg=lambda message: False)
        agents[0].initiate_chat(manager, message="Build it.", silent=True)
    return [record.messages for record in server.records]


class TestPrompts:
    @pytest.mark.parametrize("method", ["round_robin", "auto"])
    def test_equal_those_of_autogens_own_run(self, method: str, model: Any, server: ScriptedServer) -> None:
        expected = stock_prompts(server, method, 10)
        server.records.clear()
        play(begin(four(f"{{method: {method}}}", mode="NEVER", max_rounds=10)), model, replies)
        assert [record.messages for record in server.records] == expected
        assert len(expected) >= 6

    def test_of_a_selection_asked_again_equal_too(self, model: Any, server: ScriptedServer) -> None:
        vague = {1: "PM and Dev", 2: "nobody"}

        def select(request: Any) -> str | None:
            return vague.get(sum(message.get("name") == "checking_agent" for message in request.messages))

        server.script(select, of="select")
        expected = stock_prompts(server, "auto", 4)
        server.records.clear()
        play(begin(four("{method: auto}", mode="NEVER", max_rounds=4)), model, replies)
        assert [record.messages for record in server.records] == expected
        assert any("You provided more than one name" in str(messages) for messages in expected)
        assert any("choose a speaker. As a reminder" in str(messages) for messages in expected)
