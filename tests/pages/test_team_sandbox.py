"""The team editor's sandbox, tools and package rules, as AppTest sees them."""

import pytest
from pydantic import JsonValue
from streamlit.testing.v1 import AppTest

from agents.chats import DecisionRequested, request_digest
from agents.studio import Studio, TeamRow
from tests.support.app_pages import ANN, field, key_of, open_screen, pick, words


@pytest.fixture
def row(studio):
    """A saved team at revision 1."""
    return studio.as_(ANN).teams.save(
        studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
    )


@pytest.fixture
def page(studio, row):
    return open_screen("teams", team=row.team_id)


def saved(page: AppTest, studio: Studio, row: TeamRow):
    page.button(key=f"{row.team_id}:save").click().run()
    assert not page.exception
    return studio.local.teams.get(row.team_id).spec


def package(n: int, name: str, *doubts: str) -> DecisionRequested:
    payload: dict[str, JsonValue] = {
        "block": f"{n}",
        "package": name,
        "version": "1",
        "module": name,
        "doubts": [*doubts],
    }
    return DecisionRequested(
        request=f"r{n}", turn=1, of="package", agent="triage", question="May it?", payload=payload,
        options=["approve", "reject", "end"], digest=request_digest("package", "triage", 1, payload),
    )  # fmt: skip


class TestTheSandbox:
    def test_is_limited_and_opened_in_its_own_part(self, page, studio, row):
        field(page, ":sandbox:timeout_s", "number_input").set_value(5.0)
        field(page, ":sandbox:memory_mb", "number_input").set_value(256)
        field(page, ":sandbox:network", "button_group").set_value("all").run()
        assert "Code can send anything it reads" in words(page)
        sandbox = saved(page, studio, row).sandbox
        assert (sandbox.timeout_s, sandbox.memory_mb, sandbox.network) == (5, 256, "all")

    def test_warns_of_hosts_that_nobody_asks_and_of_a_tool_that_may_ask_none(self, page, studio, row):
        field(page, ":sandbox:allowed_hosts", "multiselect").set_value(["*.example.com"]).run()
        assert "Nobody has the tool 'http_get'" in words(page)
        page = pick(page, next(agent.label for agent in row.spec.agents if agent.has_model))
        field(page, ":tools", "multiselect").set_value(["http_get"]).run()
        assert "Nobody has the tool" not in words(page)
        field(page, ":sandbox:allowed_hosts", "multiselect").set_value([]).run()
        assert "no host is allowed, so every call of it fails" in words(page)
        field(page, ":sandbox:allowed_hosts", "multiselect").set_value(["*.example.com"]).run()
        assert saved(page, studio, row).sandbox.allowed_hosts == ["*.example.com"]

    def test_says_what_a_host_must_be(self, page):
        field(page, ":sandbox:allowed_hosts", "multiselect").set_value(["https://example.com/x"]).run()
        assert "write a host's name alone" in words(page)


class TestTools:
    def test_are_ticked_in_a_list_that_says_what_each_does(self, page, studio, row):
        first = next(agent for agent in row.spec.agents if agent.has_model)
        page = pick(page, first.label)
        assert "Ask the workspace's files with SQL (DuckDB's dialect)." in words(page)
        field(page, ":tools:list:sql", "checkbox").check().run()
        field(page, ":tools:list:calculate", "checkbox").check().run()
        assert field(page, ":tools", "multiselect").value == ["sql", "calculate"]
        field(page, ":tools:list:sql", "checkbox").uncheck().run()
        assert saved(page, studio, row).agent(first.name).tools == ["calculate"]

    def test_chosen_by_name_are_ticked_in_the_list(self, page, row):
        page = pick(page, next(agent.label for agent in row.spec.agents if agent.has_model))
        field(page, ":tools", "multiselect").set_value(["read_file"]).run()
        assert field(page, ":tools:list:read_file", "checkbox").value
        assert not field(page, ":tools:list:write_file", "checkbox").value


class TestRulesForPackages:
    def test_name_a_package_or_a_pattern(self, page, studio, row):
        page.button(key=f"{row.team_id}:rule:add").click().run()
        field(page, "rule:0:kind", "button_group").set_value("package").run()
        field(page, "rule:0:package").set_value("django*")
        field(page, "rule:0:action", "button_group").set_value("approve").run()
        (rule,) = saved(page, studio, row).policies
        assert (rule.kind, rule.package, rule.action) == ("package", "django*", "approve")

    def test_for_different_packages_do_not_hide_one_another(self, page, studio, row):
        for position, name in enumerate(["numpy", "pandas"]):
            page.button(key=f"{row.team_id}:rule:add").click().run()
            field(page, f"rule:{position}:kind", "button_group").set_value("package").run()
            field(page, f"rule:{position}:package").set_value(name).run()
        assert "decides all of this before" not in words(page)

    def test_are_tried_on_installs_of_the_past_but_not_on_doubtful_ones(self, page, studio, row):
        chat = studio.as_(ANN).chats.start(row.spec, "x", client_id="past")
        fence = studio.store.chats.begin_leg(chat, "w")
        for event in (package(1, "django"), package(2, "flask"), package(3, "djang0", "It looks like django.")):
            studio.store.chats.append(chat, event, fence=fence)
        page.button(key=f"{row.team_id}:rule:add").click().run()
        field(page, "rule:0:kind", "button_group").set_value("package").run()
        field(page, "rule:0:package").set_value("django").run()
        field(page, "rule:0:action", "button_group").set_value("approve").run()
        page.button(key=f"{row.team_id}:trial:press").click().run()
        assert "Of the last 2 requests" in words(page)
        assert "**1** would have been asked about], :green[**1** approved]" in words(page)

    def test_installs_have_deadlines_of_their_own(self, page, studio, row):
        page.button(key=f"{row.team_id}:deadline:add").click().run()
        field(page, "deadline:0:kind", "selectbox").set_value("package").run()
        assert key_of(page, "deadline:0:kind", "selectbox")
        assert saved(page, studio, row).deadlines[0].kind == "package"
