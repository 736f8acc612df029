"""The form of an MCP server, new or saved. Values of variables and headers are secrets: saved ones are never shown."""

from typing import Any

import streamlit as st

from agents.specs.mcp_server import WORKSPACE, McpServerSpec, mcp_server
from agents.studio import McpServerRow, Session
from pages.components.errors import showing_errors
from pages.components.flash import say
from pages.components.mcp.written import KEPT, command_of, line_of, n_tools, text_of, values_of

KINDS = {"stdio": "A program here", "http": "An address"}
SCOPES = {"shared": "One for all chats", "chat": "One for each chat"}
RISK = (
    "The program runs on this machine as the studio does, outside the sandbox: it can do whatever the studio can. Add "
    "servers that you trust, and let the team's policies ask before its tools are called."
)


def new(session: Session) -> None:
    """Draws the form of a new server, closed until somebody wants it."""
    version = st.session_state.setdefault("mcp:version", 0)
    with st.expander("Add an MCP server", icon=":material/add:"):
        if _form(session, McpServerSpec.model_construct(name=""), f"mcp:new:{version}"):
            st.session_state["mcp:version"] = version + 1
            st.rerun()


@st.dialog("Edit the MCP server", width="large")
def edit(session: Session, row: McpServerRow) -> None:
    """The form of a saved server."""
    if _form(session, row.spec, f"mcp:edit:{row.spec.name}"):
        st.rerun()


def _form(session: Session, spec: McpServerSpec, key: str) -> bool:
    """Draws the fields; whether they were saved."""
    is_new = not spec.name
    left, right = st.columns(2)
    with left:
        name = st.text_input(
            "Name", spec.name, key=f"{key}:called", placeholder="files", max_chars=24, disabled=not is_new
        )
        st.caption("Its tools are called `name__tool`." if is_new else "A server keeps its name.")
    with right:
        kind = st.segmented_control(
            "It is", list(KINDS), format_func=KINDS.__getitem__, default=spec.kind, key=f"{key}:kind", required=True
        )
    fields = _program(spec, key) if kind == "stdio" else _address(spec, key)
    left, right = st.columns(2)
    with left:
        limit = st.number_input(
            "Seconds for a call", 1.0, 3_600.0, float(spec.timeout_s), 1.0, format="%g", key=f"{key}:timeout"
        )
    with right:
        trusts = st.checkbox(
            "Believe what it says of its tools",
            spec.trusts_hints,
            key=f"{key}:trusts",
            help="That a tool only reads, or may be called twice: after a crash such a call is repeated unasked.",
        )
    if kind == "stdio":
        st.caption(f":material/warning: {RISK}")
    is_ready = bool(name.strip() and (fields["line"].strip() if kind == "stdio" else fields["url"].strip()))
    # Never disabled: what is typed reaches us only when its field is left, which may be by this very press.
    if not st.button("Save and ask for its tools", key=f"{key}:save", type="primary"):
        return False
    if not is_ready:
        what = "the command that starts it" if kind == "stdio" else "its address"
        st.error(f"Write a name for the server, and {what}.", icon=":material/error:")
        return False
    given = {"name": name.strip(), "kind": kind, "timeout_s": limit, "trusts_hints": trusts, "enabled": spec.enabled}
    with st.spinner("Asking it. A program that has to be fetched first takes a while..."), showing_errors() as errors:
        _save(session, given, fields)
    return not errors.failed


def _program(spec: McpServerSpec, key: str) -> dict[str, Any]:
    line = st.text_input(
        "Command",
        line_of(spec.command, spec.args),
        key=f"{key}:command",
        placeholder=f"npx -y @modelcontextprotocol/server-filesystem {WORKSPACE}",
        help="A program and its arguments; no shell reads it. Arguments are shown here: no secrets in them.",
    )
    env = st.text_area(
        "Environment variables",
        text_of(spec.env, "="),
        key=f"{key}:env",
        height=90,
        placeholder="API_KEY=…",
        help=f"NAME=value, one a line; stored encrypted. {KEPT} keeps a saved value. All else of the studio's own "
        "environment stays here, but PATH, HOME and the like.",
    )
    scope = st.segmented_control(
        "It runs",
        list(SCOPES),
        format_func=SCOPES.__getitem__,
        default=spec.scope,
        key=f"{key}:scope",
        required=True,
        help=f"For one for each chat, {WORKSPACE} stands for the folder of the chat's files. Either "
        "ends after five minutes without a call and is started again when it is needed.",
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
        help=f"Name: value, one a line; stored encrypted. {KEPT} keeps a saved value.",
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
        say(f"“{spec.name}” is saved, but it does not answer.", ":material/warning:")
    else:
        say(f"“{spec.name}” is saved; it has {n_tools(row)}.")
