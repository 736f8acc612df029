"""A chat that waits for a person is rows in the database: no thread, and no memory of the process that ran its leg."""

import gc
import threading

from agents.chats import Person
from agents.settings import Settings
from agents.specs import load_team
from agents.studio import Studio
from bench.measuring import n_threads, rss_mib

N_CHATS = 1_000
N_FIRST = 30
"""Chats before the first look: what is made once is made then."""
MOST_KIB_EACH = 20

TEAM = load_team("""
name: Asks first
agents:
  - {name: client, role: human}
  - {name: Dev, prompt: You write code., description: Codes.}
  - {name: QA, prompt: You review., description: Reviews.}
initiator: Dev
first_speaker: client
selection: {method: round_robin}
""")


def leave_waiting(studio: Studio, first: int, n_chats: int) -> None:
    """Starts chats and runs each one's leg, which asks the client and is gone."""
    stopping = threading.Event()
    for number in range(first, first + n_chats):
        chat = studio.as_(Person()).chats.start(TEAM, "Build it.", client_id=str(number), run_here=True)
        assert studio.local.chats.run_here(chat, lambda piece: None, stopping) == "waiting"


class TestWaitingChats:
    def test_a_thousand_hold_no_thread_and_next_to_no_memory(self, sqlite_url: str, home):
        studio = Studio.open(Settings(home, sqlite_url))
        try:
            leave_waiting(studio, 0, N_FIRST)
            gc.collect()
            threads, rss = n_threads(), rss_mib()
            leave_waiting(studio, N_FIRST, N_CHATS)
            gc.collect()
            threads_now, rss_now = n_threads(), rss_mib()
            kib_each = (rss_now - rss) * 1024 / N_CHATS
            print(
                f"{N_CHATS:,} chats waiting: {threads} threads before, {threads_now} after; "
                f"{rss:.1f} MiB before, {rss_now:.1f} MiB after, which is {kib_each:.2f} KiB each"
            )
            assert studio.local.chats.counts()["waiting"] == N_FIRST + N_CHATS
            assert threads_now <= threads
            assert kib_each < MOST_KIB_EACH
        finally:
            studio.close()
