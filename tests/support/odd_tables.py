"""Tables as programs and people really write them, each with what is right: its columns, what they hold, a figure.

Read in the app (`tests/workspaces/test_tables.py`), asked with SQL in the sandbox (`tests/tools/test_odd_tables.py`).
"""

import gzip
from dataclasses import dataclass

GERMAN = "Ort;Umsatz;Tag\nKöln;1.234,50;31.12.2025\nMünchen;99,9;01.02.2026\n"


@dataclass(frozen=True)
class OddTable:
    """A file and what is in it."""

    name: str
    content: bytes
    columns: str
    """Their names, with a space between."""
    kinds: str
    """A letter each: t text, i integer, d decimal, b boolean, D date, T time, S timestamp."""
    n_rows: int
    sql: str
    """What is asked of the table: an expression."""
    answer: str
    notes: tuple[str, ...] = ()
    """What is told, in part."""


def _of(name: str, text: str | bytes, *rest: object, encoding: str = "utf-8") -> OddTable:
    return OddTable(name, text if isinstance(text, bytes) else text.encode(encoding), *rest)  # type: ignore[arg-type]


_SUM, _DAY = "round(sum(Umsatz), 2)", "max(Tag)"
ODD_TABLES = [
    _of("plain.csv", "a,b\n1,x\n2,y\n", "a b", "it", 2, "sum(a)", "3"),
    _of("semicolons.csv", GERMAN, "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4",
        ("separated by semicolons", "decimals are commas", "dates begin with the day in Tag")),
    _of("tabs.tsv", "a\tb\n1.5\tx\n2.5\ty\n", "a b", "dt", 2, "sum(a)", "4.0", ("separated by tabs",)),
    _of("pipes.csv", "a|b\n1|x, y\n2|z\n", "a b", "it", 2, "max(b)", "z", ("separated by |",)),
    _of("sep_line.csv", "sep=;\na;b\n1;2\n", "a b", "ii", 1, "sum(b)", "2", ("separated by semicolons",)),
    _of("newlines.csv", 'a,b\n1,"x\ny, ""z"""\n2,w\n', "a b", "it", 2, "max(length(b))", "8"),
    _of("line_ends.csv", b'a,b\n1,"x\r\ny"\n2,"\rz\n"\n', "a b", "it", 2, "sum(length(b))", "7"),
    _of("one_column_empty.csv", "a\nx\n\"\"\ny\n", "a", "t", 2, "count(*)", "2"),
    _of("spaced.csv", 'a, b\n1, "x, y"\n2, "z"\n', "a b", "it", 2, "max(length(b))", "4"),
    _of("mark.csv", "größe,b\n1,2\n", "größe b", "ii", 1, 'sum("größe")', "1", encoding="utf-8-sig"),
    _of("latin.csv", GERMAN, "Ort Umsatz Tag", "tdD", 2, "max(Ort)", "München", ("Windows-1252 (cp1252), a guess",),
        encoding="latin-1"),
    _of("windows.csv", "name,price\nCafé – “x”,5 €\nÖl,6,\n".replace("6,\n", "6 €\n"), "name price", "ti", 2,
        "sum(price)", "11", ("Windows-1252 (cp1252), a guess", "€ beside each number in price"), encoding="cp1252"),
    _of("dos.csv", "Ort;n\nKöln;1\nMünchen;2\n", "Ort n", "ti", 2, "min(Ort)", "Köln", ("a guess",), encoding="cp850"),
    _of("polish.csv", "miasto;n\nŁódź;1\nWrocław;2\n", "miasto n", "ti", 2, "max(miasto)", "Łódź",
        ("encoding cp1250, a guess",), encoding="cp1250"),
    _of("russian.csv", "имя;город\nАнна;Москва\nБорис;Тверь\n", "имя город", "tt", 2, "min(имя)", "Анна",
        ("encoding cp1251, a guess", "line 1 is taken as the header"), encoding="cp1251"),
    _of("utf16.csv", GERMAN.replace(";", "\t"), "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4",
        ("encoding UTF-16", "separated by tabs"), encoding="utf-16"),
    _of("utf16_be.csv", "\ufeff" + GERMAN, "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4", ("encoding UTF-16",),
        encoding="utf-16-be"),
    _of("bare_le.csv", GERMAN, "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4", ("without a mark (utf-16-le)",),
        encoding="utf-16-le"),
    _of("bare_be.csv", GERMAN, "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4", ("without a mark (utf-16-be)",),
        encoding="utf-16-be"),
    _of("mistake.csv", ("ö" * 200).encode() + b",b\nx,2\n\xff,3\n", "ö" * 100 + " b", "ti", 2, "sum(b)", "5",
        ("UTF-8 with mistakes: 1 place shown as �",)),
    _of("ragged.csv", "a,b,c\n1,2,3\n1,2\n1,2,3,4\n", "a b c column_4", "iiii", 3, "sum(column_4)", "4",
        ("2 of 3 rows do not fit: lines 3, 4",)),
    _of("short_header.csv", "a,b\n1,2,x\n3,4,y\n5,6,z\n", "a b column_3", "iit", 3, "max(column_3)", "z",
        ("the header names 2 of 3 columns",)),
    _of("long_header.csv", "a,b,c\n1,2\n3,4\n", "a b c", "iit", 2, "sum(b)", "6",
        ("2 of 2 rows do not fit: lines 2, 3",)),
    _of("header_only.csv", "a,b\n", "a b", "tt", 0, "count(a)", "0"),
    _of("no_header.csv", "1,2.5,x\n2,3.5,y\n", "column_1 column_2 column_3", "idt", 2, "sum(column_2)", "6.0",
        ("no header, so the columns are numbered",)),
    _of("years.csv", "shop,2024,2025\nx,1,2\ny,3,4\n", "shop 2024 2025", "tii", 2, 'sum("2025")', "6"),
    _of("twice.csv", "a,A,a\n1,2,3\n", "a A_2 a_3", "iii", 1, "sum(a_3)", "3", ("there twice are numbered: A, a",)),
    _of("nameless.csv", ",b,\n1,2,3\n", "column_1 b column_3", "iii", 1, "sum(column_3)", "3",
        ("2 columns without a name",)),
    _of("index.csv", ",a\n0,x\n1,y\n", "column_1 a", "it", 2, "sum(column_1)", "1"),
    _of("english.csv", 'a,b\nx,"1,234,567.50"\ny,"2,000"\n', "a b", "td", 2, "sum(b)", "1236567.5",
        ("thousands are set apart in b",)),
    _of("unsure_comma.csv", 'a,b\nx,"1,234"\ny,"2,000"\n', "a b", "tt", 2, "max(b)", "2,000",
        ("b: 2,000 can be 2.000 or 2000, so the column is kept as text",)),
    _of("unsure_point.csv", "a;b\nx;1.234\ny;2.000\n", "a b", "tt", 2, "max(b)", "2.000", ("b: 2.000 can be",)),
    _of("settled.csv", "a;b;c\nx;1.234;1,5\ny;2.000;2,25\n", "a b c", "tid", 2, "sum(b)", "3234",
        ("decimals are commas", "thousands are set apart in b")),
    _of("points.csv", "a,b\nx,1.234\ny,2.000\n", "a b", "td", 2, "sum(b)", "3.234"),
    _of("swiss.csv", "a;b\nx;1'234.50\ny;12’000.25\n", "a b", "td", 2, "sum(b)", "13234.75",
        ("thousands are set apart in b",)),
    _of("french.csv", "a;b\nx;1\u202f234,50\ny;12 000,25\nz;7\u00a0000,25\n", "a b", "td", 3, "sum(b)", "20235.0",
        ("decimals are commas",)),
    _of("codes.csv", "plz,id\n01234,12345678901234567890\n50667,1\n", "plz id", "tt", 2, "min(plz)", "01234"),
    _of("days.csv", "a;b;c\n31.12.2025;2025-12-31;12/31/2025\n01.02.2026;2026-02-01;02/01/2026\n", "a b c", "DDD", 2,
        "max(a) = max(b) AND max(b) = max(c)", "True", ("the day in a", "the month in c")),
    _of("unsure_days.csv", "a,b\n03/04/2026,1.2.26\n05/06/2026,3.4.26\n", "a b", "tt", 2, "max(a)", "05/06/2026",
        ("can begin with the day or the month", "two digits of the year")),
    _of("moments.csv", "a,b,c\n2026-01-02 10:00,2026-01-02T10:00:00+02:00,9:30\n2026-01-03 11:30:15,"
        "2026-01-03T10:00:00Z,10:00\n", "a b c", "SST", 2, "min(b)", "2026-01-02 08:00:00", ("times are in UTC in b",)),
    _of("percent.csv", "a;b\n5,5 %;x\n6 %;y\n", "a b", "dt", 2, "sum(a)", "11.5", ("% beside each number in a",)),
    _of("money.csv", 'a,b\n"€ 1,234.50",(12.5)\n"€ 2.00",3.0-\n', "a b", "dd", 2, "sum(a) + sum(b)", "1221.0",
        ("€ beside each number in a", "are negative in b")),
    _of("currencies.csv", "a,b\n$5,1\n€6,2\n", "a b", "ti", 2, "max(a)", "€6", ("several units ($, €) stay text",)),
    _of("minus.csv", "a,b\n−5,1\n+3,2\n", "a b", "ii", 2, "sum(a)", "-2"),
    _of("floats.csv", "a,b\n1e5,0.30000000000000004\n2.5e-3,1.5\n", "a b", "dd", 2, "max(a)", "100000.0"),
    _of("missing.csv", "a,b\n1,NA\n2,5\n", "a b", "ii", 2, "count(b)", "1", ("NA read as empty",)),
    _of("truths.csv", "a,b\ntrue,1\nFalse,2\n", "a b", "bi", 2, "bool_and(a)", "False"),
    _of("trailing_all.csv", "a;b;\n1;2;\n3;4;\n", "a b", "ii", 2, "sum(b)", "6"),
    _of("trailing_rows.csv", "a;b\n1;2;\n3;4;\n", "a b", "ii", 2, "sum(b)", "6"),
    _of("titles.csv", "Sales report 2026\nBy: me, on Monday\n\nregion;amount\nnorth;1\nsouth;2\n", "region amount",
        "ti", 2, "sum(amount)", "3", ("2 lines above the header left out: 'Sales report 2026'",)),
    _of("comments.csv", "# made by x\n# y, z\nregion,amount\nnorth,1\nsouth,2\n", "region amount", "ti", 2,
        "sum(amount)", "3", ("2 lines above the header left out",)),
    _of("nuls.csv", "a,b\n1,x\0y\n2,z\n", "a b", "it", 2, "min(b)", "xy", ("1 NUL character left out",)),
    _of("one_column.csv", "note\nhello, world\nfoo\n", "note", "t", 2, "max(note)", "hello, world",
        ("line 1 is taken as the header",)),
    _of("numbers.csv", "n\n1\n\n2\n", "n", "i", 2, "sum(n)", "3"),
    _of("wide.csv", "\n".join(",".join(f"{head}{n}" for n in range(10_000)) for head in ("c", "1")) + "\n",
        " ".join(f"c{n}" for n in range(10_000)), "i" * 10_000, 1, "max(c9999)", "19999"),
    _of("giant.csv", "a,b\n" + "x" * 3_000_000 + ",1\ny,2\n", "a b", "ti", 2, "max(length(a))", "3000000"),
    _of("returns.csv", "a,b\r1,2\r3,4\r", "a b", "ii", 2, "sum(b)", "6"),
    _of("mixed_ends.csv", "a,b\r\n1,2\n3,4\r5,6\r\n", "a b", "ii", 3, "sum(b)", "12"),
    _of("packed.csv.gz", gzip.compress(GERMAN.encode("cp1252"), mtime=0), "Ort Umsatz Tag", "tdD", 2, _SUM, "1334.4"),
    _of("open_quote.csv", 'a,b\n1,"x\n2,y\n3,z\n', "a b", "it", 3, "sum(a)", "6", ("quotation mark is never closed",)),
    _of("no_header_de.csv", "1,5;2,5\n3,5;4,5\n", "column_1 column_2", "dd", 2, "sum(column_2)", "7.0",
        ("separated by semicolons", "decimals are commas")),
    _of("inches.csv", 'a,b\n1,3" pipe\n2,y\n', "a b", "it", 2, "min(b)", '3" pipe'),
    _of("late.csv", "a,b\n" + "1,2\n" * 30_000 + "x,3\n", "a b", "ii", 30_001, "max(a)", "x"),
]  # fmt: skip

NO_TABLES = [
    ("empty.csv", b"", "It holds no rows."),
    ("blank.csv", b"\n\n \n", "It holds no rows."),
    ("picture.csv", bytes(range(256)) * 20, "It is not the table that its name says: it holds no text."),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls), which is not read. Save it as .xlsx"),
    ("secret.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "has a password"),
    ("text.xlsx", b"a,b\n1,2\n", "It is not the Excel workbook that its name says"),
    ("cut.csv.gz", gzip.compress(b"a,b\n1,2\n" * 1_000, mtime=0)[:40], "It is not the gzip file that its name says"),
    ("sheet.ods", b"PK", "Save it as .xlsx or .csv."),
]
"""(name, content, what is said)"""
