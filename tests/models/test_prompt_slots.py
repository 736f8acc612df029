"""Each member keeps the slot that read its prompt."""

from contextlib import ExitStack

from agents.models.prompt_slots import PromptSlots, whose


def slot(slots: PromptSlots, member: str) -> int | None:
    with slots.taken(member) as taken:
        return taken


class TestSlots:
    def test_a_member_finds_its_own_again(self):
        slots = PromptSlots(3)
        assert [slot(slots, member) for member in "abcabccab"] == [0, 1, 2, 0, 1, 2, 2, 0, 1]

    def test_the_one_used_longest_ago_goes_to_who_has_none(self):
        slots = PromptSlots(2)
        assert [slot(slots, member) for member in "abacb"] == [0, 1, 0, 1, 0]

    def test_two_calls_at_once_never_share_one_and_a_third_has_none(self):
        slots = PromptSlots(2)
        with ExitStack() as calls:
            taken = [calls.enter_context(slots.taken(member)) for member in "aab"]
            assert taken == [0, 1, None]
        assert slot(slots, "a") in (0, 1)
        with slots.taken("a"), slots.taken("b"):
            assert slot(slots, "c") is None


class TestWhose:
    def test_a_prompt_is_told_by_who_reads_it_and_how_it_begins(self):
        begins = [{"role": "system", "content": "You plan."}, {"role": "user", "content": "Build it."}]
        said = {"role": "user", "content": "Done."}
        assert whose("m", "PM", begins) == whose("m", "PM", [*begins, said])
        others = [("m", "QA", begins), ("n", "PM", begins), ("m", "PM", [begins[0], said])]
        assert len({whose("m", "PM", begins), *(whose(*each) for each in others)}) == 4
