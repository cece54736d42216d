from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from services.kit.names import Name
from services.messaging.messages.domain import Channel, Text
from services.messaging.templates import domain
from services.messaging.templates.domain import GIVEN, Translation, Type, Variable, blank, write

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def template(body="Hello {{ name }}", *variables, **more):
    words = (Translation("en", "{{ event }}", body),)
    return domain.Template(
        Name(uuid.uuid4(), uuid.uuid4()),
        "Welcome",
        variables,
        more.get("translations", words),
        NOW,
        NOW,
    )


def said(body, *variables, channel=Channel.EMAIL, **values):
    made = domain.checked(template(body, *variables))
    filled = GIVEN | domain.values(variables, values, "en")
    return domain.write(made.translations[0], channel, filled)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__ }}",
        "{{ name.__class__.__mro__ }}",
        "{{ name['x'] }}",
        "{{ name.upper() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for i in name %}x{% endfor %}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'secret' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{{ 'a' * 10**9 }}",
        "{{ 9**9**9 }}",
        "{{ name ~ name }}",
        "{{ [1, 2] }}",
        "{{ {'a': 1} }}",
        "{{ name | center(1000000000) }}",
        "{{ name | attr('__class__') }}",
        "{{ name | format }}",
        "{{ name | replace('', name) }}",
        "{{ lipsum() }}",
        "{{ self }}",
        "{{ secret }}",
        "{{ 7 * 7 }}",
        "{{ name",
        "{% if name %}",
        "{% call name() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% if name is defined %}x{% endif %}",
        "{% raw %}{{ x }}",
        "{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}",
        "{{ " + "not " * 5000 + "name }}",
    ],
)
def test_what_a_template_needs_not_is_refused(attack):
    with pytest.raises(domain.BadTemplate) as refused:
        domain.checked(template(attack))

    assert refused.value.metadata["field"] == "message_template.translations[0].body"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Hello {{ name | upper }}", "Hello ADA"),
        ("{% if place %}at {{ place }}{% else %}somewhere{% endif %}", "at Town hall, Berlin"),
        ("{{ 'late' if name == 'Ada' else 'early' }}", "late"),
        ("{{ code | default('none', true) }}", "none"),
        ("{% if code and not name %}x{% elif name | length > 2 %}y{% endif %}", "y"),
        ("{# nothing #}{{ '{{' }} name", "{{ name"),
    ],
)
def test_what_is_left_is_enough_to_write_with(body, text):
    assert said(body, Variable("code", optional=True)).body == text + "\n"


@pytest.mark.parametrize(
    "value",
    ["{{ 7 * 7 }}", "{% for x in y %}", "{{ name.__class__ }}", "#{7*7}", "<b>bold</b>", "שלום 🎉"],
)
def test_values_are_never_read_as_a_template(value):
    assert said("{{ code }}", Variable("code"), code=value).body == value + "\n"


def test_nobody_writes_into_the_head_of_an_e_mail():
    made = template("x", Variable("code"))
    words = Translation("en", "{{ code }}", "{{ code }}")
    filled = domain.values(made.variables, {"code": "hi\r\nBcc: all@example.org\u2028!"}, "en")

    text = domain.write(words, Channel.EMAIL, GIVEN | filled)

    assert text.subject == "hi Bcc: all@example.org !"
    assert text.body == "hi Bcc: all@example.org !\n"


def test_phones_get_the_short_words():
    words = Translation("en", "A subject", "A long body", "Short: {{ name }}")

    assert domain.write(words, Channel.SMS, GIVEN) == Text("", "Short: Ada")
    assert domain.write(words, Channel.EMAIL, GIVEN).body == "A long body\n"


