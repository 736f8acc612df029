"""The filter of system calls is well formed, and its numbers are the kernel's own."""

import re
import struct
from pathlib import Path

import pytest

from agents.sandbox import seccomp
from agents.sandbox.seccomp import syscall_filter

HEADERS = (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h"))


class TestFilter:
    @pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
    def test_every_way_through_it_ends_in_an_answer(self, machine: str):
        program = syscall_filter(machine)
        steps = [struct.unpack_from("<HBBI", program, position) for position in range(0, len(program), 8)]
        assert 4 < len(steps) < 4_096
        assert steps[-1] == (0x06, 0, 0, 0x7FFF0000)
        for position, (code, if_true, if_false, _) in enumerate(steps[:-1]):
            if code in (0x15, 0x35, 0x45):
                assert position + 1 + max(if_true, if_false) < len(steps)

    def test_there_is_none_for_unknown_processors(self):
        assert syscall_filter("riscv64") == b""

    def test_its_numbers_are_those_of_this_machine_s_headers(self):
        named = {**seccomp._REFUSED, **seccomp._ABSENT, "clone": seccomp._CLONE, "socket": seccomp._SOCKET}
        checked = 0
        for column, header in enumerate(HEADERS):
            text = header.read_text() if header.exists() else ""
            known = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", text))
            for name, numbers in named.items():
                if name in known:
                    assert str(numbers[column]) == known[name], name
                    checked += 1
        assert checked > 80 or not any(header.exists() for header in HEADERS)
