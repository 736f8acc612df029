"""The conversation of a team in Python source: what ends it, who speaks next, and how it begins."""

from collections.abc import Iterable, Mapping

from agents.exchange.python_literals import names_literal, text_literal, value_literal
from agents.exchange.team_python_agents import selector_config
from agents.exchange.team_python_turns import turns_of
from agents.specs import TeamSpec, TerminationSpec
from agents.specs.conversation import COMMON_WORDS, next_speakers
from agents.specs.team import SELECTION_MESSAGE, SELECTION_PROMPT

MAX_ROUND = 100_000
"""Of a group chat without a limit."""


def ending_source(team: TeamSpec) -> str:
    """Return `is_over`, which says whether a message ends the chat."""
    termination = team.termination
    if not termination.phrases and not termination.after_last:
        return 'def is_over(message):\n    """No message ends the chat."""\n    return False\n'
    lines = ['    """Return whether a message ends the chat. The task itself ends nothing."""']
    if termination.after_last:
        last = value_literal(team.agents[-1].name)
        lines.append(f'    if message.get("name") == {last} and message.get("content") != task:\n        return True')
    if termination.phrases:
        lines += [
            '    text = "" if message.get("content") == task else message.get("content") or ""',
            f"    return {_by(termination)}{_says(termination)}",
        ]
    else:
        lines.append("    return False")
    return "def is_over(message):\n" + "\n".join(lines) + "\n"


def _by(termination: TerminationSpec) -> str:
    if termination.by is None:
        return ""
    names = termination.by
    one_of = f"== {value_literal(names[0])}" if len(names) == 1 else f"in {names_literal(names)}"
    return f'message.get("name") {one_of} and '


def _says(termination: TerminationSpec) -> str:
    phrases = [phrase.strip() for phrase in termination.phrases]
    only = len(phrases) == 1
    match termination.match:
        case "ends_with":
            return f"text.strip().endswith({value_literal(phrases[0]) if only else names_literal(phrases)})"
        case "equals":
            return f"text.strip() {f'== {value_literal(phrases[0])}' if only else f'in {names_literal(phrases)}'}"
    found = " or ".join(f"{value_literal(phrase)} in text" for phrase in phrases)
    return found if only or termination.by is None else f"({found})"


def chat_source(team: TeamSpec, variables: Mapping[str, str]) -> str:
    """Return what puts the agents together and gives them the task."""
    giver = variables[team.task_giver]
    if len(team.agents) == 2:
        other = next(variables[agent.name] for agent in team.agents if agent.name != team.task_giver)
        turns = turns_of(team)
        limit = f", max_turns={turns}" if turns is not None else ""
        return f"{giver}.initiate_chat({other}, message=task{limit})\n"
    names = ", ".join(variables[agent.name] for agent in team.agents)
    given = [
        f"agents=[{names}]",
        "messages=[]",
        f"max_round={team.limits.max_rounds or MAX_ROUND}",
        *_selection(team, variables),
    ]
    parts = [_speakers(team, variables), "groupchat = autogen.GroupChat(\n" + _lines(given) + ")\n"]
    if team.introductions:
        parts.append(
            "for agent in groupchat.agents:  # tell each who the others are\n"
            '    agent.update_system_message(f"{agent.system_message}\\n\\n{groupchat.introductions_msg()}")\n'
        )
    config = selector_config() if team.selection.method == "auto" else "False"
    manager = ["groupchat=groupchat", "is_termination_msg=is_over", f"llm_config={config}"]
    parts.append("manager = autogen.GroupChatManager(\n" + _lines(manager) + ")\n")
    return "".join(parts) + f"\n{giver}.initiate_chat(manager, message=task)\n"


def _lines(given: Iterable[str]) -> str:
    return "".join(f"    {each},\n" for each in given)


def _selection(team: TeamSpec, variables: Mapping[str, str]) -> list[str]:
    selection = team.selection
    method = "next_speaker" if _has_function(team) else value_literal(selection.method)
    given = [f"speaker_selection_method={method}"]
    if selection.transitions is not None:
        given += ["allowed_or_disallowed_speaker_transitions=followers", 'speaker_transitions_type="allowed"']
    elif not selection.allow_repeat:
        given.append("allow_repeat_speaker=False")
    if selection.method != "auto":
        return given
    if selection.max_attempts != 3:
        given.append(f"max_retries_for_selecting_speaker={selection.max_attempts - 1}")
    if selection.message != SELECTION_MESSAGE:
        name = "select_speaker_message_template"
        given.append(f"{name}={text_literal(_template(selection.message), 4, len(name) + 1)}")
    if selection.prompt != SELECTION_PROMPT:
        name = "select_speaker_prompt_template"
        prompt = text_literal(selection.prompt, 4, len(name) + 1) if selection.prompt else "None"
        given.append(f"{name}={prompt}")
    if selection.prompt_role != "system":
        given.append(f"role_for_select_speaker_messages={value_literal(selection.prompt_role)}")
    return given


