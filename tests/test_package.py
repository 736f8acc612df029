"""The package: its list of dependencies, the files made from it, and the wheel in an environment of its own."""

from packaging.requirements import Requirement

from package.requirements import ROOT, listed, project


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Name -> requirement."""
    return {each.name: each for each in map(Requirement, lines)}


class TestRequirements:
    def test_the_made_files_pin_what_pyproject_lists_and_nothing_else(self):
        for name, (_, wanted) in listed(project()).items():
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
            pins = requirements([line for line in lines if not line.startswith("#")])
            asked = requirements(wanted)
            assert pins.keys() == asked.keys(), f"{name}: run `make requirements`"
            for pin in pins.values():
                (specifier,) = pin.specifier
                assert specifier.operator == "=="
                assert specifier.version in asked[pin.name].specifier, f"{name}, {pin}: run `make requirements`"
                assert pin.extras == asked[pin.name].extras
