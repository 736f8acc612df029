"""`serve`: what keeps the studio from being opened is said in one line. That it opens: `tests/test_package.py`."""

import socket

from tests.support.command_line import CommandLine


class TestServe:
    def test_a_port_that_is_taken_is_named(self, agents: CommandLine):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = agents("serve", "--port", port)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert f"Port {port} is taken" in done.err

    def test_an_address_of_nobody_here_is_bad_usage(self, agents: CommandLine):
        for host in ("nowhere.invalid", "192.0.2.1"):
            done = agents("serve", "--host", host)
            assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
            assert f"--host is '{host}'" in done.err
