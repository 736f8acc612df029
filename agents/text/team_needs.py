"""What a team needs of people and of the machine, in plain words. A pure function of its spec.

The needs of teams that are members of it, as far as they are written out, are its own."""

from dataclasses import dataclass
from typing import Literal

from agents.specs import AgentSpec, TeamSpec, active_team
from agents.specs.approval_rules import ActionRequest, evaluate

FILE_TOOLS = frozenset(("list_files", "read_file", "search_files", "sql"))
"""Built-in tools that read what is attached."""
QUIET_TOOLS = frozenset(("now", "calculate", "write_file", "write_report", "hand_to"))
"""Built-in tools that need nothing of anybody."""

NeedKind = Literal["person", "code", "files", "web", "tools"]


@dataclass(frozen=True)
class Need:
    """One thing that a team needs."""

    kind: NeedKind
    text: str


def needs(team: TeamSpec) -> list[Need]:
    """Return what `team` needs, the person first: who answers, whether code runs, files, web pages, other tools."""
    teams = list(active_team(team).tree)
    members = [agent for each in teams for agent in each.agents]
    tools = {tool for agent in members if agent.has_model for tool in agent.tools}
    found = [Need("person", _person(members, tools, has_steps=any(each.step_mode for each in teams)))]
    coders = [each for each in teams if any(agent.role == "executor" for agent in each.agents)]
    if coders:
        asks = " once you approve it" if any(map(_asks_about_code, coders)) else ""
        found.append(Need("code", f"Code runs in the sandbox{asks}"))
    if tools & FILE_TOOLS:
        is_must = any(agent.tool_choice == "required" and FILE_TOOLS & {*agent.tools} for agent in members)
        found.append(Need("files", "Attach your files" if is_must else "Reads files that you attach"))
    if "http_get" in tools:
        hosts = sorted({host for each in teams for host in each.sandbox.allowed_hosts})
        found.append(Need("web", f"Reads web pages of {hosts[0]}" if len(hosts) == 1 else "Reads web pages"))
    others = sorted(tools - FILE_TOOLS - QUIET_TOOLS - {"http_get", "ask_person"})
    if others:
        more = f" and {len(others) - 2} more" if len(others) > 2 else ""
        found.append(Need("tools", f"Tools: {', '.join(others[:2])}{more}"))
    return found


def _asks_about_code(team: TeamSpec) -> bool:
    return evaluate(team.policies, ActionRequest(kind="code_block", agent="", language="python")).action == "ask"


def _person(members: list[AgentSpec], tools: set[str], *, has_steps: bool) -> str:
    """Return whether a person is needed: as a member, to approve, or not at all."""
    asked = {agent.asks_human for agent in members}
    if "ALWAYS" in asked:
        return "You take part"
    if "TERMINATE" in asked:
        return "You are asked at the end"
    if "ask_person" in tools:
        return "You are asked questions"
    if has_steps or any(agent.step_mode for agent in members):
        return "You see each message first"
    return "Works without you"
