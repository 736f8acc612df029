"""What a team needs of people and of the machine, in plain words. A pure function of its spec."""

from dataclasses import dataclass
from typing import Literal

from agents.specs import TeamSpec, active_team
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
    team = active_team(team)
    tools = {tool for agent in team.agents if agent.has_model for tool in agent.tools}
    found = [Need("person", _person(team, tools))]
    if any(agent.role == "executor" for agent in team.agents):
        is_approved = evaluate(team.policies, ActionRequest(kind="code_block", agent="", language="python"))
        asks = " once you approve it" if is_approved.action == "ask" else ""
        found.append(Need("code", f"Code runs in the sandbox{asks}"))
    if tools & FILE_TOOLS:
        is_must = any(agent.tool_choice == "required" and FILE_TOOLS & {*agent.tools} for agent in team.agents)
        found.append(Need("files", "Attach your files" if is_must else "Reads files that you attach"))
    if "http_get" in tools:
        hosts = team.sandbox.allowed_hosts
        found.append(Need("web", f"Reads web pages of {hosts[0]}" if len(hosts) == 1 else "Reads web pages"))
    others = sorted(tools - FILE_TOOLS - QUIET_TOOLS - {"http_get", "ask_person"})
    if others:
        more = f" and {len(others) - 2} more" if len(others) > 2 else ""
        found.append(Need("tools", f"Tools: {', '.join(others[:2])}{more}"))
    return found


def _person(team: TeamSpec, tools: set[str]) -> str:
    """Return whether a person is needed: as a member, to approve, or not at all."""
    asked = {agent.asks_human for agent in team.agents}
    if "ALWAYS" in asked:
        return "You take part"
    if "TERMINATE" in asked:
        return "You are asked at the end"
    if "ask_person" in tools:
        return "You are asked questions"
    if team.step_mode or any(agent.step_mode for agent in team.agents):
        return "You see each message first"
    return "Works without you"
