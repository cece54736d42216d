"""The words of every kind of message, in the languages we speak.

Jinja2, rendered by `rendering`. Variables that a message may lack are empty. `text` is what goes
to a phone, where there is no subject and every word costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.messaging.messages.domain import Kind
from services.messaging.templates.answers import ANSWERS, SUBJECT

ENGLISH = "en"


@dataclass(frozen=True)
class Template:
    subject: str
    body: str
    text: str


@dataclass(frozen=True)
class Language:
    """How a language writes times and amounts, and what it calls what has no name."""

    time: str
    decimal: str
    event: str
    somebody: str
    # What a member may be, by the words of the contract; those that are the same are left out.
    roles: Mapping[str, str] = field(default_factory=dict)


LANGUAGES = {
    ENGLISH: Language("%a %d %b %Y, %H:%M", ".", "the event", "Somebody"),
    "de": Language(
        "%d.%m.%Y, %H:%M Uhr",
        ",",
        "die Veranstaltung",
        "Jemand",
        {
            "owner": "Inhaber",
            "admin": "Administration",
            "organizer": "Organisation",
            "finance": "Finanzen",
            "staff": "Einlass und Helfer",
            "viewer": "Zuschauer",
        },
    ),
    "pt-BR": Language(
        "%d/%m/%Y, %H:%M",
        ",",
        "o evento",
        "Alguém",
        {
            "owner": "proprietário",
            "admin": "administração",
            "organizer": "organização",
            "finance": "finanças",
            "staff": "equipe",
            "viewer": "leitor",
        },
    ),
    "fr": Language("%d/%m/%Y, %H:%M", ",", "l'événement", "Quelqu'un"),
    "es": Language("%d/%m/%Y, %H:%M", ",", "el evento", "Alguien"),
    "it": Language("%d/%m/%Y, %H:%M", ",", "l'evento", "Qualcuno"),
    "nl": Language("%d-%m-%Y, %H:%M", ",", "het evenement", "Iemand"),
    "pl": Language("%d.%m.%Y, %H:%M", ",", "wydarzenie", "Ktoś"),
    "tr": Language("%d.%m.%Y, %H:%M", ",", "etkinlik", "Biri"),
    "ar": Language("%d/%m/%Y, %H:%M", ".", "المناسبة", "شخص ما"),
    "he": Language("%d.%m.%Y, %H:%M", ".", "האירוע", "מישהו"),
}

_EN_HELLO = "Hello{% if name %} {{ name }}{% endif %},\n\n"
_EN_FACTS = (
    "{% if when %}When: {{ when }}\n{% endif %}{% if place %}Where: {{ place }}\n{% endif %}"
)
_DE_HELLO = "Hallo{% if name %} {{ name }}{% endif %},\n\n"
_DE_FACTS = "{% if when %}Wann: {{ when }}\n{% endif %}{% if place %}Wo: {{ place }}\n{% endif %}"
_PT_HELLO = "Olá{% if name %} {{ name }}{% endif %},\n\n"
_PT_FACTS = (
    "{% if when %}Quando: {{ when }}\n{% endif %}{% if place %}Onde: {{ place }}\n{% endif %}"
)
_WHY = "{% if why %}: {{ why }}{% else %}.{% endif %}"
_CODE = "{% for code in codes %}{{ code }}{% endfor %}"
_NUMBER = "{% if number %} {{ number }}{% endif %}"
_LINK = "{% if link %}\n{{ link }}\n{% endif %}"

_ENGLISH = {
    Kind.INVITATION: Template(
        subject="{{ event }}: will you come?",
        body=_EN_HELLO + "{% if host %}{{ host }} invites you to {{ event }}."
        "{% else %}you are invited to {{ event }}.{% endif %}\n\n"
        + _EN_FACTS
        + "\nPlease say here whether you come. The link is yours alone:\n"
        + _LINK,
        text="{% if host %}{{ host }} invites you to {{ event }}"
        "{% else %}You are invited to {{ event }}{% endif %}"
        "{% if when %}, {{ when }}{% endif %}. Will you come? {{ link }}",
    ),
    Kind.CONFIRMATION: Template(
        subject="{{ event }}: are you coming?",
        body=_EN_HELLO
        + "we have not heard yet whether you come to {{ event }}.\n\n"
        + _EN_FACTS
        + "\nPlease say so here; the link is yours alone:\n"
        + _LINK,
        text="Are you coming to {{ event }}{% if when %}, {{ when }}{% endif %}? {{ link }}",
    ),
    Kind.REMINDER: Template(
        subject="{{ event }}: see you soon",
        body=_EN_HELLO
        + "this is to remind you of {{ event }}.\n\n"
        + _EN_FACTS
        + "{% if link %}\nYour ticket, and sharing your way on the day:\n"
        + _LINK
        + "{% endif %}",
        text="See you at {{ event }}{% if when %}, {{ when }}{% endif %}. {{ link }}",
    ),
    Kind.THANKS: Template(
        subject="{{ event }}: thank you",
        body=_EN_HELLO + "thank you for being part of {{ event }}."
        "{% if host %}\n\n{{ host }}{% endif %}\n",
        text="Thank you for being part of {{ event }}.",
    ),
    Kind.TICKET: Template(
        subject="{{ event }}: your {% if codes|length > 1 %}tickets{% else %}ticket{% endif %}",
        body=_EN_HELLO
        + "you are in: {{ event }}.\n\n"
        + _EN_FACTS
        + "{% if codes %}\nShow this at the door:\n"
        "{% for code in codes %}{{ code }}\n{% endfor %}{% endif %}"
        + "{% if link %}\nYour booking, and sharing your way on the day:\n"
        + _LINK
        + "{% endif %}",
        text="You are in: {{ event }}{% if when %}, {{ when }}{% endif %}."
        "{% if link %} Your ticket: {{ link }}{% endif %}",
    ),
    Kind.LAPSED: Template(
        subject="{{ event }}: your seat was not paid in time",
        body=_EN_HELLO
        + "the seat that we kept for you at {{ event }} was not paid in time and is free again.\n"
        + "{% if link %}\nYou can try again as long as there are seats:\n"
        + _LINK
        + "{% endif %}",
        text="Your seat at {{ event }} was not paid in time and is free again."
        "{% if link %} Try again: {{ link }}{% endif %}",
    ),
    Kind.SOLD_OUT: Template(
        subject="{{ event }}: no seat is left",
        body=_EN_HELLO
        + "thank you for saying yes to {{ event }}. Unfortunately no seat is left for you.\n"
        + "{% if link %}\nSeats may become free; you can try again here:\n"
        + _LINK
        + "{% endif %}",
        text="Unfortunately no seat is left for you at {{ event }}."
        "{% if link %} Try again later: {{ link }}{% endif %}",
    ),
    Kind.OFFER: Template(
        subject="{{ event }}: a seat is free for you",
        body=_EN_HELLO + "a seat has become free for you at {{ event }}, and is held for you"
        "{% if until %} until {{ until }}{% endif %}.\n\n"
        + _EN_FACTS
        + "{% if link %}\nTake it here; after that the next in line is asked:\n"
        + _LINK
        + "{% endif %}",
        text="A seat is free for you at {{ event }}{% if until %} until {{ until }}{% endif %}."
        "{% if link %} Take it: {{ link }}{% endif %}",
    ),
    Kind.CANCELLED: Template(
        subject="{% if called_off %}{{ event }} is called off"
        "{% else %}{{ event }}: your booking is cancelled{% endif %}",
        body=_EN_HELLO
        + "{% if called_off %}{{ event }} is called off"
        + _WHY
        + "\n{% else %}your booking for {{ event }} is cancelled.\n{% endif %}"
        "\nIf you have paid, you get back {% if called_off %}all of it"
        "{% else %}what the terms of the event say{% endif %}.\n",
        text="{% if called_off %}{{ event }} is called off"
        + _WHY
        + "{% else %}Your booking for {{ event }} is cancelled.{% endif %}",
    ),
    Kind.MOVED: Template(
        subject="{{ event }}: another time or place",
        body=_EN_HELLO
        + "{{ event }} takes place at another time or place than was announced.\n\n"
        + _EN_FACTS
        + "{% if link %}\nYour answer and your seat stay as they are. You can change them here:\n"
        + _LINK
        + "{% endif %}",
        text="{{ event }} has moved{% if when %}: {{ when }}{% endif %}"
        "{% if place %}, {{ place }}{% endif %}.",
    ),
    Kind.REFUND: Template(
        subject="{{ event }}: you get {{ amount }} back",
        body=_EN_HELLO
        + "we have given back {{ amount }} for {{ event }}. Your bank may take some days to show"
        " it.\n",
        text="We have given back {{ amount }} for {{ event }}.",
    ),
    Kind.FORFEITED: Template(
        subject="{{ event }}: your payment came too late",
        body=_EN_HELLO
        + "your payment for {{ event }} came when it could not be used any more: your seat was not"
        " kept for you, or was paid already.\n"
        "You get all of it back; you need not do anything.\n"
        + "{% if link %}\nYou can try again as long as there are seats:\n"
        + _LINK
        + "{% endif %}",
        text="Your payment for {{ event }} came too late. You get all of it back.",
    ),
    Kind.RECEIPT: Template(
        subject="{{ event }}: your receipt" + _NUMBER,
        body=_EN_HELLO + "receipt" + _NUMBER + " over {{ amount }} for {{ event }} is written.\n"
        "{% if path %}\nAs a page to print:\n{{ path }}\n{% endif %}"
        + "{% if link %}\nYour booking:\n"
        + _LINK
        + "{% endif %}",
        text="Your receipt" + _NUMBER + " over {{ amount }} for {{ event }} is written.",
    ),
    Kind.REFUND_FAILED: Template(
        subject="{{ event }}: {{ amount }} could not be given back",
        body=_EN_HELLO + "{{ amount }} for {{ event }} could not be given back"
        "{% if detail %} ({{ detail }}){% endif %}. It is still owed.\n"
        "\nBegin the refund again, or give the money back in another way.\n",
        text="{{ amount }} for {{ event }} could not be given back and is still owed.",
    ),
    Kind.REVIEW_NEEDED: Template(
        subject="{{ event }}: a payment waits for you",
        body=_EN_HELLO + "{{ amount }} for {{ event }} wait for you to approve or reject"
        "{% if detail %} ({{ detail }}){% endif %}.\n",
        text="{{ amount }} for {{ event }} wait for you to approve or reject.",
    ),
    Kind.DISPUTE_OPENED: Template(
        subject="{{ event }}: a payment of {{ amount }} is disputed",
        body=_EN_HELLO + "the owner of a card does not accept {{ amount }} for {{ event }}"
        "{% if detail %} ({{ detail }}){% endif %}. The tickets are suspended.\n"
        "{% if due %}\nThe bank takes evidence until {{ due }} UTC.\n{% endif %}",
        text="{{ amount }} for {{ event }} are disputed"
        "{% if due %}; evidence until {{ due }} UTC{% endif %}.",
    ),
    Kind.DISPUTE_DUE: Template(
        subject="{{ event }}: evidence is due soon",
        body=_EN_HELLO
        + "{{ amount }} for {{ event }} are disputed, and the bank has seen no evidence.\n"
        "{% if due %}\nIt takes some until {{ due }} UTC.\n{% endif %}",
        text="Evidence for {{ amount }} ({{ event }}) is due{% if due %} {{ due }} UTC{% endif %}.",
    ),
    Kind.DISPUTE_WON: Template(
        subject="{{ event }}: the disputed {{ amount }} stay with you",
        body=_EN_HELLO
        + "the bank decided that {{ amount }} for {{ event }} stay with you. The tickets are good"
        " again.\n",
        text="The disputed {{ amount }} for {{ event }} stay with you.",
    ),
    Kind.DISPUTE_LOST: Template(
        subject="{{ event }}: the disputed {{ amount }} are gone",
        body=_EN_HELLO
        + "the bank decided that {{ amount }} for {{ event }} go back to the owner of the card. The"
        " tickets stay suspended.\n",
        text="The disputed {{ amount }} for {{ event }} are gone.",
    ),
    Kind.ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} has arrived",
        body="{{ traveler }} arrived at {{ event }}"
        "{% if when %} on {{ when }}{% endif %}"
        "{% if late > 0 %}, {{ late }} min late"
        "{% elif late < 0 %}, {{ -late }} min early{% else %}, in time{% endif %}.\n",
        text="{{ traveler }} has arrived at {{ event }}.",
    ),
    Kind.NO_ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} has not arrived yet",
        body="{{ traveler }} has not arrived at {{ event }} yet, as was said before:"
        " positions that came late show it.\n",
        text="{{ traveler }} has not arrived at {{ event }} yet, as was said before.",
    ),
    Kind.LEAVE_NOW: Template(
        subject="{{ event }}: {% if leave %}leave by {{ leave }}{% else %}leave now{% endif %}",
        body=_EN_HELLO + "{% if leave %}leave by {{ leave }} to be in time for {{ event }}."
        "{% else %}it is time to leave for {{ event }}.{% endif %}"
        "{% if late %} You will be about {{ late }} min late.{% endif %}\n\n" + _EN_FACTS,
        text="{{ event }}: {% if leave %}leave by {{ leave }} to be in time."
        "{% else %}leave now.{% endif %}"
        "{% if late %} You will be about {{ late }} min late.{% endif %}",
    ),
    Kind.RUNNING_LATE: Template(
        subject="{{ event }}: {{ traveler }} will be{% if late %} {{ late }} min{% endif %} late",
        body="{{ traveler }} is expected{% if late %} about {{ late }} min{% endif %} late"
        " at {{ event }}{% if when %} ({{ when }}){% endif %}.\n",
        text="{{ traveler }} is expected{% if late %} about {{ late }} min{% endif %} late:"
        " {{ event }}.",
    ),
    Kind.MEMBERSHIP: Template(
        subject="{{ host }}: you are asked to join the team",
        body="Hello,\n\n{{ host }} asks you to join the team. Your part: {{ role }}.\n"
        "\nYou can say yes here, within seven days. The link is yours alone:\n" + _LINK,
        text="{{ host }} asks you to join the team ({{ role }}): {{ link }}",
    ),
    Kind.PASSWORD_CODE: Template(
        subject="Your code for a new password",
        body=_EN_HELLO + "the code for a new password is\n\n" + _CODE + "\n\n"
        "It is good for {{ minutes }} minutes. If you did not ask for it, "
        "somebody typed your address;\n"
        "your password stays as it is.\n",
        text="Turnout: " + _CODE + " is your code for a new password.",
    ),
    Kind.EMAIL_CODE: Template(
        subject="Is this your address?",
        body=_EN_HELLO + "the code that shows that this address is yours is\n\n" + _CODE + "\n\n"
        "It is good for {{ minutes }} minutes. If you did not ask for it, you "
        "need not do anything.\n",
        text="Turnout: " + _CODE + " shows that this address is yours.",
    ),
    Kind.PHONE_CODE: Template(
        subject="Is this your number?",
        body=_EN_HELLO + "the code that shows that this number is yours is\n\n" + _CODE + "\n\n"
        "It is good for {{ minutes }} minutes. If you did not ask for it, you "
        "need not do anything.\n",
        text="Turnout: " + _CODE + " shows that this number is yours. Tell it to nobody.",
    ),
    Kind.PASSWORD_CHANGED: Template(
        subject="Your password was changed",
        body=_EN_HELLO + "your password was changed, and you are signed out everywhere else.\n"
        "If that was not you, ask for a code for a new password at once.\n",
        text="Turnout: your password was changed. If that was not you, ask for a new one at once.",
    ),
    Kind.EMAIL_CHANGED: Template(
        subject="Your address was changed",
        body=_EN_HELLO + "your account has another e-mail address now, and nothing more will "
        "come to this one.\n"
        "If that was not you, tell us at once.\n",
        text="Turnout: your account has another e-mail address now. If that was not "
        "you, tell us at once.",
    ),
    Kind.EMAIL_TAKEN: Template(
        subject="You have an account already",
        body=_EN_HELLO
        + "somebody asked for an account with this address, and there is one: yours.\n"
        "If that was you, sign in, or ask for a code for a new password.\n"
        "If it was not, you need not do anything: nobody was told that you have an account.\n",
        text="Turnout: somebody asked for an account with this address, and you have one already. "
        "Sign in, or ask for a new password.",
    ),
}

_GERMAN = {
    Kind.INVITATION: Template(
        subject="{{ event }}: Kommst du?",
        body=_DE_HELLO + "{% if host %}{{ host }} lädt dich ein: {{ event }}."
        "{% else %}du bist eingeladen: {{ event }}.{% endif %}\n\n"
        + _DE_FACTS
        + "\nSag bitte hier, ob du kommst. Der Link ist nur für dich:\n"
        + _LINK,
        text="{% if host %}{{ host }} lädt dich ein: {{ event }}"
        "{% else %}Du bist eingeladen: {{ event }}{% endif %}"
        "{% if when %}, {{ when }}{% endif %}. Kommst du? {{ link }}",
    ),
    Kind.CONFIRMATION: Template(
        subject="{{ event }}: Kommst du?",
        body=_DE_HELLO
        + "wir wissen noch nicht, ob du kommst: {{ event }}.\n\n"
        + _DE_FACTS
        + "\nSag es bitte hier; der Link ist nur für dich:\n"
        + _LINK,
        text="Kommst du? {{ event }}{% if when %}, {{ when }}{% endif %}: {{ link }}",
    ),
    Kind.REMINDER: Template(
        subject="{{ event }}: Bis bald",
        body=_DE_HELLO
        + "wir erinnern dich an {{ event }}.\n\n"
        + _DE_FACTS
        + "{% if link %}\nDein Ticket, und am Tag selbst dein Weg:\n"
        + _LINK
        + "{% endif %}",
        text="Bis bald: {{ event }}{% if when %}, {{ when }}{% endif %}. {{ link }}",
    ),
    Kind.THANKS: Template(
        subject="{{ event }}: Danke",
        body=_DE_HELLO + "danke, dass du dabei warst: {{ event }}."
        "{% if host %}\n\n{{ host }}{% endif %}\n",
        text="Danke, dass du dabei warst: {{ event }}.",
    ),
    Kind.TICKET: Template(
        subject="{{ event }}: {% if codes|length > 1 %}deine Tickets{% else %}dein Ticket"
        "{% endif %}",
        body=_DE_HELLO
        + "du bist dabei: {{ event }}.\n\n"
        + _DE_FACTS
        + "{% if codes %}\nAm Eingang vorzeigen:\n"
        "{% for code in codes %}{{ code }}\n{% endfor %}{% endif %}"
        + "{% if link %}\nDeine Buchung, und am Tag selbst dein Weg:\n"
        + _LINK
        + "{% endif %}",
        text="Du bist dabei: {{ event }}{% if when %}, {{ when }}{% endif %}."
        "{% if link %} Dein Ticket: {{ link }}{% endif %}",
    ),
    Kind.LAPSED: Template(
        subject="{{ event }}: Dein Platz wurde nicht rechtzeitig bezahlt",
        body=_DE_HELLO
        + "der Platz, den wir bei {{ event }} für dich frei gehalten haben, wurde nicht"
        " rechtzeitig bezahlt und ist wieder zu haben.\n"
        + "{% if link %}\nSolange es Plätze gibt, kannst du es noch einmal versuchen:\n"
        + _LINK
        + "{% endif %}",
        text="Dein Platz bei {{ event }} wurde nicht rechtzeitig bezahlt."
        "{% if link %} Noch einmal: {{ link }}{% endif %}",
    ),
    Kind.SOLD_OUT: Template(
        subject="{{ event }}: Es ist kein Platz mehr frei",
        body=_DE_HELLO
        + "danke für deine Zusage zu {{ event }}. Leider ist kein Platz mehr frei.\n"
        + "{% if link %}\nVielleicht wird noch einer frei; hier kannst du es wieder versuchen:\n"
        + _LINK
        + "{% endif %}",
        text="Leider ist bei {{ event }} kein Platz mehr frei."
        "{% if link %} Später noch einmal: {{ link }}{% endif %}",
    ),
    Kind.OFFER: Template(
        subject="{{ event }}: Ein Platz ist für dich frei",
        body=_DE_HELLO
        + "bei {{ event }} ist ein Platz für dich frei geworden und für dich reserviert"
        "{% if until %} bis {{ until }}{% endif %}.\n\n"
        + _DE_FACTS
        + "{% if link %}\nHier nimmst du ihn an; danach wird gefragt, wer nach dir wartet:\n"
        + _LINK
        + "{% endif %}",
        text="Für dich ist ein Platz frei: {{ event }}{% if until %}, bis {{ until }}{% endif %}."
        "{% if link %} Annehmen: {{ link }}{% endif %}",
    ),
    Kind.CANCELLED: Template(
        subject="{% if called_off %}{{ event }} ist abgesagt"
        "{% else %}{{ event }}: Deine Buchung ist storniert{% endif %}",
        body=_DE_HELLO
        + "{% if called_off %}{{ event }} ist abgesagt"
        + _WHY
        + "\n{% else %}deine Buchung für {{ event }} ist storniert.\n{% endif %}"
        "\nFalls du bezahlt hast, bekommst du {% if called_off %}alles zurück"
        "{% else %}zurück, was die Veranstaltung dafür vorsieht{% endif %}.\n",
        text="{% if called_off %}{{ event }} ist abgesagt"
        + _WHY
        + "{% else %}Deine Buchung für {{ event }} ist storniert.{% endif %}",
    ),
    Kind.MOVED: Template(
        subject="{{ event }}: andere Zeit oder anderer Ort",
        body=_DE_HELLO
        + "{{ event }} findet zu einer anderen Zeit oder an einem anderen Ort statt als"
        " angekündigt.\n\n"
        + _DE_FACTS
        + "{% if link %}\nDeine Antwort und dein Platz bleiben, wie sie sind. Hier kannst du sie"
        " ändern:\n" + _LINK + "{% endif %}",
        text="{{ event }} ist verlegt{% if when %}: {{ when }}{% endif %}"
        "{% if place %}, {{ place }}{% endif %}.",
    ),
    Kind.REFUND: Template(
        subject="{{ event }}: Du bekommst {{ amount }} zurück",
        body=_DE_HELLO
        + "wir haben dir {{ amount }} für {{ event }} erstattet. Bis deine Bank es zeigt, können"
        " ein paar Tage vergehen.\n",
        text="Wir haben dir {{ amount }} für {{ event }} erstattet.",
    ),
    Kind.FORFEITED: Template(
        subject="{{ event }}: Deine Zahlung kam zu spät",
        body=_DE_HELLO
        + "deine Zahlung für {{ event }} kam, als sie nicht mehr gebraucht werden konnte: Dein"
        " Platz war nicht mehr reserviert oder schon bezahlt.\n"
        "Du bekommst alles zurück und musst nichts tun.\n"
        + "{% if link %}\nSolange es Plätze gibt, kannst du es noch einmal versuchen:\n"
        + _LINK
        + "{% endif %}",
        text="Deine Zahlung für {{ event }} kam zu spät. Du bekommst alles zurück.",
    ),
    Kind.RECEIPT: Template(
        subject="{{ event }}: Dein Beleg" + _NUMBER,
        body=_DE_HELLO
        + "der Beleg"
        + _NUMBER
        + " über {{ amount }} für {{ event }} ist geschrieben.\n"
        "{% if path %}\nZum Drucken:\n{{ path }}\n{% endif %}"
        + "{% if link %}\nDeine Buchung:\n"
        + _LINK
        + "{% endif %}",
        text="Dein Beleg" + _NUMBER + " über {{ amount }} für {{ event }} ist geschrieben.",
    ),
    Kind.REFUND_FAILED: Template(
        subject="{{ event }}: {{ amount }} konnten nicht erstattet werden",
        body=_DE_HELLO + "{{ amount }} für {{ event }} konnten nicht erstattet werden"
        "{% if detail %} ({{ detail }}){% endif %}. Der Betrag ist noch geschuldet.\n"
        "\nBeginne die Erstattung neu oder zahle das Geld auf anderem Weg zurück.\n",
        text="{{ amount }} für {{ event }} konnten nicht erstattet werden.",
    ),
    Kind.REVIEW_NEEDED: Template(
        subject="{{ event }}: Eine Zahlung wartet auf dich",
        body=_DE_HELLO
        + "{{ amount }} für {{ event }} warten darauf, dass du sie freigibst oder ablehnst"
        "{% if detail %} ({{ detail }}){% endif %}.\n",
        text="{{ amount }} für {{ event }} warten darauf, dass du sie freigibst oder ablehnst.",
    ),
    Kind.DISPUTE_OPENED: Template(
        subject="{{ event }}: Eine Zahlung von {{ amount }} ist strittig",
        body=_DE_HELLO + "jemand erkennt {{ amount }} für {{ event }} auf seiner Karte nicht an"
        "{% if detail %} ({{ detail }}){% endif %}. Die Tickets sind gesperrt.\n"
        "{% if due %}\nDie Bank nimmt Belege bis {{ due }} UTC.\n{% endif %}",
        text="{{ amount }} für {{ event }} sind strittig"
        "{% if due %}; Belege bis {{ due }} UTC{% endif %}.",
    ),
    Kind.DISPUTE_DUE: Template(
        subject="{{ event }}: Belege sind bald fällig",
        body=_DE_HELLO
        + "{{ amount }} für {{ event }} sind strittig, und die Bank hat keine Belege gesehen.\n"
        "{% if due %}\nSie nimmt welche bis {{ due }} UTC.\n{% endif %}",
        text="Belege für {{ amount }} ({{ event }}) sind fällig{% if due %}: {{ due }} UTC"
        "{% endif %}.",
    ),
    Kind.DISPUTE_WON: Template(
        subject="{{ event }}: Die strittigen {{ amount }} bleiben euch",
        body=_DE_HELLO
        + "die Bank hat entschieden, dass {{ amount }} für {{ event }} euch bleiben. Die Tickets"
        " gelten wieder.\n",
        text="Die strittigen {{ amount }} für {{ event }} bleiben euch.",
    ),
    Kind.DISPUTE_LOST: Template(
        subject="{{ event }}: Die strittigen {{ amount }} sind verloren",
        body=_DE_HELLO
        + "die Bank hat entschieden, dass {{ amount }} für {{ event }} zurückgehen. Die Tickets"
        " bleiben gesperrt.\n",
        text="Die strittigen {{ amount }} für {{ event }} sind verloren.",
    ),
    Kind.ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} ist da",
        body="{{ traveler }} ist bei {{ event }} angekommen"
        "{% if when %}: {{ when }}{% endif %}"
        "{% if late > 0 %}, {{ late }} min zu spät"
        "{% elif late < 0 %}, {{ -late }} min zu früh{% else %}, pünktlich{% endif %}.\n",
        text="{{ traveler }} ist da: {{ event }}.",
    ),
    Kind.NO_ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} ist noch nicht da",
        body="{{ traveler }} ist noch nicht bei {{ event }} angekommen, anders als gemeldet:"
        " das zeigen Positionen, die verspätet kamen.\n",
        text="{{ traveler }} ist doch noch nicht da: {{ event }}.",
    ),
    Kind.LEAVE_NOW: Template(
        subject="{{ event }}: {% if leave %}Spätestens {{ leave }} Uhr losfahren"
        "{% else %}Jetzt losfahren{% endif %}",
        body=_DE_HELLO + "{% if leave %}fahr bis {{ leave }} Uhr los, dann bist du rechtzeitig da:"
        " {{ event }}.{% else %}es ist Zeit, loszufahren: {{ event }}.{% endif %}"
        "{% if late %} Du kommst etwa {{ late }} min zu spät.{% endif %}\n\n" + _DE_FACTS,
        text="{{ event }}: {% if leave %}Fahr bis {{ leave }} Uhr los, dann bist du rechtzeitig da."
        "{% else %}Jetzt losfahren.{% endif %}"
        "{% if late %} Du kommst etwa {{ late }} min zu spät.{% endif %}",
    ),
    Kind.RUNNING_LATE: Template(
        subject="{{ event }}: {{ traveler }} kommt{% if late %} {{ late }} min{% endif %} zu spät",
        body="{{ traveler }} kommt voraussichtlich{% if late %} etwa {{ late }} min{% endif %}"
        " zu spät: {{ event }}{% if when %} ({{ when }}){% endif %}.\n",
        text="{{ traveler }} kommt voraussichtlich{% if late %} etwa {{ late }} min{% endif %}"
        " zu spät: {{ event }}.",
    ),
    Kind.MEMBERSHIP: Template(
        subject="{{ host }}: Kommst du ins Team?",
        body="Hallo,\n\n{{ host }} lädt dich ins Team ein. Deine Aufgabe: {{ role }}.\n"
        "\nHier kannst du innerhalb von sieben Tagen zusagen. Der Link ist nur für dich:\n" + _LINK,
        text="{{ host }} lädt dich ins Team ein ({{ role }}): {{ link }}",
    ),
    Kind.PASSWORD_CODE: Template(
        subject="Dein Code für ein neues Passwort",
        body=_DE_HELLO + "der Code für ein neues Passwort ist\n\n" + _CODE + "\n\n"
        "Er gilt {{ minutes }} Minuten. Wenn du ihn nicht wolltest, hat jemand "
        "deine Adresse eingegeben;\n"
        "dein Passwort bleibt, wie es ist.\n",
        text="Turnout: " + _CODE + " ist dein Code für ein neues Passwort.",
    ),
    Kind.EMAIL_CODE: Template(
        subject="Ist das deine Adresse?",
        body=_DE_HELLO
        + "der Code, der zeigt, dass diese Adresse dir gehört, ist\n\n"
        + _CODE
        + "\n\n"
        "Er gilt {{ minutes }} Minuten. Wenn du ihn nicht wolltest, musst du "
        "nichts tun.\n",
        text="Turnout: " + _CODE + " zeigt, dass diese Adresse dir gehört.",
    ),
    Kind.PHONE_CODE: Template(
        subject="Ist das deine Nummer?",
        body=_DE_HELLO
        + "der Code, der zeigt, dass diese Nummer dir gehört, ist\n\n"
        + _CODE
        + "\n\n"
        "Er gilt {{ minutes }} Minuten. Wenn du ihn nicht wolltest, musst du "
        "nichts tun.\n",
        text="Turnout: " + _CODE + " zeigt, dass diese Nummer dir gehört. Sag ihn niemandem.",
    ),
    Kind.PASSWORD_CHANGED: Template(
        subject="Dein Passwort wurde geändert",
        body=_DE_HELLO + "dein Passwort wurde geändert, und überall sonst bist du abgemeldet.\n"
        "Wenn du das nicht warst, fordere sofort einen Code für ein neues an.\n",
        text="Turnout: Dein Passwort wurde geändert. Wenn du das nicht warst, "
        "fordere sofort ein neues an.",
    ),
    Kind.EMAIL_CHANGED: Template(
        subject="Deine Adresse wurde geändert",
        body=_DE_HELLO + "dein Konto hat jetzt eine andere E-Mail-Adresse, und an diese kommt "
        "nichts mehr.\n"
        "Wenn du das nicht warst, melde dich sofort bei uns.\n",
        text="Turnout: Dein Konto hat jetzt eine andere E-Mail-Adresse. Wenn du das "
        "nicht warst, melde dich sofort.",
    ),
    Kind.EMAIL_TAKEN: Template(
        subject="Du hast schon ein Konto",
        body=_DE_HELLO + "jemand wollte ein Konto mit dieser Adresse, und es gibt eines: deines.\n"
        "Wenn du das warst, melde dich an oder fordere einen Code für ein neues Passwort an.\n"
        "Wenn nicht, musst du nichts tun: Niemand hat erfahren, dass du ein Konto hast.\n",
        text="Turnout: Jemand wollte ein Konto mit dieser Adresse, und du hast schon eines. "
        "Melde dich an oder fordere ein neues Passwort an.",
    ),
}

_PORTUGUESE = {
    Kind.INVITATION: Template(
        subject="{{ event }}: você vem?",
        body=_PT_HELLO + "{% if host %}{{ host }} convida você para {{ event }}."
        "{% else %}você recebeu um convite para {{ event }}.{% endif %}\n\n"
        + _PT_FACTS
        + "\nResponda aqui se você vem. O link é só seu:\n"
        + _LINK,
        text="{% if host %}{{ host }} convida você para {{ event }}"
        "{% else %}Você recebeu um convite para {{ event }}{% endif %}"
        "{% if when %}, {{ when }}{% endif %}. Você vem? {{ link }}",
    ),
    Kind.CONFIRMATION: Template(
        subject="{{ event }}: você vem?",
        body=_PT_HELLO
        + "ainda não sabemos se você vem para {{ event }}.\n\n"
        + _PT_FACTS
        + "\nResponda aqui; o link é só seu:\n"
        + _LINK,
        text="Você vem para {{ event }}{% if when %}, {{ when }}{% endif %}? {{ link }}",
    ),
    Kind.REMINDER: Template(
        subject="{{ event }}: até breve",
        body=_PT_HELLO
        + "lembramos você de {{ event }}.\n\n"
        + _PT_FACTS
        + "{% if link %}\nSeu ingresso e, no dia, o seu caminho:\n"
        + _LINK
        + "{% endif %}",
        text="Até breve: {{ event }}{% if when %}, {{ when }}{% endif %}. {{ link }}",
    ),
    Kind.THANKS: Template(
        subject="{{ event }}: obrigado",
        body=_PT_HELLO + "obrigado por participar de {{ event }}."
        "{% if host %}\n\n{{ host }}{% endif %}\n",
        text="Obrigado por participar de {{ event }}.",
    ),
    Kind.TICKET: Template(
        subject="{{ event }}: {% if codes|length > 1 %}seus ingressos{% else %}seu ingresso"
        "{% endif %}",
        body=_PT_HELLO
        + "presença confirmada: {{ event }}.\n\n"
        + _PT_FACTS
        + "{% if codes %}\nMostre na entrada:\n"
        "{% for code in codes %}{{ code }}\n{% endfor %}{% endif %}"
        + "{% if link %}\nSua reserva e, no dia, o seu caminho:\n"
        + _LINK
        + "{% endif %}",
        text="Presença confirmada: {{ event }}{% if when %}, {{ when }}{% endif %}."
        "{% if link %} Seu ingresso: {{ link }}{% endif %}",
    ),
    Kind.LAPSED: Template(
        subject="{{ event }}: seu lugar não foi pago a tempo",
        body=_PT_HELLO
        + "o lugar que guardamos para você em {{ event }} não foi pago a tempo e está livre de"
        " novo.\n"
        + "{% if link %}\nEnquanto houver lugares, você pode tentar outra vez:\n"
        + _LINK
        + "{% endif %}",
        text="Seu lugar em {{ event }} não foi pago a tempo."
        "{% if link %} Tente outra vez: {{ link }}{% endif %}",
    ),
    Kind.SOLD_OUT: Template(
        subject="{{ event }}: não há mais lugares",
        body=_PT_HELLO
        + "obrigado por aceitar o convite para {{ event }}. Infelizmente não há mais lugares.\n"
        + "{% if link %}\nPode ser que algum fique livre; tente outra vez aqui:\n"
        + _LINK
        + "{% endif %}",
        text="Infelizmente não há mais lugares em {{ event }}."
        "{% if link %} Tente mais tarde: {{ link }}{% endif %}",
    ),
    Kind.OFFER: Template(
        subject="{{ event }}: há um lugar para você",
        body=_PT_HELLO + "ficou livre um lugar para você em {{ event }}, e está guardado"
        "{% if until %} até {{ until }}{% endif %}.\n\n"
        + _PT_FACTS
        + "{% if link %}\nAceite aqui; depois disso perguntamos a quem vem a seguir:\n"
        + _LINK
        + "{% endif %}",
        text="Há um lugar para você em {{ event }}{% if until %} até {{ until }}{% endif %}."
        "{% if link %} Aceite: {{ link }}{% endif %}",
    ),
    Kind.CANCELLED: Template(
        subject="{% if called_off %}{{ event }} foi cancelado"
        "{% else %}{{ event }}: sua reserva foi cancelada{% endif %}",
        body=_PT_HELLO
        + "{% if called_off %}{{ event }} foi cancelado"
        + _WHY
        + "\n{% else %}sua reserva para {{ event }} foi cancelada.\n{% endif %}"
        "\nSe você pagou, {% if called_off %}tudo será devolvido"
        "{% else %}será devolvido o que o evento prevê{% endif %}.\n",
        text="{% if called_off %}{{ event }} foi cancelado"
        + _WHY
        + "{% else %}Sua reserva para {{ event }} foi cancelada.{% endif %}",
    ),
    Kind.MOVED: Template(
        subject="{{ event }}: outro horário ou lugar",
        body=_PT_HELLO
        + "{{ event }} será em outro horário ou lugar do que foi anunciado.\n\n"
        + _PT_FACTS
        + "{% if link %}\nSua resposta e seu lugar continuam valendo. Você pode mudá-los aqui:\n"
        + _LINK
        + "{% endif %}",
        text="{{ event }} mudou{% if when %}: {{ when }}{% endif %}"
        "{% if place %}, {{ place }}{% endif %}.",
    ),
    Kind.REFUND: Template(
        subject="{{ event }}: devolvemos {{ amount }}",
        body=_PT_HELLO
        + "devolvemos {{ amount }} por {{ event }}. O banco pode levar alguns dias para mostrar.\n",
        text="Devolvemos {{ amount }} por {{ event }}.",
    ),
    Kind.FORFEITED: Template(
        subject="{{ event }}: seu pagamento chegou tarde",
        body=_PT_HELLO
        + "seu pagamento por {{ event }} chegou quando já não podia ser usado: seu lugar não"
        " estava mais guardado ou já estava pago.\n"
        "Você recebe tudo de volta; não precisa fazer nada.\n"
        + "{% if link %}\nEnquanto houver lugares, você pode tentar outra vez:\n"
        + _LINK
        + "{% endif %}",
        text="Seu pagamento por {{ event }} chegou tarde. Você recebe tudo de volta.",
    ),
    Kind.RECEIPT: Template(
        subject="{{ event }}: seu recibo" + _NUMBER,
        body=_PT_HELLO + "o recibo" + _NUMBER + " de {{ amount }} por {{ event }} foi emitido.\n"
        "{% if path %}\nPara imprimir:\n{{ path }}\n{% endif %}"
        + "{% if link %}\nSua reserva:\n"
        + _LINK
        + "{% endif %}",
        text="Seu recibo" + _NUMBER + " de {{ amount }} por {{ event }} foi emitido.",
    ),
    Kind.REFUND_FAILED: Template(
        subject="{{ event }}: não foi possível devolver {{ amount }}",
        body=_PT_HELLO + "não foi possível devolver {{ amount }} por {{ event }}"
        "{% if detail %} ({{ detail }}){% endif %}. O valor ainda é devido.\n"
        "\nComece a devolução de novo ou devolva o dinheiro de outra forma.\n",
        text="Não foi possível devolver {{ amount }} por {{ event }}.",
    ),
    Kind.REVIEW_NEEDED: Template(
        subject="{{ event }}: um pagamento espera por você",
        body=_PT_HELLO + "{{ amount }} por {{ event }} esperam sua aprovação ou recusa"
        "{% if detail %} ({{ detail }}){% endif %}.\n",
        text="{{ amount }} por {{ event }} esperam sua aprovação ou recusa.",
    ),
    Kind.DISPUTE_OPENED: Template(
        subject="{{ event }}: um pagamento de {{ amount }} foi contestado",
        body=_PT_HELLO + "o dono de um cartão não reconhece {{ amount }} por {{ event }}"
        "{% if detail %} ({{ detail }}){% endif %}. Os ingressos estão suspensos.\n"
        "{% if due %}\nO banco aceita provas até {{ due }} UTC.\n{% endif %}",
        text="{{ amount }} por {{ event }} foram contestados"
        "{% if due %}; provas até {{ due }} UTC{% endif %}.",
    ),
    Kind.DISPUTE_DUE: Template(
        subject="{{ event }}: o prazo das provas está acabando",
        body=_PT_HELLO
        + "{{ amount }} por {{ event }} foram contestados, e o banco não viu nenhuma prova.\n"
        "{% if due %}\nEle as aceita até {{ due }} UTC.\n{% endif %}",
        text="Provas de {{ amount }} ({{ event }}){% if due %} até {{ due }} UTC{% endif %}.",
    ),
    Kind.DISPUTE_WON: Template(
        subject="{{ event }}: os {{ amount }} contestados ficam com vocês",
        body=_PT_HELLO
        + "o banco decidiu que {{ amount }} por {{ event }} ficam com vocês. Os ingressos valem"
        " de novo.\n",
        text="Os {{ amount }} contestados por {{ event }} ficam com vocês.",
    ),
    Kind.DISPUTE_LOST: Template(
        subject="{{ event }}: os {{ amount }} contestados foram perdidos",
        body=_PT_HELLO
        + "o banco decidiu que {{ amount }} por {{ event }} voltam ao dono do cartão. Os ingressos"
        " continuam suspensos.\n",
        text="Os {{ amount }} contestados por {{ event }} foram perdidos.",
    ),
    Kind.ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} chegou",
        body="{{ traveler }} chegou a {{ event }}"
        "{% if when %}: {{ when }}{% endif %}"
        "{% if late > 0 %}, {{ late }} min de atraso"
        "{% elif late < 0 %}, {{ -late }} min adiantado{% else %}, na hora{% endif %}.\n",
        text="{{ traveler }} chegou: {{ event }}.",
    ),
    Kind.NO_ARRIVAL: Template(
        subject="{{ event }}: {{ traveler }} ainda não chegou",
        body="{{ traveler }} ainda não chegou a {{ event }}, ao contrário do que foi dito:"
        " é o que mostram posições que vieram tarde.\n",
        text="{{ traveler }} ainda não chegou, ao contrário do que foi dito: {{ event }}.",
    ),
    Kind.LEAVE_NOW: Template(
        subject="{{ event }}: {% if leave %}saia até {{ leave }}{% else %}saia agora{% endif %}",
        body=_PT_HELLO + "{% if leave %}saia até {{ leave }} para chegar na hora: {{ event }}."
        "{% else %}está na hora de sair: {{ event }}.{% endif %}"
        "{% if late %} Você vai chegar uns {{ late }} min atrasado.{% endif %}\n\n" + _PT_FACTS,
        text="{{ event }}: {% if leave %}saia até {{ leave }} para chegar na hora."
        "{% else %}saia agora.{% endif %}"
        "{% if late %} Você vai chegar uns {{ late }} min atrasado.{% endif %}",
    ),
    Kind.RUNNING_LATE: Template(
        subject="{{ event }}: {{ traveler }} vai chegar{% if late %} {{ late }} min{% endif %}"
        " atrasado",
        body="{{ traveler }} deve chegar{% if late %} uns {{ late }} min{% endif %} atrasado"
        " a {{ event }}{% if when %} ({{ when }}){% endif %}.\n",
        text="{{ traveler }} deve chegar{% if late %} uns {{ late }} min{% endif %} atrasado:"
        " {{ event }}.",
    ),
    Kind.MEMBERSHIP: Template(
        subject="{{ host }}: você vem para a equipe?",
        body="Olá,\n\n{{ host }} convida você para a equipe. Sua função: {{ role }}.\n"
        "\nAceite aqui em até sete dias. O link é só seu:\n" + _LINK,
        text="{{ host }} convida você para a equipe ({{ role }}): {{ link }}",
    ),
    Kind.PASSWORD_CODE: Template(
        subject="Seu código para uma nova senha",
        body=_PT_HELLO + "o código para uma nova senha é\n\n" + _CODE + "\n\n"
        "Ele vale por {{ minutes }} minutos. Se você não o pediu, alguém "
        "digitou o seu endereço;\n"
        "a sua senha continua a mesma.\n",
        text="Turnout: " + _CODE + " é o seu código para uma nova senha.",
    ),
    Kind.EMAIL_CODE: Template(
        subject="Este endereço é seu?",
        body=_PT_HELLO + "o código que mostra que este endereço é seu é\n\n" + _CODE + "\n\n"
        "Ele vale por {{ minutes }} minutos. Se você não o pediu, não precisa "
        "fazer nada.\n",
        text="Turnout: " + _CODE + " mostra que este endereço é seu.",
    ),
    Kind.PHONE_CODE: Template(
        subject="Este número é seu?",
        body=_PT_HELLO + "o código que mostra que este número é seu é\n\n" + _CODE + "\n\n"
        "Ele vale por {{ minutes }} minutos. Se você não o pediu, não precisa "
        "fazer nada.\n",
        text="Turnout: " + _CODE + " mostra que este número é seu. Não o diga a ninguém.",
    ),
    Kind.PASSWORD_CHANGED: Template(
        subject="A sua senha foi alterada",
        body=_PT_HELLO + "a sua senha foi alterada, e você saiu de todos os outros aparelhos.\n"
        "Se não foi você, peça já um código para uma nova senha.\n",
        text="Turnout: a sua senha foi alterada. Se não foi você, peça já uma nova.",
    ),
    Kind.EMAIL_CHANGED: Template(
        subject="O seu endereço foi alterado",
        body=_PT_HELLO + "a sua conta tem agora outro endereço de e-mail, e nada mais virá para "
        "este.\n"
        "Se não foi você, avise-nos já.\n",
        text="Turnout: a sua conta tem agora outro endereço de e-mail. Se não foi "
        "você, avise-nos já.",
    ),
    Kind.EMAIL_TAKEN: Template(
        subject="Você já tem uma conta",
        body=_PT_HELLO + "alguém pediu uma conta com este endereço, e já existe uma: a sua.\n"
        "Se foi você, entre, ou peça um código para uma nova senha.\n"
        "Se não foi, não precisa fazer nada: ninguém soube que você tem uma conta.\n",
        text="Turnout: alguém pediu uma conta com este endereço, e você já tem uma. "
        "Entre, ou peça uma nova senha.",
    ),
}


def _answers(tag: str) -> dict[Kind, Template]:
    said = ANSWERS[tag].by_kind
    return {kind: Template(SUBJECT, text + "\n", text) for kind, text in said.items()}


# Languages that we only answer in have not all kinds.
_OWN_WORDS = Template("{{ subject or event }}", "{{ text }}\n", "{{ text }}")
_REPLY = Template("{{ host or event }}", "{{ text }}\n", "{{ text }}")
_WHOLE = {ENGLISH: _ENGLISH, "de": _GERMAN, "pt-BR": _PORTUGUESE}
TEMPLATES = {
    tag: _WHOLE.get(tag, {})
    | _answers(tag)
    | dict.fromkeys((Kind.TEST, Kind.CAMPAIGN, Kind.NOTE, Kind.DIGEST), _OWN_WORDS)
    | {Kind.REPLY: _REPLY}
    for tag in LANGUAGES
}
