"""What buttons are called, in the languages that we speak, and which message has which.

Those to answer by say what `inbound.commands.pressed` reads. WhatsApp shows 20 characters.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.messaging.messages.domain import Button, Kind, Link
from services.messaging.templates.words import ENGLISH


@dataclass(frozen=True)
class Titles:
    yes: str
    no: str
    maybe: str
    # Agrees to be seen on the way.
    share: str
    # Opens the page on which one answers, of a booking, to take a seat, to try again, to join.
    answer: str
    booking: str
    take: str
    again: str
    join: str
    # Ends e-mails.
    unsubscribe: str


TITLES = {
    ENGLISH: Titles(
        yes="Yes, I'm coming",
        no="No",
        maybe="Maybe",
        share="Share my way",
        answer="Answer",
        booking="My booking",
        take="Take the seat",
        again="Try again",
        join="Accept",
        unsubscribe="No more e-mails",
    ),
    "de": Titles(
        yes="Ja, ich komme",
        no="Nein",
        maybe="Vielleicht",
        share="Weg teilen",
        answer="Antworten",
        booking="Meine Buchung",
        take="Platz nehmen",
        again="Noch einmal",
        join="Annehmen",
        unsubscribe="Keine E-Mails mehr",
    ),
    "fr": Titles(
        yes="Oui, je viens",
        no="Non",
        maybe="Peut-être",
        share="Partager mon trajet",
        answer="Répondre",
        booking="Ma réservation",
        take="Prendre la place",
        again="Réessayer",
        join="Accepter",
        unsubscribe="Ne plus recevoir d'e-mails",
    ),
    "es": Titles(
        yes="Sí, voy",
        no="No",
        maybe="Quizás",
        share="Compartir mi camino",
        answer="Responder",
        booking="Mi reserva",
        take="Tomar la plaza",
        again="Intentar de nuevo",
        join="Aceptar",
        unsubscribe="No recibir más correos",
    ),
    "it": Titles(
        yes="Sì, vengo",
        no="No",
        maybe="Forse",
        share="Condividi percorso",
        answer="Rispondi",
        booking="La prenotazione",
        take="Prendi il posto",
        again="Riprova",
        join="Accetta",
        unsubscribe="Niente più e-mail",
    ),
    "pt-BR": Titles(
        yes="Sim, eu vou",
        no="Não",
        maybe="Talvez",
        share="Compartilhar",
        answer="Responder",
        booking="Minha reserva",
        take="Pegar o lugar",
        again="Tentar de novo",
        join="Aceitar",
        unsubscribe="Não receber mais e-mails",
    ),
    "nl": Titles(
        yes="Ja, ik kom",
        no="Nee",
        maybe="Misschien",
        share="Mijn weg delen",
        answer="Antwoorden",
        booking="Mijn boeking",
        take="Plaats nemen",
        again="Opnieuw proberen",
        join="Accepteren",
        unsubscribe="Geen e-mails meer",
    ),
    "pl": Titles(
        yes="Tak, będę",
        no="Nie",
        maybe="Może",
        share="Udostępnij drogę",
        answer="Odpowiedz",
        booking="Moja rezerwacja",
        take="Zajmij miejsce",
        again="Spróbuj ponownie",
        join="Przyjmij",
        unsubscribe="Bez dalszych e-maili",
    ),
    "tr": Titles(
        yes="Evet, geliyorum",
        no="Hayır",
        maybe="Belki",
        share="Yolumu paylaş",
        answer="Yanıtla",
        booking="Rezervasyonum",
        take="Yeri al",
        again="Tekrar dene",
        join="Kabul et",
        unsubscribe="Artık e-posta alma",
    ),
    "ar": Titles(
        yes="نعم، سأحضر",
        no="لا",
        maybe="ربما",
        share="مشاركة طريقي",
        answer="الرد",
        booking="حجزي",
        take="خذ المقعد",
        again="حاول مرة أخرى",
        join="قبول",
        unsubscribe="إيقاف الرسائل",
    ),
    "he": Titles(
        yes="כן, אגיע",
        no="לא",
        maybe="אולי",
        share="לשתף את הדרך",
        answer="לענות",
        booking="ההזמנה שלי",
        take="לקחת את המקום",
        again="לנסות שוב",
        join="לאשר",
        unsubscribe="בלי עוד מיילים",
    ),
}

ASKS = frozenset({Kind.INVITATION, Kind.CONFIRMATION})
# What the link in a message is for.
_PURPOSE = {
    Kind.INVITATION: "answer",
    Kind.CONFIRMATION: "answer",
    Kind.MOVED: "answer",
    Kind.REMINDER: "booking",
    Kind.TICKET: "booking",
    Kind.WHERE: "booking",
    Kind.SHARING: "booking",
    Kind.OFFER: "take",
    Kind.LAPSED: "again",
    Kind.SOLD_OUT: "again",
    Kind.MEMBERSHIP: "join",
}


def titles(language: str) -> Titles:
    """In the language that is nearest to a tag of BCP 47, or English."""
    found = TITLES.get(language)
    primary = language.lower().partition("-")[0]
    near = (each for tag, each in TITLES.items() if tag.lower().partition("-")[0] == primary)
    return found or next(near, TITLES[ENGLISH])


def answers(kind: Kind, language: str) -> tuple[Button, ...]:
    """The buttons that answer what a message asks."""
    said = titles(language)
    if kind is Kind.REMINDER:
        return (Button(said.share, "share"),)
    if kind not in ASKS:
        return ()
    return (Button(said.yes, "yes"), Button(said.no, "no"), Button(said.maybe, "maybe"))


def links(kind: Kind, language: str, uri: str) -> tuple[Link, ...]:
    """What the link of a message is called, where it does something."""
    purpose = _PURPOSE.get(kind)
    if purpose is None or not uri:
        return ()
    return (Link(getattr(titles(language), purpose), uri),)
