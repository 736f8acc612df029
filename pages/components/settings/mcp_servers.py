"""MCP servers: each with how it is reached, which tools it listed and whether it answers; and its form.

Values of variables and headers are secrets: saved ones are never shown.
"""

import shlex
from typing import Any

import streamlit as st

from agents.errors import UsageError
from agents.plain_text import shorten
from agents.specs.mcp_server import WORKSPACE, McpServerSpec, mcp_server
from agents.studio import McpServerRow, Session
from agents.text.numbers import count_text, date_text
from pages.components.messages import dialog, escape_md, flash, showing_errors
from pages.components.person import session_now
from pages.components.widgets import card_head, confirm

KEPT = "•••"


def command_of(line: str) -> tuple[str, list[str]]:
    """The program and its arguments, as a shell would take them apart; UsageError for a quote without its end."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise UsageError("The command has an unclosed quote. Nothing was saved.") from None
    return (words[0], words[1:]) if words else ("", [])


def line_of(command: str, args: list[str]) -> str:
    """What `command_of` takes apart into these."""
    return shlex.join([command, *args]).replace(f"'{WORKSPACE}'", WORKSPACE) if command else ""


def values_of(text: str, mark: str) -> dict[str, str | None]:
    """Name -> value of each line `name mark value`, None for what is kept; UsageError, without the line, for others."""
    found: dict[str, str | None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, separator, value = line.partition(mark)
        if not separator or not name.strip():
            raise UsageError(f"Line {number} is not NAME{mark}value. Nothing was saved.")
        found[name.strip()] = None if value.strip() == KEPT else value.strip()
    return found


def n_tools(row: McpServerRow) -> str:
    """How many tools it listed: "1 tool", "no tools"."""
    return count_text(len(row.tools), "tool") if row.tools else "no tools"


def text_of(names: list[str], mark: str) -> str:
    """The lines of those names, with their values kept."""
    return "\n".join(f"{name}{mark}{KEPT}" for name in names)


MAX_SHOWN_CHARS = 160


def card(session: Session, row: McpServerRow) -> None:
    """Draws the server with its tools, Test, Edit and Remove."""
    key = f"mcp:{row.spec.name}"
    with st.container(border=True, key=key):
        with card_head(f"**{escape_md(row.spec.name)}** {_badges(row)}", _facts(row)):
            _acts(session, row, key)
        if row.error:
            kept = " What it listed before is still offered." if row.tools else ""
            show = st.warning if row.tools else st.error
            show(f"{escape_md(row.error)}{kept}", icon=":material/warning:" if row.tools else ":material/error:")
        _tools(row)


def _badges(row: McpServerRow) -> str:
    kind = ":blue-badge[Program]" if row.spec.kind == "stdio" else ":blue-badge[Address]"
    scope = " :violet-badge[One for each chat]" if row.spec.kind == "stdio" and row.spec.scope == "chat" else ""
    return f"{kind}{scope}" + ("" if row.spec.enabled else " :gray-badge[Off]")


def _facts(row: McpServerRow) -> str:
    spec = row.spec
    where = spec.url if spec.kind == "http" else line_of(spec.command, spec.args)
    secrets = spec.headers if spec.kind == "http" else spec.env
    named = f" · {', '.join(map(escape_md, secrets))} saved encrypted" if secrets else ""
    asked = f"checked {date_text(row.listed_at)}" if row.listed_at else "not checked yet"
    return f"`{shorten(where, MAX_SHOWN_CHARS).replace('`', ' ')}`{named} · {asked}"


def _acts(session: Session, row: McpServerRow, key: str) -> None:
    name = row.spec.name
    if st.button("Test", key=f"{key}:test", icon=":material/network_check:", help="Update the list of its tools"):
        with st.spinner("Connecting..."), showing_errors():
            asked = session.mcp_servers.ask(name)
            if not asked.error:
                flash(f"“{name}” answers; it has {n_tools(asked)}.")
            st.rerun()
    label = "Turn off" if row.spec.enabled else "Turn on"
    icon = ":material/pause:" if row.spec.enabled else ":material/play_arrow:"
    if st.button(label, key=f"{key}:enabled", icon=icon):
        with showing_errors():
            session.mcp_servers.enable(name, not row.spec.enabled)
            st.rerun()
    if st.button("Edit", key=f"{key}:edit", icon=":material/edit:"):
        edit(row)
    if st.button("", key=f"{key}:remove", icon=":material/delete:", help=f"Remove {name}", type="tertiary"):
        text = f"**{escape_md(name)}** and its saved secrets are deleted for good. Agents lose its tools."
        confirm(
            "Remove this MCP server?",
            text,
            "Remove",
            f"{key}:remove:yes",
            lambda session: session.mcp_servers.remove(name),
            f"“{name}” is removed.",
        )


def _tools(row: McpServerRow) -> None:
    if not row.tools:
        return
    with st.expander(n_tools(row), icon=":material/build:"):
        for tool in row.tools:
            first = tool.description.partition("\n")[0]
            st.markdown(f"**{escape_md(tool.name)}** {escape_md(shorten(first, MAX_SHOWN_CHARS))}")
        st.caption("Models read these descriptions; press Test to update them.")


KINDS = {"stdio": "A program on this machine", "http": "An address"}
SCOPES = {"shared": "One for all chats", "chat": "One for each chat"}
RISK = (
    "The program runs on this machine as the studio does, outside the sandbox: it can do whatever the studio can. Add "
    "servers that you trust, and let the team's rules ask before its tools are called."
)


@dialog("Edit the MCP server", width="large")
def edit(row: McpServerRow) -> None:
    """The form of a saved server."""
    if _form(session_now(), row.spec, f"mcp:edit:{row.spec.name}"):
        st.rerun()


def _form(session: Session, spec: McpServerSpec, key: str) -> bool:
    """Draws the fields; whether they were saved."""
    is_new = not spec.name
    left, right = st.columns(2)
    name = left.text_input(
        "Name", spec.name, key=f"{key}:called", placeholder="files", max_chars=24, disabled=not is_new
    )
    left.caption("Its tools are called `name__tool`." if is_new else "A server keeps its name.")
    kind = right.segmented_control(
        "Kind", list(KINDS), format_func=KINDS.__getitem__, default=spec.kind, key=f"{key}:kind", required=True
    )
    fields = _program(spec, key) if kind == "stdio" else _address(spec, key)
    left, right = st.columns(2)
    limit = left.number_input(
        "Seconds for a call", 1.0, 3_600.0, float(spec.timeout_s), 1.0, format="%g", key=f"{key}:timeout"
    )
    help = "For example that a tool only reads or may be called twice: after a crash such a call is repeated."
    trusts = right.checkbox("Trust what it says about its tools", spec.trusts_hints, key=f"{key}:trusts", help=help)
    if kind == "stdio":
        st.caption(f":material/warning: {RISK}")
    is_ready = bool(name.strip() and (fields["line"].strip() if kind == "stdio" else fields["url"].strip()))
    # Never disabled: what is typed reaches us only when its field is left, which may be by this very press.
    if not st.button("Save and connect", key=f"{key}:save", type="primary"):
        return False
    if not is_ready:
        what = "the command that starts it" if kind == "stdio" else "its address"
        st.error(f"Write a name for the server, and {what}.", icon=":material/error:")
        return False
    given = {"name": name.strip(), "kind": kind, "timeout_s": limit, "trusts_hints": trusts, "enabled": spec.enabled}
    with st.spinner("Connecting. A program that must be downloaded first takes a while..."), showing_errors() as errors:
        _save(session, given, fields)
    return not errors.failed


def _program(spec: McpServerSpec, key: str) -> dict[str, Any]:
    line = st.text_input(
        "Command",
        line_of(spec.command, spec.args),
        key=f"{key}:command",
        placeholder=f"npx -y @modelcontextprotocol/server-filesystem {WORKSPACE}",
        help="A program and its arguments, run without a shell. They are shown here, so put no secrets in them.",
    )
    env = st.text_area(
        "Environment variables",
        text_of(spec.env, "="),
        key=f"{key}:env",
        height=90,
        placeholder="API_KEY=…",
        help=f"NAME=value, one per line; stored encrypted. {KEPT} keeps a saved value. Of the studio's own environment "
        "the program gets only PATH, HOME and the like.",
    )
    scope = st.segmented_control(
        "It runs",
        list(SCOPES),
        format_func=SCOPES.__getitem__,
        default=spec.scope,
        key=f"{key}:scope",
        required=True,
        help=f"With one for each chat, {WORKSPACE} is the folder of the chat's files. A server stops "
        "after five minutes without a call and starts again when it is needed.",
    )
    return {"line": line, "env": env, "scope": scope}


def _address(spec: McpServerSpec, key: str) -> dict[str, Any]:
    url = st.text_input("Address", spec.url, key=f"{key}:url", placeholder="https://example.com/mcp")
    headers = st.text_area(
        "Headers",
        text_of(spec.headers, ": "),
        key=f"{key}:headers",
        height=90,
        placeholder="Authorization: Bearer …",
        help=f"Name: value, one per line; stored encrypted. {KEPT} keeps a saved value.",
    )
    return {"url": url, "headers": headers}


def _save(session: Session, given: dict[str, Any], fields: dict[str, Any]) -> None:
    env, headers = values_of(fields.get("env", ""), "="), values_of(fields.get("headers", ""), ":")
    if given["kind"] == "stdio":
        command, args = command_of(fields["line"])
        spec = mcp_server({**given, "command": command, "args": args, "scope": fields["scope"]})
    else:
        spec = mcp_server({**given, "url": fields["url"].strip()})
    row = session.mcp_servers.save(spec, env=env, headers=headers)
    if row.error and not row.tools:
        flash(f"“{spec.name}” is saved, but it does not answer.", ":material/warning:")
    else:
        flash(f"“{spec.name}” is saved; it has {n_tools(row)}.")


def show(session: Session) -> None:
    """Draws the saved servers and the form of a new one."""
    st.subheader("MCP servers", anchor=False)
    st.caption(
        "Tools of other programs, through the Model Context Protocol. Choose an agent's tools in the team editor; "
        "the team's rules decide about each call."
    )
    for row in session.mcp_servers.rows():
        card(session, row)
    version = st.session_state.setdefault("mcp:version", 0)
    with st.expander("Add an MCP server", icon=":material/add:"):
        if _form(session, McpServerSpec.model_construct(name=""), f"mcp:new:{version}"):
            st.session_state["mcp:version"] = version + 1
            st.rerun()
