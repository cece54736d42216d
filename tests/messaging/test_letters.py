"""What a letter has beside its words: buttons, links, pages; and that nobody writes into them."""

from __future__ import annotations

import html.parser
import uuid
from typing import Any

import pytest

from services.kit.names import Name
from services.messaging.channels.push import firebase_message
from services.messaging.channels.whatsapp import BUTTONS, TITLE, compose
from services.messaging.inbound.commands import pressed
from services.messaging.inbound.words import Intent
from services.messaging.messages.content import Content, packed, unpacked
from services.messaging.messages.domain import (
    Button,
    Channel,
    Kind,
    Letter,
    Link,
    ProviderTemplate,
    Text,
)
from services.messaging.templates import buttons
from services.messaging.templates.pages import dressed
from services.messaging.templates.words import LANGUAGES

JOIN = "https://turnout.example.org/join/#a.b"
NASTY = "<script>alert('1')</script> & \"quotes\" \u202e"


def letter(**changes: Any) -> Letter:
    given: dict[str, Any] = {
        "name": Name(uuid.uuid4(), uuid.uuid4()),
        "channel": Channel.EMAIL,
        "to_name": "Ada",
        "address": "ada@example.org",
        "text": Text("Gig", "Come at 7"),
    }
    return Letter(**given | changes)


class Reader(html.parser.HTMLParser):
    """What a mail program makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: dict[str, str] = {}
        self.text = ""
        self._at = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag == "a":
            self._at = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._at = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._at:
            self.links[self._at] = data


def read(**changes: Any) -> Reader:
    return Reader(dressed(letter(**changes)).html)


@pytest.mark.parametrize(
    "content",
    [
        Content(""),
        Content("plain \u0631 \U0001f600\nlines"),
        Content('\0{"body": "forged", "links": []}'),
        Content(
            "all of it",
            "pt-BR",
            (Link("Answer", JOIN),),
            (Button("Yes", "yes"), Button("No", "no")),
            ProviderTemplate("t", "de", (("", "a"), ("name", "b")), "head", "a.b", 2),
            True,
            "wamid.1",
        ),
    ],
)
def test_what_is_packed_is_unpacked(content):
    assert unpacked(packed(content)) == content


def test_words_alone_are_packed_as_they_are():
    assert packed(Content("Come at 7")) == "Come at 7"


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_fit_and_are_understood_in_every_language(language):
    found = buttons.answers(Kind.INVITATION, language)

    assert len(found) <= BUTTONS
    assert all(0 < len(button.title) <= TITLE for button in found)
    assert len({button.title for button in found}) == len(found)
    meant = [command.intent for each in found if (command := pressed(each.payload))]
    assert meant == [Intent.YES, Intent.NO, Intent.MAYBE]


def test_languages_that_are_near_share_their_buttons():
    assert buttons.titles("de-AT") == buttons.titles("de") != buttons.titles("xx")
    assert buttons.titles("xx") == buttons.titles("en")
    assert buttons.titles("pt") == buttons.titles("pt-BR")


def test_what_asks_nothing_has_no_buttons_to_answer_by():
    assert buttons.answers(Kind.THANKS, "en") == ()
    assert buttons.links(Kind.THANKS, "en", JOIN) == ()
    assert buttons.links(Kind.OFFER, "en", "") == ()


def test_a_page_says_what_the_text_says_and_has_the_link_as_a_button():
    page = read(
        text=Text("Gig", f"Hello Ada,\n\nwill you come?\n{JOIN}\n\nSee you & yours"),
        host="The Club",
        language="de",
        links=(Link("Antworten", JOIN),),
    )

    assert page.links == {JOIN: "Antworten"}
    for words in ("The Club", "Hello Ada,", "will you come?", "See you & yours"):
        assert words in page.text
    assert JOIN not in page.text


def test_nobody_writes_tags_into_a_page():
    page = read(
        text=Text(NASTY, f"{NASTY}\n\n{NASTY}"),
        host=NASTY,
        language='"><img>',
        links=(Link(NASTY, JOIN),),
    )

    assert page.tags <= {"html", "head", "meta", "body", "div", "p", "br", "a"}
    assert page.text.count(NASTY) == 4
    assert page.links == {JOIN: NASTY}


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "", 'https://x.org/"onclick=x', "//x"]
)
def test_only_what_is_an_address_is_a_button(uri):
    page = read(links=(Link("Press", uri),))

    assert page.links == {}


def test_addresses_in_the_text_can_be_followed():
    page = read(text=Text("", "See https://x.org/a?b=1&c=2, or (http://y.org/z)."))

    assert page.links == {
        "https://x.org/a?b=1&c=2": "https://x.org/a?b=1&c=2",
        "http://y.org/z": "http://y.org/z",
    }


def test_the_way_out_is_in_the_foot():
    page = read(unsubscribe_uri="https://x.org/u", language="fr")

    assert page.links == {"https://x.org/u": "Ne plus recevoir d'e-mails"}


def test_only_mails_have_pages():
    assert dressed(letter(channel=Channel.SMS)).html == ""
    assert dressed(letter(html="<p>mine</p>")).html == "<p>mine</p>"


def test_a_notification_opens_what_the_message_links_to():
    assert firebase_message(letter(links=(Link("Answer", JOIN),)))["data"]["link"] == JOIN
    assert "link" not in firebase_message(letter())["data"]


def test_a_template_of_whatsapp_has_head_body_buttons_and_link():
    template = ProviderTemplate("gala", "pt-BR", (("", "Ada"),), "Gig\n2", "a.b", 2)
    answers = buttons.answers(Kind.INVITATION, "en")

    said = compose(letter(address="+4917012345678", template=template, buttons=answers))

    head, body, *pressed_, link = said["template"]["components"]
    assert head == {"type": "header", "parameters": [{"type": "text", "text": "Gig 2"}]}
    assert body["parameters"] == [{"type": "text", "text": "Ada"}]
    assert [(each["index"], each["parameters"][0]["payload"]) for each in pressed_] == [
        (0, "yes"),
        (1, "no"),
    ]
    assert (link["sub_type"], link["index"]) == ("url", 2)
    assert link["parameters"] == [{"type": "text", "text": "a.b"}]


def test_what_is_too_long_for_buttons_goes_as_a_whole_without_them():
    words = "x" * 1025

    said = compose(
        letter(address="+4917012345678", text=Text("", words), buttons=(Button("Yes", "yes"),))
    )

    assert said["text"]["body"] == words
