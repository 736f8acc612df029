"""What was learned of models lasts, is kept apart by connection, model and address, and can be forgotten."""

from agents.store import Store

HERE, ELSEWHERE = "http://localhost:1/v1", "http://localhost:2/v1"


class TestDialects:
    def test_quirks_add_up_and_are_of_one_model_at_one_address(self, store: Store):
        store.dialects.learn("mine", "m", HERE, {"no_name": "extra field"})
        store.dialects.learn("mine", "m", HERE, {"system_first": ""})
        store.dialects.learn("mine", "other", HERE, {"no_tools": ""})
        assert store.dialects.of("mine", "m", HERE) == {"no_name": "extra field", "system_first": ""}
        assert store.dialects.of("mine", "m", ELSEWHERE) == {}
        assert store.dialects.of("yours", "m", HERE) == {}
        assert store.dialects.rows("mine") == {
            "m": {"no_name": "extra field", "system_first": ""},
            "other": {"no_tools": ""},
        }

    def test_a_connection_that_leads_elsewhere_begins_anew(self, store: Store):
        store.dialects.learn("mine", "m", HERE, {"no_name": ""})
        store.dialects.learn("mine", "m", ELSEWHERE, {"no_stream": ""})
        assert store.dialects.rows("mine") == {"m": {"no_stream": ""}}

    def test_learning_twice_keeps_the_newer_words(self, store: Store):
        store.dialects.learn("mine", "m", HERE, {"no_name": "once"})
        store.dialects.learn("mine", "m", HERE, {"no_name": "twice"})
        assert store.dialects.of("mine", "m", HERE) == {"no_name": "twice"}

    def test_what_is_forgotten_is_gone(self, store: Store):
        store.dialects.learn("mine", "m", HERE, {"no_name": ""})
        store.dialects.forget("mine")
        assert store.dialects.rows("mine") == {}

    def test_what_begins_so_is_forgotten_alone(self, store: Store):
        store.dialects.learn("mine", "m", HERE, {"no_name": "", "window:4096": "", "window:8192": ""})
        store.dialects.forget("mine", "window:")
        assert store.dialects.rows("mine") == {"m": {"no_name": ""}}
        store.dialects.forget("mine", "%")
        assert store.dialects.rows("mine") == {"m": {"no_name": ""}}
