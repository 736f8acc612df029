"""Who may do what is checked in the verbs themselves: whoever calls them, a refused act changes nothing and is kept."""

import threading
from functools import partial
from pathlib import Path

import pytest

from agents.chats import Person
from agents.chats.requests import Answer
from agents.errors import StudioError
from agents.permissions import Access, RefusedError
from agents.specs import ConnectionSpec, dump_team, load_team
from agents.studio import Studio
from tests.support.command_line import CommandLine

RULES = """
view = ["@example.com"]
run = ["Rita@Example.com"]
decide = ["dora@example.com"]
administer = ["ada@example.com"]
"""
RITA, DORA, ADA, VERA, EVE = (
    Person(name=f"{name}@{domain}", is_verified=True)
    for name, domain in [
        ("rita", "example.com"), ("dora", "example.com"), ("ada", "example.com"), ("vera", "example.com"),
        ("eve", "evil.com"),
    ]
)  # fmt: skip
FAKE = Person(name="ada@example.com")
ASKING = load_team("""
name: Asks first
agents:
  - {name: client, role: human}
  - {name: Dev, prompt: You write code., description: Codes.}
initiator: Dev
first_speaker: client
""")


@pytest.fixture
def home(home: Path) -> Path:
    home.mkdir()
    return home


@pytest.fixture
def agents(home: Path, sqlite_url: str) -> CommandLine:
    return CommandLine(home)


@pytest.fixture
def studio(studio: Studio) -> Studio:
    (studio.settings.home / "access.toml").write_text(RULES)
    return studio


@pytest.fixture
def waiting(studio: Studio) -> str:
    """A chat that asks the client."""
    chat = studio.as_(ADA).chats.start(ASKING, "Build it.", client_id="c", run_here=True)
    assert studio.local.chats.run_here(chat, lambda piece: None, threading.Event()) == "waiting"
    return chat


def decide(studio: Studio, chat: str, by: Person) -> None:
    (request,) = studio.local.chats.state(chat).requests
    studio.as_(by).requests.decide(chat, Answer.to(request, "end"), client_id=f"by {by.name} {by.is_verified}")


class TestDeciding:
    @pytest.mark.parametrize("who", [RITA, VERA, EVE, FAKE, Person()], ids=lambda who: who.name)
    def test_whoever_may_not_is_refused_and_it_is_kept(self, studio: Studio, waiting: str, who: Person):
        before = studio.local.chats.log(waiting)
        with pytest.raises(RefusedError, match=r"may not decide here\. Nothing was changed"):
            decide(studio, waiting, who)
        assert studio.local.chats.log(waiting) == before
        (refusal,) = studio.local.requests.refusals()
        assert (refusal.who, refusal.is_verified, refusal.act, refusal.chat) == (
            who.name, who.is_verified, "decide: end", waiting,
        )  # fmt: skip
        assert studio.local.requests.refusals("another chat") == []

    def test_whoever_may_is_the_one_in_the_log(self, studio: Studio, waiting: str):
        decide(studio, waiting, DORA)
        made = next(
            recorded.event for recorded in studio.local.chats.log(waiting) if recorded.event.kind == "DecisionMade"
        )
        assert made.by == DORA
        assert studio.local.requests.refusals() == []


class TestTheCommandLine:
    def test_nobody_is_signed_in_there_and_what_was_refused_can_be_listed(
        self, studio: Studio, waiting: str, home: Path, agents: CommandLine
    ):
        refused = agents("answer", waiting, "--end", "--as", "ada@example.com")
        assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
        assert "'ada@example.com', who is not signed in, may not decide here" in refused.err
        assert studio.local.chats.get(waiting).status == "waiting"
        assert "ada@example.com (unverified)  decide: end" in agents("audit", "--refused").out
        assert agents("audit", "--refused", "--json").events[0]["chat"] == waiting
        assert agents("audit", "--refused", "--csv").out.startswith("at,who,is_verified,act,chat,why\n")


