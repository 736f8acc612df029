"""What a team has in the studio and not as a Python script, in words for the script's first lines."""

from collections.abc import Iterator

from agents.exchange.team_python_turns import turns_of
from agents.plain_text import one_line
from agents.specs import TeamSpec
from agents.text.numbers import amount_text, count_text

MAX_VALUE_CHARS = 60


def losses(team: TeamSpec) -> list[str]:
    """Return sentences, the weightiest first; never empty: a script has no sandbox of its own, no log, no inbox."""
    return [*_actions(team), *_speaking(team), *_ending(team), *_models(team), *_texts(team)]


def _actions(team: TeamSpec) -> Iterator[str]:
    if any(agent.role == "executor" for agent in team.agents):
        yield "Code: it runs without asking you, and outside of the studio's sandbox. See WARNING below."
    tools = [f"{agent.label} ({', '.join(agent.tools)})" for agent in team.agents if agent.has_model and agent.tools]
    if tools:
        yield f"Tools of the studio: {'; '.join(tools)}. These agents answer without them."
    if team.step_mode or any(agent.step_mode for agent in team.agents):
        yield "Messages are not shown to you before the team reads them."
    if team.policies:
        yield f"Policies ({count_text(len(team.policies), 'rule')}): nothing here waits for an approval."
    if team.deadlines:
        yield "Deadlines: a question to you waits for as long as it takes."


def _speaking(team: TeamSpec) -> Iterator[str]:
    if team.selection.function:
        yield f"The function {team.selection.function} does not choose who speaks; only the team's method does."
    if team.selection.method == "auto" and not team.selection.prompt and len(team.agents) > 2:
        yield "The choice of the next speaker asks no question, so AutoGen shows the last message twice there."
    shaped = [agent.label for agent in team.agents if agent.reply_schema]
    if shaped:
        yield f"The shape of the replies of {', '.join(shaped)} is not asked for."


def _ending(team: TeamSpec) -> Iterator[str]:
    limits, n_agents = team.limits, len(team.agents)
    if team.termination.function:
        yield f"The function {team.termination.function} does not end the chat."
    more = [
        amount_text(limit, value)
        for limit, value in (
            ("max_cost_usd", limits.max_cost_usd),
            ("max_tokens", limits.max_tokens),
            ("max_work_s", limits.max_work_s),
        )
        if value is not None
    ]
    if more:
        yield f"Limits of cost, tokens or time ({', '.join(more)}) are not kept. Watch your provider's bill."
    if limits.max_repeats is not None:
        yield f"A message that is said {count_text(limits.max_repeats, 'time')} does not stop the chat."
    if n_agents == 2:
        yield from _pair_limit(team)
    if limits.when_reached == "ask" and limits.max_rounds is not None:
        yield "The last message ends the script. The studio asks you whether to go on."


def _pair_limit(team: TeamSpec) -> Iterator[str]:
    most, turns = team.limits.max_rounds, turns_of(team)
    if most is not None and turns is None:
        yield f"The limit of {count_text(most, 'message')} is not kept. Type exit to end the chat."
    elif most is not None and turns is not None and 2 * turns != most and not team.termination.after_last:
        yield f"The chat has {count_text(2 * turns, 'message')} at most, not {most}: AutoGen counts them in pairs."
    giver = team.agent(team.task_giver)
    by = team.termination.by
    if turns is not None and giver.asks_human != "NEVER" and team.termination.phrases and (not by or giver.name in by):
        yield "When you end the chat by its closing phrase, you are asked once more. Type exit."
    if turns is not None and giver.asks_human != "NEVER" and team.termination.phrases:
        yield "With AG2 Classic a closing phrase ends the chat; pyautogen asks you first."


def _models(team: TeamSpec) -> Iterator[str]:
    elsewhere = [agent.label for agent in team.agents if agent.has_model and agent.connection]
    if elsewhere or team.selection.connection:
        who = ", ".join([*elsewhere, *(["the choice of the next speaker"] if team.selection.connection else [])])
        yield f"Connections of their own ({who}): all use the one server of the environment."
    named = sorted({agent.model for agent in team.agents if agent.has_model and agent.model and not agent.connection})
    if named:
        yield f"Models that are named below ({', '.join(named)}) must be on that server."
    if team.context.method == "last":
        yield f"Agents read the whole chat, not the last {count_text(team.context.n_messages, 'message')}."
    else:
        yield "A chat that grows too long for its model fails. The studio makes the prompt shorter."
    if team.summary.method == "model":
        yield "No model sums up the chat at its end."


def _texts(team: TeamSpec) -> Iterator[str]:
    if team.variables:
        filled = ", ".join(f"{name} = {one_line(value, MAX_VALUE_CHARS)}" for name, value in team.variables.items())
        yield f"Placeholders are filled already: {filled}."
