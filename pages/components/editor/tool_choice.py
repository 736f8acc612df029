"""Which tools a member's model may call: by name, or from a list that says what each does and where it is from."""

from collections.abc import Mapping
from itertools import groupby

import streamlit as st

from agents.plain_text import shorten
from pages.components.bound import Bound
from pages.components.errors import plain
from pages.components.studio import session

SOURCES = {"built in": "Built in"}
MAX_CHARS = 200


def show(form: Bound) -> None:
    """Draws the field `tools` of a member."""
    tools, broken = session().teams.tools(), session().teams.broken_plugins()
    chosen = form.target["tools"]
    gone = [name for name in chosen if name not in tools]
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{form.key}:choosing"):
        with st.container(width="stretch"):
            form.some(
                "tools",
                "Tools its model may call",
                [*tools, *gone],
                lambda name: name if name in tools else f"{name} (not there)",
                empty=...,
                placeholder="None",
                help="Whether a call may be made is decided by the team's policies; where no rule fits, a person is "
                "asked.",
            )
        with st.popover("What they do", icon=":material/home_repair_service:", key=f"{form.key}:tools:list"):
            _list(form, {name: (tool.source, tool.description) for name, tool in tools.items()})
    for name in chosen:
        if name in tools:
            st.caption(f"`{name}` · {_first_sentence(tools[name].description)} · {plain(tools[name].source)}")
    for plugin in broken:
        st.caption(f":orange[:material/warning: {plain(plugin.file)} makes no tool.] {plain(plugin.text)}")


def _list(form: Bound, tools: Mapping[str, tuple[str, str]]) -> None:
    """Each tool, given with its source and description, with a box to tick."""
    for source, names in groupby(tools, lambda name: tools[name][0]):
        st.markdown(f"**{plain(SOURCES.get(source, source))}**")
        for name in names:
            key = f"{form.key}:tools:list:{name}"
            st.session_state[key] = name in form.target["tools"]
            with st.container(gap=None):
                st.checkbox(f"`{name}`", key=key, on_change=_tick, args=(form, name, key))
                st.caption(_first_sentence(tools[name][1]))


def _tick(form: Bound, name: str, key: str) -> None:
    chosen = [other for other in form.target["tools"] if other != name]
    form.target["tools"] = [*chosen, name] if st.session_state[key] else chosen
    st.session_state[f"{form.key}:tools"] = list(form.target["tools"])


def _first_sentence(description: str) -> str:
    """What a tool does, in a line; the rest is for the model."""
    text = " ".join(description.split())
    end = text.find(". ")
    return plain(shorten(text if end < 0 else text[: end + 1], MAX_CHARS))
