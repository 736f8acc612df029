"""Saved teams and their revisions, on each database."""

import pytest

from agents.errors import ConflictError, NotFoundError
from tests.support.chat_log import ANNA, BEN, TEAM


def renamed(name: str):
    return TEAM.model_copy(update={"name": name})


class TestRevisions:
    def test_a_new_team_is_revision_one(self, store):
        row = store.teams.save(TEAM, by=ANNA)
        assert (row.revision, row.spec, row.by) == (1, TEAM, ANNA)
        assert store.teams.get(row.team_id) == row

    def test_saving_again_keeps_every_earlier_revision(self, store):
        first = store.teams.save(TEAM, by=ANNA)
        second = store.teams.save(renamed("Zweites 🦀"), team_id=first.team_id, by=BEN, expected_revision=1)
        assert (second.revision, second.spec.name, second.by) == (2, "Zweites 🦀", BEN)
        assert store.teams.get(first.team_id, 1) == first
        assert store.teams.revisions(first.team_id) == [second, first]

    def test_saving_an_equal_spec_makes_no_revision(self, store):
        first = store.teams.save(TEAM, by=ANNA)
        assert store.teams.save(TEAM.model_copy(), team_id=first.team_id, by=BEN) == first
        assert store.teams.save(TEAM, team_id=first.team_id, by=BEN, expected_revision=7) == first

    def test_saving_over_somebody_elses_revision_is_a_conflict(self, store):
        first = store.teams.save(TEAM, by=ANNA)
        second = store.teams.save(renamed("Ben's"), team_id=first.team_id, by=BEN, expected_revision=1)
        with pytest.raises(ConflictError, match=r'Ben saved revision 2 of "Ben.s" at .* UTC, while revision 1 was'):
            store.teams.save(renamed("Anna's"), team_id=first.team_id, by=ANNA, expected_revision=1)
        assert store.teams.revisions(first.team_id) == [second, first]

    def test_without_an_expected_revision_the_last_one_wins(self, store):
        first = store.teams.save(TEAM, by=ANNA)
        store.teams.save(renamed("Ben's"), team_id=first.team_id, by=BEN)
        assert store.teams.save(renamed("Anna's"), team_id=first.team_id, by=ANNA).revision == 3


class TestLabels:
    @pytest.fixture
    def team_id(self, store):
        """A team of three revisions."""
        first = store.teams.save(renamed("One"), by=ANNA)
        for name in ("Two", "Three"):
            store.teams.save(renamed(name), team_id=first.team_id, by=ANNA)
        return first.team_id

    def labels(self, store, team_id) -> list[str]:
        """Newest revision first."""
        return [row.label for row in store.teams.revisions(team_id)]

    def test_one_revision_is_live_and_those_saved_after_it_are_drafts(self, store, team_id):
        assert self.labels(store, team_id) == ["", "", ""]
        assert store.teams.label_live(team_id, 2) is None
        assert self.labels(store, team_id) == ["draft", "live", ""]
        assert store.teams.label_live(team_id, 1) == 2
        assert self.labels(store, team_id) == ["draft", "draft", "live"]
        assert store.teams.label_live(team_id, None) == 1
        assert self.labels(store, team_id) == ["", "", ""]

    def test_chats_run_the_live_revision_and_without_one_the_newest(self, store, team_id):
        assert [row.spec.name for row in store.teams.rows_to_run()] == ["Three"]
        store.teams.label_live(team_id, 2)
        (row,) = store.teams.rows_to_run()
        assert (row.revision, row.spec.name, row.label) == (2, "Two", "live")
        assert store.teams.get_to_run(team_id) == row
        assert store.teams.rows()[0].revision == 3

    def test_a_new_revision_is_a_draft_and_the_live_one_stays(self, store, team_id):
        store.teams.label_live(team_id, 3)
        saved = store.teams.save(renamed("Four"), team_id=team_id, by=BEN)
        assert (saved.label, saved.live_revision) == ("draft", 3)

    def test_pages_that_show_teams_learn_of_it(self, store, team_id):
        before = store.teams.mark()
        store.teams.label_live(team_id, 2)
        labelled = store.teams.mark()
        assert labelled != before
        store.teams.label_live(team_id, 2)
        assert store.teams.mark() == labelled

    def test_what_is_not_there_gets_no_label_and_the_old_one_stays(self, store, team_id):
        store.teams.label_live(team_id, 1)
        for revision in (0, 4, -1):
            with pytest.raises(NotFoundError, match=f"no revision {revision} of the team"):
                store.teams.label_live(team_id, revision)
        assert store.teams.get_to_run(team_id).revision == 1
        store.teams.delete(team_id)
        with pytest.raises(NotFoundError, match="Restore it"):
            store.teams.label_live(team_id, 2)
        assert store.teams.rows_to_run() == []
        store.teams.restore(team_id)
        assert store.teams.get_to_run(team_id).revision == 1
        for verb in (store.teams.get_to_run, lambda team: store.teams.label_live(team, 1)):
            with pytest.raises(NotFoundError, match="no team 'nowhere'"):
                verb("nowhere")


class TestLists:
    def test_the_latest_saved_comes_first_in_its_newest_revision(self, store):
        one, two = store.teams.save(renamed("One"), by=ANNA), store.teams.save(renamed("Two"), by=ANNA)
        newest = store.teams.save(renamed("One again"), team_id=one.team_id, by=ANNA)
        assert store.teams.rows() == [newest, two]

    def test_a_deleted_team_can_be_restored_as_it_was(self, store):
        row = store.teams.save(TEAM, by=ANNA)
        store.teams.delete(row.team_id)
        assert store.teams.rows() == []
        assert store.teams.rows(is_deleted=True) == [row]
        assert store.teams.get(row.team_id) == row
        with pytest.raises(NotFoundError, match="Restore it"):
            store.teams.save(renamed("New"), team_id=row.team_id, by=ANNA)
        store.teams.restore(row.team_id)
        assert store.teams.rows() == [row]

    def test_what_is_not_there_is_named(self, store):
        row = store.teams.save(TEAM, by=ANNA)
        with pytest.raises(NotFoundError, match="no revision 2 of the team"):
            store.teams.get(row.team_id, 2)
        for verb in (store.teams.get, store.teams.revisions, store.teams.delete, store.teams.restore):
            with pytest.raises(NotFoundError, match="no team 'nowhere'"):
                verb("nowhere")
        with pytest.raises(NotFoundError):
            store.teams.save(TEAM, team_id="nowhere", by=ANNA)
