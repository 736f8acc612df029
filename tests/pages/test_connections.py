"""Connections, as AppTest sees it: what is there, a new one, its key, a test that works and one that does not."""

import pytest

from agents.models import find_local_servers
from agents.specs import ConnectionSpec, OwnPrice
from agents.specs.providers import PROVIDERS
from tests.support.app_pages import field, open_screen, words

KEY = "sk-very-secret-1234567890"


@pytest.fixture
def saved(studio) -> str:
    """A connection with a key."""
    spec = ConnectionSpec(name="mine", base_url="http://localhost:1/v1", model="m", max_retries=0)
    studio.local.connections.save(spec, key=KEY)
    return spec.name


def new(page, name: str, base_url: str, model: str = "m"):
    """Fills the form of a new connection."""
    field(page, ":name").set_value(name).run()
    field(page, ":model").set_value(model).run()
    field(page, ":base_url").set_value(base_url).run()
    return page


@pytest.fixture
def found(server, monkeypatch) -> str:
    """A server that runs on this machine, where Ollama usually does; its address."""
    monkeypatch.setattr(find_local_servers, "__defaults__", ({server.port: PROVIDERS[0]},))
    return f"http://localhost:{server.port}/v1"


class TestList:
    def test_the_built_in_one_says_what_it_is(self, studio):
        page = open_screen("connections")
        assert "A small model on this machine" in words(page)
        assert "Built in" in words(page)
        assert not page.exception

    def test_the_environment_s_one_is_shown_and_cannot_be_edited(self, studio, monkeypatch):
        monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
        page = open_screen("connections")
        assert "From the environment" in words(page)
        assert "openai:edit" not in [button.key for button in page.button]

    def test_what_the_environment_lacks_is_told(self, studio, monkeypatch):
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        page = open_screen("connections")
        assert "AZURE_OPENAI_ENDPOINT is not. Set it" in words(page)
        assert KEY not in words(page)

    def test_a_saved_key_is_told_and_never_shown(self, studio, saved):
        page = open_screen("connections")
        assert "key saved" in words(page)
        edit = open_screen("connections", page, connection=saved)
        assert field(edit, ":secret").placeholder == "Saved; type to replace it"
        assert KEY not in repr(page) + repr(edit)

    def test_a_press_makes_it_the_default(self, studio, saved):
        page = open_screen("connections")
        page.button(key="mine:default").click().run()
        assert studio.local.connections.default() == "mine"
        assert "mine:default" not in [button.key for button in page.button]
        assert "embedded:default" in [button.key for button in page.button]

    @pytest.mark.parametrize("part", ["", "selection", "context", "summary"])
    def test_deleting_asks_first_and_names_the_teams_that_use_it(self, studio, saved, part):
        from tests.support.app_pages import ANN

        team = studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
        using = getattr(team, part).model_copy(update={"connection": saved}) if part else saved
        team = team.model_copy(update={part or "connection": using})
        studio.as_(ANN).teams.save(team)
        page = open_screen("connections")
        page.button(key="mine:delete").click().run()
        assert "Used by Our desk" in words(page)
        assert "mine" in studio.local.connections.names()


class TestWhatWasLearned:
    def test_is_listed_by_model_and_can_be_forgotten(self, studio, saved):
        address = "http://localhost:1/v1"
        studio.store.dialects.learn(saved, "m", address, {"system_first": "System message first!", "without:top_p": ""})
        page = open_screen("connections")
        assert "takes no system message but the first: sent as user" in words(page)
        assert "takes no top\\_p: left out" in words(page) or "takes no top_p: left out" in words(page)
        page.button(key="mine:forget").click().run()
        assert studio.store.dialects.rows(saved) == {}
        assert "mine:forget" not in [button.key for button in page.button]

    def test_is_forgotten_when_the_connection_leads_elsewhere(self, studio, saved):
        studio.store.dialects.learn(saved, "m", "http://localhost:1/v1", {"no_name": ""})
        studio.local.connections.save(ConnectionSpec(name=saved, base_url="http://localhost:1/v1", model="n"))
        assert studio.local.connections.dialects(saved) != {}
        studio.local.connections.save(ConnectionSpec(name=saved, base_url="http://localhost:2/v1", model="n"))
        assert studio.local.connections.dialects(saved) == {}