def _template(text: str) -> str:
    """Return the text as AutoGen formats it: braces other than those of its two placeholders are doubled."""
    text = text.replace("{", "{{").replace("}", "}}")
    return text.replace("{{roles}}", "{roles}").replace("{{agentlist}}", "{agentlist}")


# -- who speaks next


def _has_function(team: TeamSpec) -> bool:
    return team.selection.named or _says_first(team)


def _says_first(team: TeamSpec) -> bool:
    """Whether the first speaker is not the one whom the method would choose anyway."""
    return bool(team.first_speaker) and (
        team.selection.method != "round_robin" or next_speakers(team, team.task_giver) != [team.first_speaker]
    )


def _speakers(team: TeamSpec, variables: Mapping[str, str]) -> str:
    """Return who may follow whom, and the function that chooses before the method does, as far as there are any."""
    selection, parts = team.selection, []
    if selection.transitions is not None or selection.named:
        graph = selection.transitions
        names = [agent.name for agent in team.agents if graph is None or agent.name in graph]
        rows = {name: [variables[each] for each in team.followers(name)] for name in names}
        lines = [f"{variables[name]}: [{', '.join(after)}]" for name, after in rows.items() if after]
        parts.append("followers = {  # who may speak after whom\n" + _lines(lines) + "}\n")
    if selection.named:
        parts.append(_forms(team, variables))
    if _has_function(team):
        parts.append(f"\n\n{_function(team, variables)}\n\n")
    return "".join(parts)


def _forms(team: TeamSpec, variables: Mapping[str, str]) -> str:
    """Return the agents by the names that messages may have for them."""
    found: dict[str, str] = {}
    for agent in team.agents:
        for written in dict.fromkeys((agent.name, agent.label)):
            if written.casefold() not in COMMON_WORDS:
                forms = (written, written.replace("_", " "), written.replace("_", r"\_"))
                found |= {form: variables[agent.name] for form in forms if form not in found}
    lines = [f"{value_literal(form)}: {variable}" for form, variable in found.items()]
    return "spoken_names = {  # as messages name the agents\n" + _lines(lines) + "}\n"


def _function(team: TeamSpec, variables: Mapping[str, str]) -> str:
    method = value_literal(team.selection.method)
    first = ""
    if _says_first(team):
        first = f"    if len(groupchat.messages) == 1:\n        return {variables[team.first_speaker]}\n"
    if not team.selection.named:
        doc = '    """Return who answers the task; later the method chooses."""\n'
        return f"def next_speaker(last_speaker, groupchat):\n{doc}{first}    return {method}\n"
    runners = [variables[agent.name] for agent in team.agents if agent.role == "executor"]
    by_code = ""
    if len(runners) == 1:
        by_code = f"    if code.search(message) and {runners[0]} in others:\n        return {runners[0]}\n"
    elif runners:
        by_code = (
            f"    runners = [agent for agent in ({', '.join(runners)}) if agent in others]\n"
            "    if code.search(message) and len(runners) == 1:\n        return runners[0]\n"
        )
    return NAMED.format(first=first, method=method, by_code=by_code)


NAMED = '''\
code = re.compile(r"^[ \\t]*```.*?(?:^[ \\t]*```|\\Z)", re.DOTALL | re.MULTILINE)


def next_speaker(last_speaker, groupchat):
    """Return the only agent whom the last message names, or who can run its code; else the method chooses."""
{first}    message = groupchat.messages[-1]["content"]
    if len(followers.get(last_speaker, [])) < 2:
        return {method}
    others = [agent for agent in followers[last_speaker] if agent is not last_speaker]
    forms = sorted((form for form in spoken_names if spoken_names[form] in others), key=len, reverse=True)
    words = r"(?<!\\w)(?:" + "|".join(map(re.escape, forms)) + r")(?!\\w)"
    said = {{spoken_names[form] for form in re.findall(words, code.sub("", message))}} if forms else set()
    if len(said) == 1:
        return said.pop()
{by_code}    return {method}
'''
