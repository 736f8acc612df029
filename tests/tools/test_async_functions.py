"""An async function as a tool: it is run to its end, and cancelled when nobody waits for it."""

import asyncio
import threading

from tests.support.waiting import WITHIN_S
from tests.tools.test_function import said


class TestACall:
    def test_gives_what_it_awaits(self):
        async def wait(seconds: float, then: str) -> str:
            """Wait."""
            await asyncio.sleep(seconds)
            if then == "fail":
                raise RuntimeError("no bus came")
            return then

        assert said(wait, {"seconds": 0.01, "then": "done"}) == ("ok", "done")
        assert said(wait, {"seconds": 0.01, "then": "fail"}) == ("error", "wait failed: RuntimeError: no bus came")
        assert said(wait, {"seconds": "x", "then": ""})[0] == "bad_arguments"

    def test_is_cancelled_where_it_waits_once_it_takes_too_long(self):
        ended = threading.Event()

        async def wait() -> str:
            """Wait."""
            try:
                await asyncio.sleep(WITHIN_S)
            finally:
                ended.set()
            return "never"

        outcome, text = said(wait, timeout_s=0.1)
        assert (outcome, text.split(".")[0]) == ("timeout", "wait gave no result within 0")
        assert ended.wait(WITHIN_S)
