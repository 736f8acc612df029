"""The agents of a team as AutoGen's, in Python source: one call each, with what it is told and how its model is set."""

from collections.abc import Mapping
from typing import Any

from agents.exchange.autogen_defaults import ASSISTANT_PROMPT, MAX_AUTO_REPLIES
from agents.exchange.python_literals import comment, text_literal, value_literal
from agents.specs import AgentSpec, TeamSpec
from agents.specs.placeholders import fill

OF_CALLS = ("temperature", "top_p", "max_tokens", "seed", "parallel_tool_calls", "response_format")
"""Request parameters that AutoGen takes beside the list of models; others go with the model, as `extra_body`."""
MANY_REPLIES = 1_000_000
REMINDER = '''\
def remind(agent, reminder):
    """Let the agent's model read the reminder last, behind the conversation, in each of its turns."""

    def reply(agent, messages=None, sender=None, config=None):
        messages = agent.chat_messages[sender] if messages is None else messages
        return agent.generate_oai_reply([*messages, {"role": "system", "content": reminder}], sender)

    agent.replace_reply_func(autogen.ConversableAgent.generate_oai_reply, reply)
'''


def connection_source(team: TeamSpec) -> str:
    """Return where the models are: what the environment says, and what all agents share."""
    usual = value_literal(team.model)
    model = f'os.environ.get("OPENAI_MODEL", {usual})' if team.model else 'os.environ["OPENAI_MODEL"]'
    return (
        "server = {\n"
        f'    "model": {model},\n'
        '    "api_key": os.environ.get("OPENAI_API_KEY", "none"),\n'
        '    "base_url": os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),\n'
        "}\n"
        f"llm_config = {_config(_shared(team))}\n"
    )


def agents_source(team: TeamSpec, variables: Mapping[str, str]) -> str:
    """Return a call for each agent, in the team's order; `variables` are their names in the script."""
    shared = _shared(team)
    is_introduced = len(team.agents) > 2 and (team.selection.method == "auto" or team.introductions)
    calls = [_agent(spec, variables[spec.name], team, shared, is_introduced=is_introduced) for spec in team.agents]
    reminders = [
        f"remind(\n    {variables[spec.name]},\n    {text_literal(_filled(spec.reminder, team), 4)},\n)\n"
        for spec in team.agents
        if _has_reminder(spec)
    ]
    source = "\n".join(calls)
    return f"{source}\n\n{REMINDER}\n\n{''.join(reminders)}" if reminders else source


def _has_reminder(spec: AgentSpec) -> bool:
    return spec.has_model and bool(spec.reminder.strip())


def _filled(text: str, team: TeamSpec) -> str:
    return fill(text, team.variables)


def _agent(spec: AgentSpec, variable: str, team: TeamSpec, shared: dict[str, Any], *, is_introduced: bool) -> str:
    prompt = _filled(spec.prompt, team)
    given: list[tuple[str, str]] = [("name", value_literal(spec.name))]

    def add(name: str, text: str) -> None:
        given.append((name, text_literal(text, 4, len(name) + 1)))

    if prompt or spec.has_model:
        add("system_message", prompt)
    is_told_so = spec.has_model and prompt and prompt != ASSISTANT_PROMPT  # AutoGen then introduces it by its prompt
    if spec.description or (is_introduced and not is_told_so):
        add("description", spec.description or spec.model_copy(update={"prompt": prompt}).introduction)
    if not spec.has_model or spec.asks_human != "NEVER":
        given.append(("human_input_mode", value_literal(spec.asks_human)))
    most, rounds = spec.max_consecutive_auto_reply, team.limits.max_rounds
    if most is None and (rounds is None or rounds > MAX_AUTO_REPLIES):
        most = MANY_REPLIES if _may_go_on(spec, team) else None
    if most is not None:
        given.append(("max_consecutive_auto_reply", str(most)))
    if spec.auto_reply:
        add("default_auto_reply", spec.auto_reply)
    if not spec.has_model:
        code = '{"executor": code_executor}' if spec.role == "executor" else "False"
        given.append(("code_execution_config", code))
    given.append(("is_termination_msg", "is_over"))
    if spec.has_model:
        settings = _settings(spec)
        given.append(("llm_config", "llm_config" if settings == shared else _config(settings)))
    kind = "AssistantAgent" if spec.has_model else "UserProxyAgent"
    lines = "".join(f"    {name}={value},\n" for name, value in given)
    is_named_so = spec.label.casefold() == spec.name.replace("_", " ").casefold()
    shown = "" if is_named_so else comment(spec.label)
    return f"{shown}{variable} = autogen.{kind}(\n{lines})\n"


def _may_go_on(spec: AgentSpec, team: TeamSpec) -> bool:
    """Whether AutoGen's own limit of replies in a row could end a chat that the studio goes on with."""
    others = (agent.max_consecutive_auto_reply for agent in team.agents if agent is not spec)
    is_ended_by_another = len(team.agents) == 2 and any(each is not None for each in others)
    return not is_ended_by_another and spec.asks_human != "ALWAYS"


def _shared(team: TeamSpec) -> dict[str, Any]:
    """Return the settings of the models where all agents have the same; else none."""
    found = [_settings(spec) for spec in team.agents if spec.has_model]
    return found[0] if found and all(each == found[0] for each in found) else {}


def _settings(spec: AgentSpec) -> dict[str, Any]:
    """Return what is sent with an agent's calls, its model's name among it where it has one of its own."""
    settings = dict(spec.parameters)
    if spec.temperature is not None:
        settings["temperature"] = spec.temperature
    if spec.model and not spec.connection:
        settings["model"] = spec.model
    return settings


def _config(settings: dict[str, Any]) -> str:
    """Return an `llm_config` with these settings."""
    beside = {name: value for name, value in settings.items() if name in OF_CALLS}
    body = {name: value for name, value in settings.items() if name not in (*OF_CALLS, "model", "extra_body")}
    extra = settings.get("extra_body")
    body |= extra if isinstance(extra, dict) else {}
    entry = {"model": settings["model"]} if "model" in settings else {}
    entry |= {"extra_body": body} if body else {}
    server = f"{{**server, {value_literal(entry)[1:]}" if entry else "server"
    rest = f", {value_literal(beside)[1:-1]}" if beside else ""
    return f'{{"config_list": [{server}]{rest}}}'


def selector_config() -> str:
    """Return the `llm_config` of the choice of the next speaker: its most likely answer."""
    return _config({"temperature": 0})
