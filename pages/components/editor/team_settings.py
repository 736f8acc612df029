"""What holds for the whole team: its name and purpose, who speaks when, and its sandbox."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from agents.specs import DEFAULT_CONNECTION, EMBEDDED, SELECTION_MESSAGE, SELECTION_PROMPT
from pages.components.editor.draft import TeamDraft, label, n_active, new_uid
from pages.components.editor.lists import remove_button, section
from pages.components.form_fields import Bound, Findings
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action

TEAM = "The team's"


def connection_words(empty: str) -> Callable[[str], str]:
    """A format for select boxes; `empty` says what no choice means."""
    known = {DEFAULT_CONNECTION: "The studio's default", EMBEDDED: "embedded (small, on this machine)", "": empty}
    return lambda name: known.get(name, name)


def title(draft: TeamDraft, findings: Findings) -> None:
    """Draws name and purpose, which are edited where they stand; the heading is for screen readers."""
    team = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    with st.container(key="editor_title", gap="xxsmall"):
        with st.container(key="editor_heading"):
            st.header(escape_md(draft.fields["name"] or "Unnamed team"), anchor=False)
        hidden: dict[str, Any] = {"label_visibility": "collapsed"}
        team.text("name", "Name", max_chars=80, placeholder="Name of the team", **hidden)
        purpose = "What the team is for, for people who choose one"
        team.area("description", "Purpose", height="content", placeholder=purpose, **hidden)


def about_part(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    """Draws the part "About"."""
    team = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    team.words("tags", "Tags", placeholder="Type a tag and press Enter")
    left, right = team.columns(2)
    left.choice("connection", "Connection", connections, connection_words("The studio's default"))
    right.text("model", "Model", placeholder="The connection's own")
    st.caption("For agents without a connection or model of their own.")
    _example_tasks(draft, findings)
    _variables(draft, findings)


def _example_tasks(draft: TeamDraft, findings: Findings) -> None:
    section("Example tasks", "Offered when somebody starts a chat.")
    tasks, key = draft.fields["example_tasks"], f"{draft.key}:{draft.version}:task"
    form = Bound(tasks, "", key, Findings())
    for position in range(len(tasks)):
        label = f"Task {position + 1}"
        with st.container(horizontal=True, vertical_alignment="top"):
            form.area(position, label, height=68, label_visibility="collapsed")
            remove_button(draft, tasks, position, f"{key}:{position}", f"Remove {label.lower()}", label="Remove")
    action("Add a task", f"{key}:add", "add", tasks.append, "")
    findings.show("example_tasks")


def _variables(draft: TeamDraft, findings: Findings) -> None:
    section(
        "Variables",
        "`{language}` in a prompt becomes the value of `language` when a chat starts; these are the defaults.",
    )
    rows, key = draft.fields["variables"], f"{draft.key}:{draft.version}:variable"
    for position, row in enumerate(rows):
        uid, name, _ = row
        form = Bound(row, "", f"{key}:{uid}", Findings())
        with st.container(horizontal=True, vertical_alignment="bottom"):
            form.text(1, "Name")
            form.text(2, "Default")
            help = f"Remove {escape_md(name) or 'this variable'}"
            remove_button(draft, rows, position, f"{key}:{uid}", help, label="Remove")
        findings.show(f"variables.{position + 1}")
        findings.show(f"variables.{name}")
    action("Add a variable", f"{key}:add", "add", _add_variable, rows)


def _add_variable(rows: list[list[str]]) -> None:
    rows.append([new_uid(), "", ""])


METHODS = {"auto": "A model decides", "round_robin": "In turn", "random": "At random", "manual": "A person decides"}
METHOD_MEANS = {
    "auto": "Before each turn a model reads the chat and names the next speaker. Costs one call per turn.",
    "round_robin": "Agents speak in the order of the list.",
    "random": "The next speaker is picked at random.",
    "manual": "You are asked before each turn.",
}
MOST_BOXES = 7
"""Members up to which the transitions are a matrix of check boxes; beyond, a row of names for each."""


def conversation_part(
    draft: TeamDraft, findings: Findings, connections: list[str], picture: Callable[[], None]
) -> None:
    """Draws the part "Conversation", with what `picture` draws beside the choice of speakers."""
    left, right = st.columns([1.8, 1], gap="large")
    with left:
        _speakers(draft, findings, connections)
    with right:
        picture()
    if len(draft.members) > 2:
        _transitions(draft, findings)
    _long_chats(draft, findings, connections)


def _speakers(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    team = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    selection = Bound(draft.fields["selection"], "selection", f"{draft.key}:{draft.version}:selection", findings)
    uids, name = [member["uid"] for member in draft.members], _name_of(draft)
    left, right = team.columns(2)
    first, selected = "The first person or code executor", "Whoever is selected"
    left.choice("initiator", "Who gives the task", ["", *uids], lambda uid: name(uid) or first, adds=False)
    right.choice("first_speaker", "Who speaks first", ["", *uids], lambda uid: name(uid) or selected, adds=False)
    team.toggle(
        "introductions",
        "Introduce the members to each other",
        help="Each prompt then ends with everybody's name and description.",
    )
    if n_active(draft) == 2:
        st.info("Two agents take turns, so there is no speaker to choose.", icon=":material/sync_alt:")
    else:
        _choice_of_speakers(draft, connections, selection)


READ_BY = {"turn": "By nobody", "caller": "By the agent that called", "everybody": "By everybody"}
LONG_CHATS = {"fit": "Everything that fits", "last": "The last messages", "summary": "A summary"}
LONG_CHAT_MEANS = {
    "fit": "Agents read the whole chat. When it no longer fits into what their model reads at once, the oldest "
    "messages are left out.",
    "last": "Agents read the task and the last messages.",
    "summary": "Agents read the whole chat. When it no longer fits, a model sums up the oldest messages. Costs a call "
    "each time.",
}


def _long_chats(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    context = Bound(draft.fields["context"], "context", f"{draft.key}:{draft.version}:context", findings)
    context.segments("method", "Long chats", LONG_CHATS)
    method = draft.fields["context"]["method"]
    st.caption(f"{LONG_CHAT_MEANS[method]} The chat says what is left out.")
    if method == "last":
        context.number("n_messages", "How many messages", min_value=1, max_value=100_000, step=5)
    if method == "summary":
        left, right = context.columns(2)
        left.choice("connection", "Connection for summaries", ["", *connections], connection_words(TEAM))
        right.text("model", "Model for summaries", placeholder="The connection's own")
    if any(member["role"] == "assistant" and member["tools"] for member in draft.members):
        context.segments("tools", "Tool calls and results are read in later turns", READ_BY)


def _choice_of_speakers(draft: TeamDraft, connections: list[str], selection: Bound) -> None:
    selection.segments("method", "The next speaker is chosen", METHODS)
    st.caption(METHOD_MEANS[draft.fields["selection"]["method"]])
    if draft.fields["selection"]["method"] == "auto":
        _selector(draft, selection, connections)
    function_choice(selection, "selection", "A function decides first")
    selection.toggle(
        "named",
        "A member named in the last message speaks next",
        help="So does the only one who may run its code. Otherwise the next speaker is chosen as above.",
    )
    selection.toggle("allow_repeat", "An agent may speak twice in a row")


PROMPT_ROLES = {"system": "The system", "user": "A user"}


def _selector(draft: TeamDraft, selection: Bound, connections: list[str]) -> None:
    left, middle, right = selection.columns(3)
    left.choice("connection", "Connection for choosing", ["", *connections], connection_words(TEAM))
    middle.text("model", "Model for choosing", placeholder="The connection's own")
    right.number("max_attempts", "Tries per turn", min_value=1, max_value=10, step=1)
    with st.expander("Prompts for choosing", icon=":material/edit_note:", key=f"{draft.key}:selection_prompts"):
        st.caption("`{roles}` becomes the names and descriptions of those who may speak, `{agentlist}` their names.")
        selection.area("message", "Before the conversation", height=130)
        selection.area("prompt", "After the conversation", height=90, placeholder="Nothing")
        selection.segments("prompt_role", "The text after it is from", PROMPT_ROLES)
        is_usual = (selection.target["message"], selection.target["prompt"]) == (SELECTION_MESSAGE, SELECTION_PROMPT)
        st.button(
            "Back to the usual texts", key=f"{draft.key}:usual_prompts", icon=":material/restart_alt:",
            disabled=is_usual, on_click=_use_usual_prompts, args=(draft,),
        )  # fmt: skip


def _use_usual_prompts(draft: TeamDraft) -> None:
    draft.fields["selection"] |= {"message": SELECTION_MESSAGE, "prompt": SELECTION_PROMPT}
    draft.version += 1


def function_choice(part: Bound, decides: str, label: str) -> None:
    """Draw the choice among the functions of the plugins folder; nothing where there are none."""
    known = [name for name, does in session().teams.functions().items() if does == decides]
    if known or part.target["function"]:
        part.choice("function", label, ["", *known], lambda name: name or "None", help="From the plugins folder.")


def _transitions(draft: TeamDraft, findings: Findings) -> None:
    selection = draft.fields["selection"]
    key = f"{draft.key}:{draft.version}:restrict"
    is_limited = selection["transitions"] is not None
    st.toggle("Limit who may speak after whom", is_limited, key=key, on_change=_restrict, args=(draft, key))
    findings.show("selection.transitions")
    if selection["transitions"] is None:
        return
    if len(draft.members) <= MOST_BOXES:
        _matrix(draft)
    else:
        _rows(draft)


def _restrict(draft: TeamDraft, key: str) -> None:
    selection, is_limited = draft.fields["selection"], bool(st.session_state[key])
    if is_limited == (selection["transitions"] is not None):
        return  # nobody switched it (`pages.components.widgets`)
    everyone = [member["uid"] for member in draft.members]
    selection["transitions"] = {uid: list(everyone) for uid in everyone} if is_limited else None
    draft.version += 1


def _matrix(draft: TeamDraft) -> None:
    st.caption("A tick means: the agent above may speak after the agent on the left.")
    members, graph = draft.members, draft.fields["selection"]["transitions"]
    widths = [2.0, *(1.0 for _ in members)]
    with st.container(key="transitions", gap="xsmall"):
        for column, member in zip(st.columns(widths, wrap=False)[1:], members, strict=True):
            with column:
                _column_head(member)
        for speaker in members:
            cells = st.columns(widths, wrap=False, vertical_alignment="center")
            cells[0].markdown(f"{escape_md(speaker['emoji'])} {escape_md(label(speaker))}".strip())
            for cell, follower in zip(cells[1:], members, strict=True):
                key = f"{draft.key}:{draft.version}:after:{speaker['uid']}:{follower['uid']}"
                with cell.container(horizontal_alignment="center"):
                    st.checkbox(
                        escape_md(f"{label(follower)} may speak after {label(speaker)}"),
                        follower["uid"] in graph.get(speaker["uid"], []),
                        key=key,
                        label_visibility="collapsed",
                        on_change=_tick,
                        args=(graph, speaker["uid"], follower["uid"], key),
                    )


def _tick(graph: dict[str, list[str]], speaker: str, follower: str, key: str) -> None:
    others = [uid for uid in graph.get(speaker, []) if uid != follower]
    graph[speaker] = [*others, follower] if st.session_state[key] else others


def _rows(draft: TeamDraft) -> None:
    graph, name = draft.fields["selection"]["transitions"], _name_of(draft)
    uids = [member["uid"] for member in draft.members]
    form = Bound(graph, "", f"{draft.key}:{draft.version}:after", Findings())
    for uid in uids:
        graph.setdefault(uid, [])
        form.some(uid, f"After {escape_md(name(uid))}", uids, name, empty=[], placeholder="The chat ends")


def _name_of(draft: TeamDraft) -> Any:
    labels = {member["uid"]: label(member) for member in draft.members}
    return lambda uid: labels.get(uid, "")


def _column_head(member: dict[str, Any]) -> None:
    """Its emoji, with the name below where there is room; the name where it has no emoji."""
    face, name = escape_md(member["emoji"]), escape_md(label(member))
    if face:
        st.markdown(face, text_alignment="center")
    with st.container(key=f"transitions_{'name' if face else 'only_name'}_{member['uid']}"):
        st.markdown(f":small[:gray[{name}]]", text_alignment="center")


NETWORKS = {"none": "No network", "all": "Everything this machine can reach"}
NETWORK_MEANS = {
    "none": "Code can reach neither other computers nor this one. Packages that you approve are still installed.",
    "all": "Code can send anything it reads, attached files included, anywhere, and reach services in your own "
    "network. Let a person approve each block.",
}


def sandbox_part(draft: TeamDraft, findings: Findings) -> None:
    """Draws the part "Sandbox"."""
    form = Bound(draft.fields["sandbox"], "sandbox", f"{draft.key}:{draft.version}:sandbox", findings)
    runners = [label(member) for member in draft.members if member["role"] == "executor"]
    st.markdown("##### Where code runs")
    who = (
        f"Code is run by {', '.join(runners)}."
        if runners
        else "No agent runs code yet: give one the role “Code executor”."
    )
    st.caption(f"Each chat has a workspace of its own, the only folder that its code can change. {who}")
    findings.show_only("sandbox")
    left, right = form.columns(2)
    left.number(
        "timeout_s", "Seconds for each block", min_value=1.0, max_value=3_600.0, step=10.0, format="%.4g",
        help="A block that takes longer is stopped, and the team is told.",
    )  # fmt: skip
    right.number(
        "memory_mb", "Memory in MiB", min_value=64, max_value=65_536, step=256,
        help="For all processes of a block together, where this machine can measure that.",
    )  # fmt: skip
    form.segments("network", "Network for code", NETWORKS)
    network = draft.fields["sandbox"]["network"]
    warning = ":orange[:material/warning:] " if network == "all" else ""
    st.caption(f"{warning}{NETWORK_MEANS[network]}")
    st.space("small")
    st.markdown("##### Hosts for the tool `http_get`")
    form.words(
        "allowed_hosts",
        "Allowed hosts",
        placeholder="Type a host such as *.example.com and press Enter",
        help="Agents with the tool may fetch text from these, whatever the network for code is. A pattern never "
        "matches hosts in your own network; write those in full.",
    )