class TestEveryVerb:
    ACTS = {
        "start": ("run", lambda me, chat: me.chats.start(me.teams.from_gallery("product-team"), "x")),
        "continue": ("run", lambda me, chat: me.chats.continue_(chat)),
        "stop": ("run decide", lambda me, chat: me.chats.stop(chat)),
        "say": ("run decide", lambda me, chat: me.chats.say(chat, "x")),
        "pause": ("run decide", lambda me, chat: me.chats.pause(chat)),
        "revoke": ("decide", lambda me, chat: me.requests.revoke_rule(chat, "r")),
        "rename another's chat": ("", lambda me, chat: me.chats.rename(chat, "x")),
        "delete another's chat": ("", lambda me, chat: me.chats.delete(chat)),
        "restore another's chat": ("", lambda me, chat: me.chats.restore(chat)),
        "attach files": ("run", lambda me, chat: me.files.attach(chat, [("a.txt", b"x")])),
        "write the summary": ("run", lambda me, chat: me.chats.write_summary(chat)),
        "save a team": ("", lambda me, chat: me.teams.save(ASKING)),
        "import a team": ("", lambda me, chat: me.teams.save(me.teams.read(dump_team(ASKING)))),
        "delete a team": ("", lambda me, chat: me.teams.delete("x")),
        "restore a team": ("", lambda me, chat: me.teams.restore("x")),
        "label a revision": ("", lambda me, chat: me.teams.label_live("x", 1)),
        "add a team's files": ("", lambda me, chat: me.teams.add_files("x", [("a.md", b"x")])),
        "remove a team's files": ("", lambda me, chat: me.teams.remove_files("x", ["a.md"])),
        "save an agent": ("", lambda me, chat: me.library.save(ASKING.agents[1], {})),
        "delete an agent": ("", lambda me, chat: me.library.delete("x")),
        "restore an agent": ("", lambda me, chat: me.library.restore("x")),
        "save a connection": ("", lambda me, chat: me.connections.save(
            ConnectionSpec(name="x", base_url="http://x/v1"))),
        "delete a connection": ("", lambda me, chat: me.connections.delete("x")),
        "choose the default": ("", lambda me, chat: me.connections.set_default("")),
        "add an address": ("", lambda me, chat: me.notifications.add("x", "json://x", [])),
        "change an address": ("", lambda me, chat: me.notifications.change("x", [])),
        "remove an address": ("", lambda me, chat: me.notifications.remove("x")),
        "test an address": ("", lambda me, chat: me.notifications.test("x")),
    }  # fmt: skip

    @pytest.mark.parametrize("act", ACTS)
    def test_is_for_those_who_may_and_nobody_else(self, studio: Studio, waiting: str, act: str):
        roles, do = self.ACTS[act]
        allowed = {ADA, *([RITA] if "run" in roles else []), *([DORA] if "decide" in roles else [])}
        for person in (VERA, EVE, FAKE, Person(), RITA, DORA, ADA):
            try:
                do(studio.as_(person), waiting)
                is_refused = False
            except RefusedError:
                is_refused = True
            except StudioError:  # it may, and there is nothing to do it to
                is_refused = False
            assert is_refused == (person not in allowed), person

    @pytest.mark.parametrize("act", ["rename", "delete", "restore"])
    def test_who_runs_teams_keeps_house_with_the_chats_they_started(self, studio: Studio, act: str):
        saved = studio.as_(ADA).teams.save(ASKING)
        mine = studio.as_(RITA).chats.start(ASKING, "x", team_id=saved.team_id, revision=saved.revision, run_here=True)
        arguments = (mine, "Mine") if act == "rename" else (mine,)
        for person in (DORA, VERA, EVE, FAKE, Person(name="rita@example.com")):
            assert act == "rename" or studio.local.chats.get(mine).deleted_at is None
            with pytest.raises(RefusedError):
                getattr(studio.as_(person).chats, act)(*arguments)
        assert studio.as_(RITA).chats.why_not_change(mine) == studio.as_(ADA).chats.why_not_change(mine) == ""
        for person in (RITA, ADA):
            getattr(studio.as_(person).chats, act)(*arguments)
            studio.as_(person).chats.restore(mine)

    def test_why_anothers_chat_stays_as_it_is_names_who_started_it_and_is_kept(self, studio: Studio, waiting: str):
        rita = studio.as_(RITA).chats
        assert rita.why_not_change(waiting).startswith("ada@example.com started this chat: only they and admin")
        with pytest.raises(RefusedError, match="Nothing was changed"):
            rita.delete(waiting)
        assert studio.local.chats.get(waiting).deleted_at is None
        assert [(row.who, row.act) for row in studio.local.requests.refusals(waiting)] == [(RITA.name, "delete")]

    def test_who_only_runs_teams_cannot_bring_rules_of_their_own(self, studio: Studio):
        saved = studio.as_(ADA).teams.save(ASKING)
        lax = ASKING.model_copy(update={"step_mode": True})
        start = partial(studio.as_(RITA).chats.start, task="x", team_id=saved.team_id, revision=saved.revision)
        with pytest.raises(RefusedError):
            start(lax)
        with pytest.raises(RefusedError):
            studio.as_(RITA).chats.start(ASKING, "x", client_id="b")
        assert studio.local.chats.rows() == []
        assert start(ASKING.model_copy(update={"model": "m"}))


