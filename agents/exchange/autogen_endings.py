"""When a chat of an AutoGen script ends: what each agent looks for, put together as a team has it.

In AutoGen an agent looks at what others say to it, and a group's manager at everything; a team has one kind of phrase.
"""

from typing import Any

from agents.exchange.autogen_classes import agent_class, given
from agents.exchange.autogen_members import TeamNotes, label
from agents.exchange.autogen_termination import USUAL, Ending, ending
from agents.exchange.script import Script
from agents.exchange.script_values import Function, Made
from agents.plain_text import one_line

Fields = dict[str, Any]


def pair_termination(heard_by: list[Made], names: list[str], notes: TeamNotes, script: Script) -> Fields:
    """Return what ends a chat of two: each looks at what the other says. `names` are the sender and recipient."""
    recipient, sender = heard_by
    found = [(names[0], _ending(recipient, notes, script)), (names[1], _ending(sender, notes, script))]
    own = [(speaker, each) for speaker, each in found if not each.is_default]
    if any(each.at_once for _, each in own):
        who = label(sender if own[0][0] == names[1] else recipient)
        notes.add("", f"{who} takes every message for the last one, so the chat ends after one reply.")
        return {"phrases": [], "at_once": True}
    if not own:
        return {"phrases": list(USUAL.phrases), "match": USUAL.match}
    if len(own) == 2 and (own[0][1].phrases, own[0][1].match) == (own[1][1].phrases, own[1][1].match):
        return {"phrases": list(own[0][1].phrases), "match": own[0][1].match}
    speaker, chosen = own[-1]
    if len(own) == 2:
        other = own[0][1]
        if other.phrases:
            notes.add("", f"{label(recipient)} also ends the chat at {_phrases(other)}; a team has one kind of phrase.")
    return {"phrases": list(chosen.phrases), "match": chosen.match, "by": [speaker] if chosen.phrases else None}


def group_termination(manager: Made, members: list[Made], notes: TeamNotes, script: Script) -> Fields:
    """Return what ends a group chat: the manager's check, else that of the members."""
    own = _ending(manager, notes, script)
    if own.is_default:
        checks = [(each, _ending(each, notes, script)) for each in members]
        others = [(each, found) for each, found in checks if not found.is_default and found.phrases]
        if others:
            who, own = others[0]
            notes.add(
                who.place,
                f"{label(who)} ends the chat at {_phrases(own)}. AutoGen looks only when {label(who)} speaks next; "
                "here such a message of anybody ends the chat.",
            )
            if any((found.phrases, found.match) != (own.phrases, own.match) for _, found in others):
                notes.add(others[1][0].place, "Other members look for other phrases; a team has one kind of phrase.")
    if own.at_once:
        notes.add(manager.place, "A check that takes every message for the last one is not carried.")
        own = USUAL
    return {"phrases": list(own.phrases), "match": own.match}


def _ending(agent: Made, notes: TeamNotes, script: Script) -> Ending:
    known = agent_class(agent)
    check = given(agent, "is_termination_msg", known.base) if known else agent.value("is_termination_msg")
    found = ending(check, script)
    if found is None:
        place = check.place if isinstance(check, Function) else agent.place
        notes.add(
            place,
            f"What ends the chat for {label(agent)} is a check that is not carried; a message that is "
            f"“{USUAL.phrases[0]}” alone ends it. A function can be chosen under “Ending”.",
        )
        return USUAL
    if found.any_case:
        notes.add(agent.place, "A check for the end ignores capitals; three ways to write its phrase are kept.")
    return found


def _phrases(found: Ending) -> str:
    return " or ".join(f"“{one_line(phrase, 40)}”" for phrase in found.phrases[:3])