class TestNew:
    def test_an_address_with_the_path_of_a_request_is_saved_without_it(self, studio):
        page = new(open_screen("connections", connection="new"), "pasted", " http://h:1/v1/chat/completions ")
        assert "This is saved as http://h:1/v1." in words(page)
        assert not field(page, ":save", "button").disabled

    def test_a_preset_fills_the_address(self, studio):
        page = open_screen("connections", connection="new")
        assert field(page, ":base_url").value == "http://localhost:11434/v1"
        field(page, ":preset", "pills").set_value("LM Studio").run()
        assert field(page, ":base_url").value == "http://localhost:1234/v1"
        assert field(page, ":name").value == "lm-studio"

    def test_azure_asks_for_its_version_and_for_the_resource_s_name(self, studio):
        page = open_screen("connections", connection="new")
        field(page, ":preset", "pills").set_value("Azure OpenAI").run()
        assert field(page, ":api_version").label == "API version"
        assert "Put your resource's name in place of NAME" in words(page)
        assert field(page, ":save", "button").disabled

    def test_it_is_saved_tested_and_its_answer_shown(self, studio, server):
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url)
        field(page, ":secret").set_value(KEY).run()
        field(page, ":save", "button").click().run()
        assert not page.exception
        assert "scripted" in studio.local.connections.names()
        assert server.records
        assert page.success
        assert "connection" not in page.query_params
        assert KEY not in words(page)

    def test_without_a_model_the_server_s_own_are_offered_and_one_press_takes_one(self, studio, server):
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url, model="")
        field(page, ":save", "button").click().run()
        assert "No model is named" in words(page)
        offered = page.selectbox(key="scripted:models").options
        page.selectbox(key="scripted:models").set_value(offered[0]).run()
        assert studio.store.connections.get("scripted").model == offered[0]
        assert not page.exception

    def test_a_server_that_does_not_answer_is_told_with_the_cause_and_the_connection_is_kept(self, studio):
        page = new(open_screen("connections", connection="new"), "nobody", "http://127.0.0.1:9/v1")
        field(page, ":max_retries", "number_input").set_value(0).run()
        field(page, ":save", "button").click().run()
        assert "127.0.0.1:9" in page.error[0].value.replace("&#58;", ":")
        assert "nobody" in studio.local.connections.names()
        assert not page.exception

    @pytest.mark.parametrize(
        ("name", "address", "said"),
        [
            ("My Server", "http://localhost:1/v1", "use up to 40 of a-z"),
            ("embedded", "http://localhost:1/v1", "choose another name"),
            ("mine", "http://localhost:1/v1", "choose another name"),
            ("ok", "localhost", "expected an address such as"),
            ("ok", "http://me:secret@localhost/v1", "put the key where keys go"),
        ],
    )
    def test_what_cannot_be_is_told_next_to_its_field(self, studio, saved, name, address, said):
        page = new(open_screen("connections", connection="new"), name, address)
        assert said in words(page)
        assert field(page, ":save", "button").disabled
        assert not page.exception


class TestModels:
    def test_those_of_the_address_are_offered_before_anything_is_saved(self, studio, server):
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url, model="")
        box = field(page, ":listed:model", "selectbox")
        assert (box.value, box.options) == (None, ["details", "scripted-1", "scripted-2", "slow"])
        assert "scripted" not in studio.local.connections.names()
        box.set_value("scripted-2").run()
        field(page, ":save", "button").click().run()
        assert studio.store.connections.get("scripted").model == "scripted-2"

    def test_a_name_that_is_not_in_the_list_stays(self, studio, server):
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url, model="my-own")
        assert field(page, ":listed:model", "selectbox").value == "my-own"
        field(page, ":save", "button").click().run()
        assert studio.store.connections.get("scripted").model == "my-own"

    def test_an_address_that_lists_none_says_why_and_a_name_can_be_typed(self, studio):
        page = new(open_screen("connections", connection="new"), "nobody", "http://127.0.0.1:9/v1")
        assert "Its models cannot be listed. Nothing answers at http://127.0.0.1:9" in words(page)
        assert not field(page, ":save", "button").disabled

    def test_they_are_asked_for_once_and_with_the_saved_key(self, studio, server):
        spec = ConnectionSpec(name="mine", base_url=server.base_url, model="scripted-1")
        studio.local.connections.save(spec, key=KEY)
        page = open_screen("connections", connection="mine")
        assert field(page, ":listed:model", "selectbox").value == "scripted-1"
        n_before = server.n_connections
        field(page, ":name")
        page.run()
        assert server.n_connections == n_before


