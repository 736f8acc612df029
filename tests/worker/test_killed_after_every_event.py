"""The guarantee the product stands on, with real processes: killed after every event, nothing is lost or doubled."""

import subprocess
import sys
from pathlib import Path

import pytest

from agents.store import Store, open_store
from tests.support.legs import begin, facts, four, kinds, messages
from tests.support.scripted_server import ScriptedServer

pytestmark = pytest.mark.processes

SELECTIONS = {
    "round_robin": "{method: round_robin}",
    "auto": "{method: auto}",
    "transitions": "{method: auto, transitions: {user: [PM], PM: [Dev, user], Dev: [QA, PM], QA: [Dev, user, PM]}}",
}


def worked(store: Store, url: str, home: Path, server: ScriptedServer, chat: str, selection: str, *flags: str) -> int:
    """Starts the chat and works on it to its end; the number of processes killed on the way."""
    events = [recorded.event for recorded in begin(four(selection, max_rounds=8))]
    store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title=chat)
    command = [sys.executable, "-m", "tests.support.killed_worker", url, str(home), server.base_url, chat, *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
class TestAChatWhoseProcessDiesAfterEveryEvent:
    def test_equals_the_uninterrupted_one_in_transcript_prompts_and_bill(
        self, selection: str, db_url: str, tmp_path: Path
    ) -> None:
        home = tmp_path / "home"
        store = open_store(db_url, home)
        with ScriptedServer() as server:
            assert worked(store, db_url, home, server, "whole", selection, "--whole") == 0
            asked = [record.messages for record in server.records]
            server.records.clear()
            n_killed = worked(store, db_url, home, server, "killed", selection)
            whole, killed = store.chats.log("whole"), store.chats.log("killed")
            n_writes = len({recorded.at for recorded in killed})  # what is written together has one time
            n_of_people = 1 + kinds(killed).count("DecisionMade")
            assert n_killed == n_writes - n_of_people
            assert messages(killed) == messages(whole)
            assert facts(killed) == facts(whole)
            assert [record.messages for record in server.records] == asked
            assert [recorded.seq for recorded in killed] == list(range(1, len(killed) + 1))
            assert store.chats.verify("killed") == []
            counted = server.totals()
            row = store.chats.row("killed")
            assert row.n_tokens == counted["prompt_tokens"] + counted["completion_tokens"]
            calls = store.ledger.calls("killed")
            n_in = sum(call.usage.n_input for call in calls if call.usage)
            assert n_in == counted["prompt_tokens"]
            assert len(calls) == len(server.records)
        store.close()
