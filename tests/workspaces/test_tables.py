"""The one reader of tables, over files as programs and people really write them: no row, name or value is lost."""

import io
import random
import re
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from agents.sandbox.python_env import PythonEnvironment
from agents.workspaces import Workspace, described
from agents.workspaces.charset import charset_of
from agents.workspaces.preview import preview
from agents.workspaces.tables.conversion import OtherKindError, converted
from agents.workspaces.tables.kinds import Kind
from agents.workspaces.tables.reader import tables_in
from agents.workspaces.tables.table import NoTableError, Table
from tests.support.odd_tables import GERMAN, NO_TABLES, ODD_TABLES, OddTable
from tests.support.waiting import allowed_s
from tests.support.workbooks import MAKE_WORKBOOK, with_parts

LETTERS = {"text": "t", "integer": "i", "decimal": "d", "boolean": "b", "date": "D", "time": "T", "timestamp": "S"}


def read(name: str, content: bytes, max_bytes: int | None = None) -> Table:
    (table,) = tables_in(name, io.BytesIO(content), charset_of, max_bytes)
    return table


@pytest.fixture(scope="session")
def book(sandbox_python: PythonEnvironment, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook that openpyxl wrote: see `MAKE_WORKBOOK`."""
    folder = tmp_path_factory.mktemp("books")
    subprocess.run([sandbox_python.python, "-c", MAKE_WORKBOOK], cwd=folder, check=True)
    return (folder / "book.xlsx").read_bytes()


class TestDelimited:
    @pytest.mark.parametrize("odd", ODD_TABLES, ids=lambda odd: odd.name)
    def test_is_read_as_it_is_and_what_is_uncertain_is_told(self, odd: OddTable):
        table = read(odd.name, odd.content)
        assert table.columns == odd.columns.split(" ")
        assert "".join(LETTERS[kind.name] for kind in table.kinds) == odd.kinds
        rows = list(table.rows())
        assert (len(rows), table.n_rows, table.is_whole) == (odd.n_rows, odd.n_rows, True)
        assert {len(row) for row in rows} <= {len(table.columns)}
        told = "; ".join(table.notes)
        assert [note for note in odd.notes if note not in told] == [], told

    @pytest.mark.parametrize(("name", "content", "said"), NO_TABLES)
    def test_what_is_no_table_is_told_in_a_sentence(self, name: str, content: bytes, said: str):
        with pytest.raises(NoTableError, match=r"^It ") as told:
            tables_in(name, io.BytesIO(content), charset_of)
        assert said in str(told.value)

    def test_nothing_is_told_of_a_plain_table(self):
        assert read("a.csv", b"a,b\n1,x\n2,y\n").notes == []

    def test_no_value_is_lost_when_rows_are_too_long(self):
        values = [str(n) for n in range(100)]
        table = read("a.csv", f"a,b,c\n1,2,3\n1,2,3\n{','.join(values)}\n".encode())
        (row,) = [row for row in table.rows() if row[1] == "1"]
        assert " | ".join(row).split(" | ") == values

    def test_of_a_long_file_the_beginning_is_read(self):
        table = read("a.csv", b"a,b\n" + b"1,2\n" * 100_000, 10_001)
        assert (table.is_whole, table.n_rows, table.notes) == (False, 2_499, [])

    def test_any_bytes_are_read_soon_and_without_a_traceback(self):
        chance = random.Random(7)
        marks = [
            b",",
            b";",
            b"\t",
            b'"',
            b"\n",
            b"\r",
            b"1",
            b"1.5",
            b"2,5",
            b"\0",
            b"\xff",
            b"a",
            "ö".encode(),
            b" ",
            b"#",
        ]
        for _ in range(400):
            content = b"".join(chance.choices(marks, k=chance.randint(0, 200)))
            began = time.monotonic()
            try:
                for table in tables_in(chance.choice(["a.csv", "a.tsv", "a.csv.gz", "a.xlsx"]), io.BytesIO(content)):
                    assert all(len(row) == len(table.columns) for row in table.rows())
            except NoTableError:
                continue
            assert time.monotonic() - began < allowed_s(1)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
    def test_people_and_agents_are_told_the_same(self, tmp_path: Path, encoding: str):
        workspace = Workspace(tmp_path, "c1")
        change = workspace.save("sales.csv", GERMAN.encode(encoding))
        version = workspace.version(change.sha256)
        assert version is not None
        shown = preview("sales.csv", version)
        assert shown.rows[0] == ["Köln", "1.234,50", "31.12.2025"]
        told = described([change], workspace)
        assert "2 rows; columns: Ort, Umsatz, Tag; separated by semicolons" in told
        for said in ("Decimals are commas.", "Thousands are set apart in Umsatz."):
            assert said in shown.note
            assert said.lower().rstrip(".") in told.lower()


class TestConversion:
    @pytest.mark.parametrize(
        ("kind", "values", "expected"),
        [
            (Kind("decimal", mark=","), ["1.234,5", "", "-0,25", "12"], ["1234.5", "", "-0.25", "12"]),
            (Kind("decimal", mark="."), ["1,234.5", "7", "1e5"], ["1234.5", "7", "1e5"]),
            (Kind("integer", mark=",", has_groups=True), ["1.234.567", "5"], ["1234567", "5"]),
            (Kind("integer"), ["5", " -6 ", "NA", ""], ["5", "-6", "", ""]),
            (Kind("date", order="dmy", separator="."), ["1.2.2026", "31.12.0999"], ["2026-02-01", "0999-12-31"]),
            (Kind("time"), ["9:05", "23:59:59"], ["09:05:00", "23:59:59"]),
        ],
    )
    def test_values_become_what_databases_read(self, kind: Kind, values: list[str], expected: list[str]):
        assert list(converted(values, kind)) == expected

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            (Kind("integer"), "1,234"),
            (Kind("integer"), "1.5"),
            (Kind("integer"), "007"),
            (Kind("integer", mark=",", has_groups=True), "1.234,5"),
            (Kind("decimal", mark=","), "1.5"),
            (Kind("decimal", mark="."), "1,5"),
            (Kind("decimal", mark="."), "5 €"),
            (Kind("date", order="dmy", separator="."), "2026-01-02"),
            (Kind("date", order="dmy", separator="."), "31.02.2026"),
            (Kind("boolean"), "yes"),
        ],
    )
    def test_a_value_of_another_kind_is_refused_and_never_bent(self, kind: Kind, value: str):
        with pytest.raises(OtherKindError, match=re.escape(value)):
            converted([value], kind)


class TestWorkbooks:
    def test_its_sheets_are_tables_hidden_ones_too(self, book: bytes):
        sales, costs, old = tables_in("book.xlsx", io.BytesIO(book))
        assert [(table.name, table.is_hidden) for table in (sales, costs, old)] == [
            ("Sales", False), ("Costs 2026", False), ("Old", True)
        ]  # fmt: skip
        assert sales.columns == ["region", "amount", "day", "at", "ok", "total"]
        assert [LETTERS[kind.name] for kind in sales.kinds] == list("tdDSbt")
        assert next(sales.rows()) == ["north", "12.5", "2026-01-02", "2026-01-02 10:30:00", "true", ""]
        assert "1 line above the header left out: 'Sales by region'" in sales.notes
        assert "1 merged area: the value stands in the first cell of each" in sales.notes
        assert "2 formulas without a saved value, read as empty" in sales.notes
        assert (costs.columns, list(costs.rows())) == (["what", "sum"], [["rent", "1000"], ["007", "0.1"]])

    def test_of_formulas_the_saved_values_count(self, book: bytes):
        saved = with_parts(
            book,
            {"xl/worksheets/sheet1.xml": lambda xml: xml.replace("<v></v>", "<v>25</v>").replace("<v />", "<v>25</v>")},
        )
        sales = tables_in("book.xlsx", io.BytesIO(saved))[0]
        assert [row[-1] for row in sales.rows()] == ["25", "25"]
        assert "2 formulas: the values that Excel saved" in sales.notes

    @pytest.mark.parametrize(
        ("part", "content"),
        [
            ("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>'),
            ("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c r='ZZZZ1'><v>1</v></c></row></sheetData>"),
            (
                "xl/worksheets/sheet1.xml",
                "<worksheet><sheetData><row r='x'><c t='s'><v>99</v></c></row></sheetData></worksheet>",
            ),
            ("xl/worksheets/sheet1.xml", "<a>" * 100_000),
            ("xl/worksheets/sheet1.xml", "\0\1"),
        ],
    )
    def test_a_hostile_one_is_told_in_a_sentence(self, book: bytes, part: str, content: str):
        with pytest.raises(
            NoTableError, match=r"^It is not the Excel workbook that its name says, or it is damaged\.$"
        ):
            tables_in("book.xlsx", io.BytesIO(with_parts(book, {part: lambda xml: content})))

    def test_texts_that_excel_keeps_apart_are_put_in_their_cells(self, book: bytes):
        kept = "<sst><si><t>nor</t></si><si><r><t>n_x00e4_</t></r><r><t>he</t></r><rPh><t>no</t></rPh></si></sst>"
        link = '<Relationship Type="http://x/sharedStrings" Target="sharedStrings.xml" Id="rId9" /></Relationships>'
        changes = {
            "xl/sharedStrings.xml": lambda xml: kept,
            "xl/_rels/workbook.xml.rels": lambda xml: xml.replace("</Relationships>", link),
            "xl/worksheets/sheet1.xml": lambda xml: xml.replace(
                't="inlineStr"><is><t>north</t></is>', 't="s"><v>1</v>'
            ),
        }
        sales = tables_in("book.xlsx", io.BytesIO(with_parts(book, changes)))[0]
        assert next(sales.rows())[0] == "nähe"

    def test_one_that_unpacks_to_very_much_is_refused_before(self, book: bytes):
        bomb = with_parts(book, {"xl/worksheets/sheet1.xml": lambda xml: f"<a>{'x' * 80_000_000}</a>"})
        assert len(bomb) < 200_000
        began = time.monotonic()
        with pytest.raises(NoTableError, match="Unpacked it is larger than 16 MB"):
            tables_in("book.xlsx", io.BytesIO(bomb), None, 16_000_000)
        assert time.monotonic() - began < allowed_s(2)

    def test_are_described_and_shown_sheet_by_sheet(self, book: bytes, tmp_path: Path):
        workspace = Workspace(tmp_path, "c1")
        change = workspace.save("book.xlsx", book)
        told = described([change], workspace)
        assert "sheet Sales has 2 rows; columns: region, amount, day, at, ok, total;" in told
        assert "sheet Old (hidden) has 1 row; columns: a" in told
        version = workspace.version(change.sha256)
        assert version is not None
        assert preview("book.xlsx", version).sheets == ["Sales", "Costs 2026", "Old"]
        assert preview("book.xlsx", version, "Costs 2026").rows == [["rent", "1000"], ["007", "0.1"]]

    def test_a_zip_of_something_else_is_none(self, tmp_path: Path):
        path = tmp_path / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "x")
        assert preview("a.xlsx", path).note == "It is not the Excel workbook that its name says, or it is damaged."
