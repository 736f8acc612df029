"""Teams: the gallery and your own; one of them open in the editor when the address says which (`?team=`)."""

import streamlit as st

from agents.errors import NotFoundError
from pages.components import flash
from pages.components.editor import library, screen
from pages.components.editor.drafts import open_draft
from pages.components.errors import show_error, showing_errors
from pages.components.places import back_to_list
from pages.components.studio import session

flash.show()
key = st.query_params.get("team", "")

if not key:
    st.title("Teams", anchor=False)
    with showing_errors():
        library.show(session())
else:
    try:
        draft = open_draft(key, session())
    except NotFoundError as error:
        back_to_list("All teams", "team")
        st.title("There is no such team", anchor=False)
        show_error(error)
        st.stop()
    with showing_errors():
        screen.show(session(), draft)