class TestReport:
    def test_the_last_test_stays_with_each_line_and_its_time(self, studio, server):
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url, model="scripted-1")
        field(page, ":save", "button").click().run()
        later = open_screen("connections")
        assert not later.success, "the box is for who has just tested"
        [told] = [each for each in later.expander if "In a group chat" in each.label]
        assert "8 of 9 work as they are" in told.label.replace("\\", "")
        assert "tested" in told.label
        assert "Tools** · not available" in words(later)
        assert "called none" in words(later)

    def test_saving_a_connection_forgets_what_was_found_of_it_before(self, studio, server):
        spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1")
        studio.local.connections.save(spec)
        studio.local.connections.check("scripted")
        assert "scripted" in studio.local.connections.reports()
        studio.local.connections.save(spec.model_copy(update={"model": "scripted-2"}))
        assert studio.local.connections.reports() == {}

    def test_a_failure_stays_too(self, studio):
        studio.local.connections.save(ConnectionSpec(name="nobody", base_url="http://127.0.0.1:9/v1", model="m"))
        page = open_screen("connections")
        page.button(key="nobody:test").click().run()
        assert "Nothing answers at http://127.0.0.1:9" in words(open_screen("connections"))


class TestOnThisMachine:
    def test_a_server_that_runs_is_one_press_away_and_becomes_the_default(self, studio, server, found):
        page = open_screen("connections")
        assert "Ollama runs on this machine" in words(page)
        page.button(key="found:ollama:use").click().run()
        assert not page.exception
        saved = studio.store.connections.get("ollama")
        assert (saved.base_url, saved.model) == (found, "scripted-1")
        assert studio.local.connections.default() == "ollama"
        assert "All teams that name no connection use it." in words(page)
        assert "Ollama runs on this machine" not in words(page), "it has its connection"

    def test_home_offers_it_to_a_newcomer(self, studio, found):
        assert "Ollama runs on this machine" in words(open_screen("home"))

    def test_once_there_is_a_default_a_second_one_is_offered_for_all_teams(self, studio, server, saved):
        studio.local.connections.set_default(saved)
        page = new(open_screen("connections", connection="new"), "scripted", server.base_url, model="scripted-1")
        field(page, ":save", "button").click().run()
        assert studio.local.connections.default() == saved
        page.button(key="scripted:use").click().run()
        assert studio.local.connections.default() == "scripted"
        assert not page.exception

    def test_one_that_fails_does_not_become_the_default(self, studio):
        page = new(open_screen("connections", connection="new"), "nobody", "http://127.0.0.1:9/v1")
        field(page, ":save", "button").click().run()
        assert studio.local.connections.default() == "embedded"


class TestEditing:
    def test_the_fallbacks_are_chosen_from_the_others_and_a_circle_is_told(self, studio, saved):
        studio.local.connections.save(ConnectionSpec(name="other", base_url="http://localhost:1/v1", fallbacks=[saved]))
        page = open_screen("connections", connection=saved)
        box = field(page, ":fallbacks", "multiselect")
        assert box.options == ["embedded", "other"]
        box.set_value(["other"]).run()
        field(page, ":save", "button").click().run()
        assert "mine → other → mine goes round in a circle" in words(page)
        field(page, ":fallbacks", "multiselect").set_value(["embedded"]).run()
        field(page, ":save", "button").click().run()
        assert studio.store.connections.get(saved).fallbacks == ["embedded"]

    def test_an_empty_key_field_keeps_the_key(self, studio, saved):
        page = open_screen("connections", connection=saved)
        field(page, ":model").set_value("other").run()
        field(page, ":save", "button").click().run()
        assert studio.store.connections.get(saved).model == "other"
        assert studio.store.connections.key(saved) == KEY

    def test_a_key_can_be_taken_away(self, studio, saved):
        page = open_screen("connections", connection=saved)
        field(page, ":remove_key", "checkbox").check().run()
        field(page, ":save", "button").click().run()
        assert not studio.store.connections.has_key(saved)

    def test_own_prices_are_kept_and_half_a_price_is_refused(self, studio, saved):
        page = open_screen("connections", connection=saved)
        prices = {str(n.key).rpartition(":")[2]: n for n in page.text_input if ":price:" in str(n.key)}
        prices["input_usd_per_mtok"].set_value("2").run()
        assert "This field is required." in words(page)
        prices = {str(n.key).rpartition(":")[2]: n for n in page.text_input if ":price:" in str(n.key)}
        prices["output_usd_per_mtok"].set_value("8").run()
        field(page, ":save", "button").click().run()
        price = studio.store.connections.get(saved).price
        assert price == OwnPrice(input_usd_per_mtok=2, output_usd_per_mtok=8)
        assert "Input $2, Output $8 per million tokens" in words(page)

    def test_one_that_is_gone_is_told_in_words(self, studio):
        page = open_screen("connections", connection="gone")
        assert "There is no connection gone" in words(page)
        assert not page.exception

    def test_the_built_in_one_offers_nothing_to_edit(self, studio):
        page = open_screen("connections", connection="embedded")
        assert "cannot be edited here" in page.info[0].value
        assert not page.exception
