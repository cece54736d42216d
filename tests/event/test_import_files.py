"""What people's programs write is read as they meant it, or refused with the reason."""

from __future__ import annotations

import codecs

import pytest

from services.event.forms.domain import Form, Question, Type
from services.event.imports import domain, files, wire
from services.event.imports.domain import BadImport, Flaw
from tests.event.builders import GIG

FORM = Form(
    GIG,
    (
        Question("diet", "?", Type.CHOICE, choices=("all", "vegan")),
        Question("days", "?", Type.CHOICES, choices=("fri", "sat")),
    ),
)
PLAIN = "name,email\nAda,ada@example.org\nBob,bob@example.org\n"


def table(text, content_type="text/csv", form=FORM):
    data = text if isinstance(text, bytes) else text.encode()
    return wire.table(data, content_type, form)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.rstrip().encode(),
        b"\n\n" + PLAIN.replace("\n", "\n\n").encode(),
        b'"name","email"\n"Ada","ada@example.org"\n"Bob" ,bob@example.org'.replace(b'" ,', b'",'),
        b"E-Mail,Name\nada@example.org, Ada \nbob@example.org,Bob",
    ],
)
def test_a_table_is_read_however_it_was_written(data):
    people, flaws, ignored = table(data)

    assert (people.names, flaws, ignored) == (["Ada", "Bob"], [], [])
    assert people.emails == ["ada@example.org", "bob@example.org"]


def test_what_stands_in_quotes_may_have_anything_in_it():
    people, flaws, _ = table(
        'name,email,more\n"Ada\n""the first""",ada@example.org,"1,2;3"\n'
        '"Lovelace, Ada",al@example.org,\nBob,bob,\n'
    )

    assert people.names == ['Ada\n"the first"', "Lovelace, Ada"]
    assert [(flaw.line, flaw.field) for flaw in flaws] == [(5, "email")]


def test_the_line_of_a_flaw_is_that_on_which_the_row_begins():
    _, flaws, _ = table('name,email,diet\nAda,ada@example.org,"\n\n\n"\n,bob@example.org,\n')

    assert flaws == [Flaw(6, "display_name", "must not be blank")]


@pytest.mark.parametrize(
    ("data", "content_type", "problem"),
    [
        ("name,email\nAdrián,a@example.org\n".encode("latin-1"), "", "line 2 is neither"),
        (PLAIN.encode("utf-16-le"), "", "byte order mark"),
        (codecs.BOM_UTF32_LE + PLAIN.encode("utf-32-le"), "", "UTF-32"),
        (PLAIN.encode(), "text/csv; charset=ISO-8859-1", "and not iso-8859-1"),
        (b"\xff\xfe\x00", "", "UTF"),
        (b"", "", "titles"),
        (b" \n ", "", "titles"),
        (b"{}", "", "display_name"),
        (b"email\nada@example.org", "", "display_name"),
        (b"name\nAda", "", "email or phone"),
        (b"name,email,mail\nAda,a@b.org,a@b.org", "", "two columns"),
        (b'name,email\n"Ada,ada@example.org\n', "", "line 2"),
        (b'name,email\nAda,"ada"@example.org\n', "", "line 2"),
        (b"x" * (domain.MOST_BYTES + 1), "", "at most"),
        (b"name,email\n" + b"a,b\n" * (domain.MOST_ROWS + 1), "", "at most"),
    ],
)
def test_what_is_no_table_of_people_is_refused_with_the_reason(data, content_type, problem):
    with pytest.raises(BadImport, match=problem):
        table(data, content_type)


@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        (",a@example.org,,,,", "display_name", "must not be blank"),
        (f"{'x' * 101},a@example.org,,,,", "display_name", "at most 100"),
        ("A\x07a,a@example.org,,,,", "display_name", "control"),
        ("Ada,,,,,", "email", "must be given"),
        ("Ada,ada,,,,", "email", "e-mail address"),
        (f"Ada,{'x' * 250}@example.org,,,,", "email", "e-mail address"),
        ("Ada,,0170 1234567,,,", "phone", "E.164"),
        ("Ada,,+99912345678,,,", "phone", "E.164"),
        ("Ada,a@example.org,,!,,", "language_code", "language tag"),
        ("Ada,a@example.org,,,Mars,", "time_zone", "time zone"),
        ("Ada,a@example.org,,,,meat", "diet", "must be one of"),
        ("Ada,a@example.org,,,,vegan,more", "", "has 7 fields instead of 6"),
        ("Ada", "", "has 1 fields instead of 6"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_and_the_others_are_kept(row, field, problem):
    titles = "name,email,phone,language,time zone,diet"
    good = "Bob,b@example.org,+49 170 1234567,pt-BR,Europe/Lisbon,vegan"

    people, [flaw], _ = table(f"{titles}\n{good}\n{row}\n{good}\n")

    assert people.names == ["Bob", "Bob"]
    assert people.phones == ["+491701234567"] * 2
    assert (flaw.line, flaw.field) == (3, field)
    assert problem in flaw.problem


def test_columns_that_mean_nothing_are_told():
    _, _, ignored = table("name,email,Shoe size,\nAda,ada@example.org,39,\n")

    assert ignored == ["Shoe size", ""]


def test_a_column_of_a_question_has_answers():
    people, _, _ = table("name,email,diet,days\nAda,a@b.org,vegan,sat;fri\nBob,b@b.org,,\n")

    assert '"vegan"' in people.answers[0]
    assert '["fri", "sat"]' in people.answers[0]
    assert people.answers[1] == ""


# --- people who come twice


def folded(text, *, report=False):
    people, _, _ = table(text)
    return domain.fold(people, report=report)


def test_rows_about_one_person_are_one():
    people, outcome = folded(
        "name,email,phone,language\nAda,ada@b.org,,\nBob,bob@b.org,,\n"
        "Ada L.,ADA@b.org,+491701234567,pt\nA.,,+491701234567,de\n"
    )

    assert (people.names, outcome.merged) == (["Ada", "Bob"], 2)
    assert (people.phones[0], people.languages[0]) == ("+491701234567", "pt")


def test_rows_about_one_person_are_told_if_asked():
    people, outcome = folded("name,email\nAda,ada@b.org\nA,ada@b.org\n", report=True)

    assert people.names == ["Ada"]
    assert [(flaw.line, flaw.problem) for flaw in outcome.flaws] == [(3, "is the person of line 2")]


def test_a_row_with_the_addresses_of_two_people_is_told():
    people, outcome = folded(
        "name,email,phone\nAda,ada@b.org,\nBob,,+491701234567\nC,ada@b.org,+491701234567\n"
    )

    assert len(people) == 2
    assert "lines 2 and 3" in outcome.flaws[0].problem


def test_a_table_knows_its_widest_separator():
    assert files.read(b'"a,b";c;d\n1;2;3\n', "").titles == ("a,b", "c", "d")
