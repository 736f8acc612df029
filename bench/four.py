"""The same four agents twice: as a team of the studio, and as bare AutoGen builds and runs them.

All four speak by a model, so that every turn is one call of the scripted server (with `auto`, selections besides).
Both sides answer the same task with the same prompts; tests/engine/test_stock.py holds them equal.
"""

import warnings
from typing import Any

from agents.specs import AgentSpec, LimitsSpec, SelectionSpec, TeamSpec

TASK = "Plan, write and review a function that finds the two largest numbers of a list."
MEMBERS = {
    "Lead": "You lead. You say what comes next and keep the others to the task.",
    "PM": "You write specifications: short, complete, without technical detail.",
    "Dev": "You write the code that the specification asks for, and nothing else.",
    "QA": "You review the code against the specification and name what is wrong.",
}


def team(method: Any, n_turns: int, connection: str) -> TeamSpec:
    """The studio's: ends by its limit after `n_turns` answers to the task."""
    return TeamSpec(
        name="Four",
        agents=[AgentSpec(name=name, prompt=prompt, description=prompt) for name, prompt in MEMBERS.items()],
        connection=connection,
        selection=SelectionSpec(method=method),
        limits=LimitsSpec(max_rounds=n_turns + 1, max_repeats=None, when_reached="end"),
    )


def bare(method: str, n_turns: int, base_url: str) -> tuple[Any, Any]:
    """AutoGen's own: (who gives the task, the group chat's manager), as its guide builds them."""
    from autogen import AssistantAgent, GroupChat, GroupChatManager

    entry = {"model": "scripted", "api_key": "k", "base_url": base_url, "price": [0, 0]}
    config = {"config_list": [entry], "cache_seed": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # AutoGen's own, about speakers of a round robin
        members = [AssistantAgent(name, prompt, config, description=prompt) for name, prompt in MEMBERS.items()]
        chat = GroupChat(members, [], max_round=n_turns + 1, speaker_selection_method=method)
        manager = GroupChatManager(chat, llm_config=config, is_termination_msg=lambda _: False)
    return members[0], manager


def run_bare(giver: Any, manager: Any, n_turns: int) -> None:
    """Plays the chat to its end, without AutoGen's printing, which would count against it."""
    from autogen.io import IOStream

    from agents.engine.group_chat import Silent

    with IOStream.set_default(Silent()):
        giver.initiate_chat(manager, message=TASK, silent=True)
    n_messages = len(manager.groupchat.messages)
    if n_messages != n_turns + 1:
        raise RuntimeError(f"bare AutoGen posted {n_messages} messages, {n_turns + 1} were expected")