class TestTheFile:
    def test_without_one_everybody_may_everything(self, home: Path):
        assert Access(home, {}).may(Person(), "administer")

    @pytest.mark.parametrize(
        ("who", "may"),
        [(VERA, "view"), (RITA, "view run"), (DORA, "view decide"), (ADA, "view run decide administer"), (EVE, ""),
         (FAKE, ""), (Person(name="@example.com", is_verified=True), ""),
         (Person(name="x@sub.example.com", is_verified=True), "")],
    )  # fmt: skip
    def test_a_domain_an_email_and_the_roles_that_others_hold(self, home: Path, who: Person, may: str):
        (home / "access.toml").write_text(RULES)
        access = Access(home, {})
        assert [role for role in ("view", "run", "decide", "administer") if access.may(who, role)] == may.split()

    def test_everybody_who_signed_in_is_not_anybody(self, home: Path):
        (home / "mine.toml").write_text('view = ["anybody"]\nrun = ["*"]\n')
        access = Access(home, {"STUDIO_ACCESS": str(home / "mine.toml")})
        assert access.may(FAKE, "view")
        assert not access.may(FAKE, "run")
        assert access.may(EVE, "run")

    @pytest.mark.parametrize(
        "text", ["view = ", 'sing = ["*"]', 'run = "*"', "run = [1]", 'run = ["ann"]', 'run = ["a b@c"]', "\xff"]
    )
    def test_one_that_cannot_be_meant_is_said_at_the_start(self, home: Path, text: str):
        (home / "access.toml").write_text(text, encoding="latin-1")
        with pytest.raises(StudioError, match="Nobody may do anything until it is fixed"):
            Access(home, {})

    def test_one_that_is_named_and_not_there_lets_nobody_in(self, home: Path):
        with pytest.raises(StudioError, match="not there any more"):
            Access(home, {"STUDIO_ACCESS": str(home / "gone.toml")})

    def test_a_change_counts_at_once_and_taking_it_away_opens_nothing(self, home: Path):
        file = home / "access.toml"
        file.write_text(RULES)
        access = Access(home, {})
        assert not access.may(VERA, "run")
        file.write_text('run = ["@example.com"]\n')
        assert access.may(VERA, "run")
        file.write_text("nonsense")
        with pytest.raises(StudioError):
            access.may(ADA, "run")
        file.unlink()
        with pytest.raises(StudioError):
            access.may(ADA, "run")
