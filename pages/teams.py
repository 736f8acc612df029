"""Teams: the ready ones and your own; one of them open in the editor when the address says which (`?team=`), or a new
one drafted from a sentence (`?team=new`)."""

import streamlit as st

from agents.errors import NotFoundError
from pages.components import messages
from pages.components.editor import proposal, screen, team_list
from pages.components.editor.draft import is_open, open_draft
from pages.components.editor.unsaved_team import restored
from pages.components.messages import show_error, showing_errors
from pages.components.navigation import FROM_SENTENCE, back_to_list
from pages.components.person import session

messages.show_flash()
key = st.query_params.get("team", "")

if not key:
    st.title("Teams", anchor=False)
    with showing_errors():
        team_list.show(session())
elif key == FROM_SENTENCE:
    with showing_errors():
        proposal.show(session())
else:
    try:
        draft = open_draft(key, session()) if is_open(key) else restored(key, session()) or open_draft(key, session())
    except NotFoundError as error:
        back_to_list("All teams", "team")
        st.title("There is no such team", anchor=False)
        show_error(error)
        st.stop()
    with showing_errors():
        screen.editor(session(), draft)
