"""Callbacks that Streamlit calls although nobody changed anything: all stays as it was."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.app_pages import words


def limits() -> None:
    import streamlit as st

    from agents.specs.gallery import gallery
    from pages.components.editor.draft import draft_of
    from pages.components.editor.team_settings import _restrict

    draft = draft_of("x", next(team.spec for team in gallery() if team.name == "support-desk"))
    before, st.session_state["limited"] = repr(draft), True
    _restrict(draft, "limited")
    st.write(f"same: {repr(draft) == before}")


def tools() -> None:
    import streamlit as st

    from pages.components.editor.members import _tick
    from pages.components.form_fields import Bound, Findings

    form = Bound({"tools": ["read_file", "query_data"]}, "", "x", Findings())
    st.session_state["ticked"], st.session_state["not_ticked"] = True, False
    _tick(form, "read_file", "ticked")
    _tick(form, "write_file", "not_ticked")
    st.write(f"same: {form.target['tools'] == ['read_file', 'query_data']}")


def provider() -> None:
    import streamlit as st

    from pages.components.connections.form import _use_provider, draft_for

    draft = draft_for(None)
    assert draft.provider
    draft.fields["model"] = "typed"
    before, st.session_state["x:preset"] = repr(draft), draft.provider.label
    _use_provider(draft, "x")
    st.write(f"same: {repr(draft) == before}")


@pytest.mark.parametrize("script", [limits, tools, provider])
def test_nothing_changes(studio, script: Callable[[], None]):
    page = AppTest.from_function(script).run()
    assert not page.exception
    assert words(page) == "same: True"
