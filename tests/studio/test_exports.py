"""A chat is taken out by whoever may look at it, and by nobody else."""

import pytest

from agents.chats import Person
from agents.errors import NotFoundError, UsageError
from agents.permissions import RefusedError
from agents.studio import Studio
from tests.support.exported_chats import ADA, everything, put

VERA = Person(name="vera@example.com", is_verified=True)


@pytest.fixture
def studio(studio: Studio) -> Studio:
    (studio.settings.home / "access.toml").write_text('view = ["@example.com"]\nrun = ["ada.lovelace@example.com"]\n')
    put(studio, everything())
    return studio


class TestRights:
    def test_whoever_may_look_may_export(self, studio: Studio):
        exports = studio.as_(VERA).exports
        for form in exports.formats("c1"):
            with exports.chat("c1", form.name).content as content:
                assert content.read(1)

    @pytest.mark.parametrize(
        "who", [Person(name="eve@evil.com", is_verified=True), Person(name="vera@example.com"), None],
        ids=["another domain", "not signed in", "signed out"],
    )  # fmt: skip
    def test_nobody_else_may_and_nothing_is_told(self, studio: Studio, who: Person | None):
        exports = studio.as_(who).exports
        for ask in (exports.formats, lambda chat: exports.chat(chat, "html"), lambda chat: exports.name(chat, "html")):
            with pytest.raises(RefusedError):
                ask("c1")


class TestWhatIsExported:
    def test_a_chat_that_is_not_there_or_was_deleted_is_not(self, studio: Studio):
        exports = studio.local.exports
        with pytest.raises(NotFoundError):
            exports.chat("nowhere", "html")
        studio.as_(ADA).chats.delete("c1")
        with pytest.raises(NotFoundError, match=r"was deleted\. Restore it"):
            exports.chat("c1", "html")

    def test_an_unknown_format_is_told_with_the_known_ones(self, studio: Studio):
        with pytest.raises(UsageError, match=r"no format 'pdf'\. Choose one of html, markdown"):
            studio.local.exports.chat("c1", "pdf")

    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("A letter", "A-letter.html"),
            ("../../etc/passwd", "etc-passwd.html"),
            ('<b>"\n\u202e: sk-proj-Ab12Cd34Ef56Gh78Ij90', "b-key.html"),
            ("日本語", "日本語.html"),
            ("???", "c1.html"),
        ],
    )
    def test_a_file_is_called_by_the_title_as_disks_take_it(self, studio: Studio, title: str, name: str):
        studio.store.chats.rename("c1", title)
        assert studio.local.exports.name("c1", "html") == name
        assert studio.local.exports.name("c1", "html", has_names=False) == "c1.html"