def test_a_missing_value_is_refused_before_anything_is_written():
    variables = (Variable("code"), Variable("hint", optional=True))

    with pytest.raises(domain.MissingVariable) as refused:
        domain.values(variables, {"hint": "x"}, "en")
    assert refused.value.metadata["problem"] == "code must be given"
    assert domain.values(variables, {"code": "42"}, "en") == {"code": "42", "hint": ""}


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (Type.NUMBER, "12.5", "12,5"),
        (Type.NUMBER, "-1e3", "-1000"),
        (Type.TIME, "2026-12-01T17:00:00Z", "01.12.2026, 18:00 Uhr"),
        (Type.LINK, "https://example.org/?a=b&c=d", "https://example.org/?a=b&c=d"),
        (Type.TEXT, "x" * 10_000, "x" * 10_000),
    ],
)
def test_values_are_written_as_the_language_does(kind, value, written):
    found = domain.values((Variable("v", kind),), {"v": value}, "de-AT", "Europe/Berlin")

    assert found == {"v": written}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Type.NUMBER, "twelve"),
        (Type.NUMBER, "nan"),
        (Type.NUMBER, "1e999999999"),
        (Type.TIME, "tomorrow"),
        (Type.TIME, "9999-12-31T23:59:59-14:00"),
        (Type.LINK, "javascript:alert(1)"),
        (Type.LINK, "https://example.org/ now"),
        (Type.TEXT, "x" * 10_001),
    ],
)
def test_what_is_not_of_its_type_is_refused(kind, value):
    with pytest.raises(domain.BadVariable):
        domain.values((Variable("v", kind),), {"v": value}, "en", "Pacific/Kiritimati")


def test_a_value_that_nobody_declared_is_refused():
    with pytest.raises(domain.BadVariable):
        domain.values((), {"code": "42"}, "en")


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [("pt-PT", "pt-BR"), ("PT-br", "pt-BR"), ("de", "de"), ("fi", "en"), ("", "en")],
)
def test_the_nearest_language_is_used_or_the_first(wanted, spoken):
    languages = [Translation(tag, "", "x") for tag in ("en", "de", "pt-BR")]
    made = domain.checked(template(translations=tuple(languages)))

    assert domain.translation(made, wanted).language == spoken


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (template("x", Variable("name")), "variables[0].name"),
        (template("x", Variable("a"), Variable("a")), "variables[1].name"),
        (
            template(translations=(Translation("de", "", "x"), Translation("DE", "", "x"))),
            "translations[1].language_code",
        ),
    ],
)
def test_nothing_is_there_twice(made, field):
    with pytest.raises(domain.BadTemplate) as refused:
        domain.checked(made)

    assert refused.value.metadata["field"] == f"message_template.{field}"


def test_what_a_message_comes_to_is_bounded():
    body = "{% if code %}{{ code }}{% endif %}" * 500

    text = said(body, Variable("code"), code="x" * 10_000)

    assert len(text.body) == domain.LONGEST + 1


@pytest.mark.parametrize(
    "body",
    [
        "{% if name > 1 %}x{% endif %}",
        "{% if name == 'Bob' and name > 1 %}x{% endif %}",
        "{{ 'none' if name == 0 else name }}",
        "{{ name in 5 }}",
        "{{ 5|upper }}",
        "{{ name|length|length }}",
        "{{ name|upper(1) }}",
        "{{ name|trim(3) }}",
        "{{ name|default('a', true, 'b') }}",
        "{{ name|default(5) }}",
        "{{ none }}",
        "{{ 'x' if name }}",
    ],
)
def test_what_would_fail_when_somebody_is_written_to_is_refused_before(body):
    with pytest.raises(domain.BadTemplate) as refused:
        domain.checked(template(body))

    assert refused.value.metadata["field"] == "message_template.translations[0].body"


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
@pytest.mark.parametrize(
    "body",
    [
        "{{ name }}, come to {{ event }}: {{ link }}{{ link }}",
        "{% if event %}Dear {{ name }}{% else %}{{ link }}{% endif %}  ",
        "{% if name %}Dear {{ name }}{% endif %}",
        "{{ name | upper }} {{ link }}",
        "{{ 'Ada' if name == 'Ada' else link }}",
        "no names",
        "",
    ],
)
def test_what_is_said_to_many_is_what_is_said_to_each(channel, body):
    words = Translation("en", "{{ event }} for {{ name }}", body)
    common = {"event": "Gig", "host": "", "place": "", "when": ""}
    fill = blank(words, channel, common)

    for name, link in (("Ada", "https://x.example/#1"), ("Bob {{ event }}", ""), ("", " y ")):
        own = {"name": name, "link": link}
        assert fill(own) == write(words, channel, {**common, **own})
