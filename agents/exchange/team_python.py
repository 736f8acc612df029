"""A team as a Python script for AutoGen 0.2, as pyautogen 0.9.0 and AG2 Classic run it: to read, to keep, and to run
without the studio.

What a script cannot do as the studio does stands in its first lines. Nothing in it is a secret: the server, its key and
the model come from the environment. Called by `agents.studio`.
"""

from agents.errors import SpecError
from agents.exchange.python_literals import comment, identifier, text_literal
from agents.exchange.team_python_agents import agents_source, connection_source
from agents.exchange.team_python_chat import chat_source, ending_source
from agents.exchange.team_python_losses import losses
from agents.plain_text import file_stem
from agents.specs import TeamSpec, active_team
from agents.version import NAME

RESERVED = frozenset(
    (
        *("agent", "autogen", "code", "code_executor", "example", "followers", "form", "forms", "groupchat", "input"),
        *("is_over", "last_speaker", "len", "llm_config", "manager", "map", "message", "next_speaker", "os", "others"),
        *("re", "remind", "runners", "said", "server", "set", "sorted", "spoken_names", "sys", "task", "text", "words"),
    )
)
"""Names that the script has for other things than agents."""
HEAD = """\
# An AutoGen script, written by {name}. To run it:
#
#     pip install pyautogen==0.9.0 openai        (or: pip install "autogen[openai]==0.14.1")
#     export OPENAI_BASE_URL=...  OPENAI_API_KEY=...  OPENAI_MODEL=...
#     python {file} "What the team is to do"
#
"""
EXECUTOR = """\
# WARNING: the code that agents write runs on this machine, with your rights, in the folder "workspace". Nobody is asked
# before. Set CODE_IN_DOCKER=1 to run it in a container instead.
if os.environ.get("CODE_IN_DOCKER"):
    code_executor = DockerCommandLineCodeExecutor(timeout={timeout_s}, work_dir="workspace")
else:
    code_executor = LocalCommandLineCodeExecutor(timeout={timeout_s}, work_dir="workspace")
"""


def team_script(team: TeamSpec) -> str:
    """Return the script; SpecError where a member is a team. The same team gives the same text."""
    team = active_team(team)
    for position, agent in enumerate(team.agents, start=1):
        if agent.role == "team":
            why = f"{agent.label} is a team. A Python script cannot have teams as members; export it as YAML."
            raise SpecError("The team", [(f"agents.{position}", why)])
    variables: dict[str, str] = {}
    for agent in team.agents:
        variables[agent.name] = identifier(agent.name, {*RESERVED, *variables.values()})
    parts = [_head(team), _imports(team), _task(team), connection_source(team)]
    if _runs_code(team):
        parts.append(EXECUTOR.format(timeout_s=max(1, round(team.sandbox.timeout_s))))
    parts += [f"\n{ending_source(team)}\n", agents_source(team, variables), chat_source(team, variables)]
    return "\n".join(parts)


def _runs_code(team: TeamSpec) -> bool:
    return any(agent.role == "executor" for agent in team.agents)


def _head(team: TeamSpec) -> str:
    """Return the first lines. None of them says how the file is encoded: what the team is called comes later."""
    how = HEAD.format(name=NAME, file=f"{file_stem(team.name, 'team')}.py")
    about = comment(team.name) + (comment(team.description) if team.description.strip() else "")
    lost = "".join(comment(each, "- ", "  ") for each in losses(team))
    return f"{how}{about}#\n# What the studio does and this script does not:\n{lost}"


def _imports(team: TeamSpec) -> str:
    modules = ["os", *(["re"] if team.selection.named and len(team.agents) > 2 else []), "sys"]
    lines = [*(f"import {name}" for name in modules), "", "import autogen"]
    if _runs_code(team):
        lines.append("from autogen.coding import DockerCommandLineCodeExecutor, LocalCommandLineCodeExecutor")
    return "\n".join(lines) + "\n"


def _task(team: TeamSpec) -> str:
    typed = '" ".join(sys.argv[1:]) or input("What is the team to do? ")'
    if not team.example_tasks:
        return f"task = {typed}\n"
    example = text_literal(team.example_tasks[0], 0, 10)
    return f"example = {example}\ntask = {typed} or example\n"
