"""Saved connections: their keys are never in clear, and a lost secret key is said in words. On each database."""

import stat

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from agents.errors import StudioError
from agents.specs import ConnectionSpec, OwnPrice
from agents.store import open_store
from tests.support.waiting import wait_until

OLLAMA = ConnectionSpec(name="ollama", base_url="http://localhost:11434/v1", model="qwen3")
KEY = "sk-Sesam-öffne-dich-4711"


class TestConnections:
    def test_a_connection_comes_back_as_it_was_saved(self, store):
        priced = OLLAMA.model_copy(
            update={"name": "a", "price": OwnPrice(input_usd_per_mtok=0.1, output_usd_per_mtok=2)}
        )
        store.connections.save(OLLAMA)
        store.connections.save(priced)
        assert store.connections.rows() == [priced, OLLAMA]
        assert store.connections.get("ollama") == OLLAMA
        assert store.connections.get("nowhere") is None

    def test_saving_again_replaces_it_and_keeps_the_key(self, store):
        store.connections.save(OLLAMA, key=KEY)
        changed = OLLAMA.model_copy(update={"model": "llama"})
        store.connections.save(changed)
        assert store.connections.rows() == [changed]
        assert store.connections.key("ollama") == KEY

    def test_an_empty_key_removes_it(self, store):
        store.connections.save(OLLAMA, key=KEY)
        assert store.connections.has_key("ollama")
        store.connections.save(OLLAMA, key="")
        assert not store.connections.has_key("ollama")
        assert store.connections.key("ollama") == ""

    def test_a_deleted_connection_leaves_no_key_behind(self, store):
        store.connections.save(OLLAMA, key=KEY)
        store.connections.delete("ollama")
        store.connections.delete("ollama")
        assert store.connections.get("ollama") is None
        assert not store.connections.has_key("ollama")
        store.connections.save(OLLAMA)
        assert store.connections.key("ollama") == ""


class TestOtherProcesses:
    @pytest.fixture
    def other(self, db_url, home):
        """The store as another process opens it."""
        opened = open_store(db_url, home, environ={})
        yield opened
        opened.close()

    def test_what_another_process_changes_counts_at_once(self, store, other):
        assert store.connections.get("ollama") is None
        other.connections.save(OLLAMA, key=KEY)
        wait_until(lambda: store.connections.get("ollama") == OLLAMA)
        assert store.connections.key("ollama") == KEY
        other.connections.save(OLLAMA, key="another-key")
        wait_until(lambda: store.connections.key("ollama") == "another-key")
        other.connections.set_default("ollama")
        wait_until(lambda: store.connections.default_name() == "ollama")
        other.connections.delete("ollama")
        wait_until(lambda: store.connections.get("ollama") is None)
        assert store.connections.key("ollama") == ""
        assert not store.connections.has_key("ollama")

    def test_what_another_process_learns_of_a_model_counts_at_once(self, store, other):
        of = ("mine", "m", "http://localhost:1/v1")
        assert store.dialects.of(*of) == {}
        other.dialects.learn(*of, {"no_name": ""})
        wait_until(lambda: store.dialects.of(*of) == {"no_name": ""})
        other.dialects.forget("mine")
        wait_until(lambda: store.dialects.of(*of) == {})

    def test_nothing_is_read_again_while_nothing_changes(self, store):
        store.connections.save(OLLAMA, key=KEY)
        assert store.connections.get("ollama") is store.connections.get("ollama")


class TestKeys:
    def test_no_key_is_in_clear_in_the_database(self, store, home):
        store.connections.save(OLLAMA, key=KEY)
        with store.db.connect() as connection:
            stored = connection.execute(sa.text("SELECT body, key_encrypted FROM connections")).one()
        assert KEY not in "".join(stored)
        files = [file for file in home.iterdir() if file.is_file()]
        assert files
        assert not [file for file in files if KEY.encode() in file.read_bytes()]

    def test_the_key_file_and_its_folder_are_the_owners_alone(self, store, home):
        store.connections.save(OLLAMA, key=KEY)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
        assert [file.name for file in home.iterdir() if file.name.startswith("secret")] == ["secret.key"]

    def test_another_process_with_the_same_folder_reads_the_key(self, store, db_url, home):
        store.connections.save(OLLAMA, key=KEY)
        other = open_store(db_url, home, environ={})
        assert other.connections.key("ollama") == KEY
        other.close()

    def test_a_secret_key_from_the_environment_takes_the_place_of_the_file(self, store, db_url, home):
        other = open_store(db_url, home, environ={"STUDIO_SECRET_KEY": Fernet.generate_key().decode()})
        other.connections.save(OLLAMA, key=KEY)
        assert other.connections.key("ollama") == KEY
        assert not (home / "secret.key").exists()
        other.close()

    def test_a_wrong_secret_key_is_said_with_its_cure(self, store, home):
        store.connections.save(OLLAMA, key=KEY)
        (home / "secret.key").write_bytes(Fernet.generate_key())
        with pytest.raises(StudioError, match="'ollama' cannot be read: it was saved with another secret key") as error:
            store.connections.key("ollama")
        assert "enter the key again" in str(error.value)
        store.connections.save(OLLAMA, key=KEY)
        assert store.connections.key("ollama") == KEY

    def test_a_missing_key_file_is_said_and_not_replaced_by_reading(self, store, home):
        store.connections.save(OLLAMA, key=KEY)
        (home / "secret.key").unlink()
        with pytest.raises(StudioError, match=r"secret\.key' that unlocks it is missing"):
            store.connections.key("ollama")
        assert not (home / "secret.key").exists()
        assert store.connections.has_key("ollama")

    def test_a_broken_key_file_is_said_without_its_content(self, store, home):
        (home / "secret.key").write_text("not a key")
        with pytest.raises(StudioError, match="holds no secret key; expected 44 characters") as error:
            store.connections.save(OLLAMA, key=KEY)
        assert "not a key" not in str(error.value)
        assert KEY not in str(error.value)
        assert store.connections.get("ollama") is None
