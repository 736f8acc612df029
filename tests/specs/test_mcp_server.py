"""MCP servers as people write them: what cannot be used is named, and what may be secret is not repeated."""

import pytest

from agents.errors import SpecError
from agents.specs.mcp_server import mcp_server


class TestServers:
    def test_a_program_and_an_address_are_servers(self):
        assert mcp_server({"name": "files", "command": "npx"}).scope == "shared"
        assert mcp_server({"name": "a-1", "kind": "http", "url": "https://example.com/mcp"}).url

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"name": "Files", "command": "x"}, "name: Found 'Files'; use up to 24 of a-z"),
            ({"name": "a__b", "command": "x"}, "name: Found 'a__b'"),
            ({"name": "x" * 25, "command": "x"}, "use up to 24"),
            ({"name": "x"}, "Give the command that starts the server"),
            ({"name": "x", "kind": "http"}, "Give the address of the server"),
            ({"name": "x", "command": "a\0b"}, "no NUL character"),
            ({"name": "x", "kind": "http", "url": "ftp://host/x"}, "expected an address such as"),
            ({"name": "x", "kind": "http", "url": "https://u:sesame@host/"}, "send it as a header"),
            ({"name": "x", "kind": "http", "url": "https://host/?key=sesame"}, "A key goes in a header"),
            ({"name": "x", "command": "x", "env": ["sesame 4711"]}, "no usable name; write NAME=value"),
            ({"name": "x", "command": "x", "env": ["A", "a"]}, "given twice"),
            ({"name": "x", "command": "x", "headers": ["X-Key\n"]}, "headers has no usable name"),
            ({"name": "x", "command": "x", "timeout_s": 0}, "timeout_s"),
            ({"name": "x", "command": "x", "shell": True}, "shell: There is no field of this name"),
        ],
    )
    def test_what_cannot_be_used_is_named_and_a_secret_is_not_repeated(self, fields, why):
        with pytest.raises(SpecError) as error:
            mcp_server(fields)
        assert why in str(error.value)
        assert "sesame" not in str(error.value)
