"""What is said to people who write to us, in the languages that they give commands in.

Jinja2, as `words`. Short, for most of it goes to phones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.messaging.messages.domain import Kind

_WHERE = (
    "{{ event }}{% if when %}: {{ when }}{% endif %}{% if place %}, {{ place }}{% endif %}"
    "{% if link %}\n{{ link }}{% endif %}"
)


@dataclass(frozen=True)
class Phrases:
    """What a language says. `late` goes to the organizer, the others to who wrote."""

    yes: str
    with_guests: str
    no: str
    maybe: str
    refused: str
    late_noted: str
    help: str
    stopped: str
    started: str
    late: str = ""

    @property
    def by_kind(self) -> Mapping[Kind, str]:
        answer = (
            "{% if refusal %}" + self.refused + "{% elif answer == 'yes' %}"
            "{% if guests %}" + self.with_guests + "{% else %}" + self.yes + "{% endif %}"
            "{% elif answer == 'no' %}" + self.no + "{% else %}" + self.maybe + "{% endif %}"
        )
        said = {
            Kind.ANSWER: answer,
            Kind.LATE_NOTED: self.late_noted,
            Kind.WHERE: _WHERE,
            Kind.HELP: self.help,
            Kind.STOPPED: self.stopped,
            Kind.STARTED: self.started,
        }
        return said | ({Kind.LATE: self.late} if self.late else {})


ANSWERS = {
    "en": Phrases(
        yes="Noted: you are coming to {{ event }}.",
        with_guests="Noted: you are coming to {{ event }} with {{ guests }}"
        " guest{% if guests > 1 %}s{% endif %}.",
        no="Noted: you are not coming to {{ event }}. Thank you for telling us.",
        maybe="Noted: you may come to {{ event }}.",
        refused="Your answer came too late: {{ event }} takes no more answers.",
        late_noted="Thank you. {{ host or 'The organizer' }} knows that you come"
        "{% if late %} {{ late }} min{% endif %} late.",
        help="You can write: YES, NO, MAYBE, +2 (two guests come along), LATE 10 (minutes),"
        " WHERE, STOP. Everything else a person reads.",
        stopped="You get no more messages from {{ host or 'us' }}. START brings them back.",
        started="You get messages from {{ host or 'us' }} again.",
        late="{{ traveler }} comes{% if late %} {{ late }} min{% endif %} late: {{ event }}.",
    ),
    "de": Phrases(
        yes="Notiert: Du kommst zu {{ event }}.",
        with_guests="Notiert: Du kommst zu {{ event }} und bringst {{ guests }}"
        " {% if guests > 1 %}Gäste{% else %}Gast{% endif %} mit.",
        no="Notiert: Du kommst nicht zu {{ event }}. Danke für die Nachricht.",
        maybe="Notiert: Du kommst vielleicht zu {{ event }}.",
        refused="Deine Antwort kam zu spät: {{ event }} nimmt keine Antworten mehr an.",
        late_noted="Danke. {{ host or 'Der Veranstalter' }} weiß, dass du"
        "{% if late %} {{ late }} min{% endif %} später kommst.",
        help="Du kannst schreiben: JA, NEIN, VIELLEICHT, +2 (zwei Gäste kommen mit),"
        " VERSPÄTET 10 (Minuten), WO, STOPP. Alles andere liest ein Mensch.",
        stopped="Du bekommst keine Nachrichten mehr von {{ host or 'uns' }}."
        " START bringt sie zurück.",
        started="Du bekommst wieder Nachrichten von {{ host or 'uns' }}.",
        late="{{ traveler }} kommt{% if late %} {{ late }} min{% endif %} später: {{ event }}.",
    ),
    "fr": Phrases(
        yes="C'est noté : vous venez à {{ event }}.",
        with_guests="C'est noté : vous venez à {{ event }} avec {{ guests }}"
        " invité{% if guests > 1 %}s{% endif %}.",
        no="C'est noté : vous ne venez pas à {{ event }}. Merci de nous l'avoir dit.",
        maybe="C'est noté : vous viendrez peut-être à {{ event }}.",
        refused="Votre réponse arrive trop tard : {{ event }} n'accepte plus de réponses.",
        late_noted='Merci. {{ host or "L\'organisateur" }} sait que vous aurez'
        "{% if late %} {{ late }} min de{% else %} du{% endif %} retard.",
        help="Vous pouvez écrire : OUI, NON, PEUT-ÊTRE, +2 (deux invités), RETARD 10 (minutes),"
        " OÙ, STOP. Tout le reste est lu par une personne.",
        stopped="Vous ne recevrez plus de messages de {{ host or 'notre part' }}."
        " START pour les recevoir à nouveau.",
        started="Vous recevez à nouveau les messages de {{ host or 'notre part' }}.",
    ),
    "es": Phrases(
        yes="Anotado: vienes a {{ event }}.",
        with_guests="Anotado: vienes a {{ event }} con {{ guests }}"
        " invitado{% if guests > 1 %}s{% endif %}.",
        no="Anotado: no vienes a {{ event }}. Gracias por avisar.",
        maybe="Anotado: quizás vengas a {{ event }}.",
        refused="Tu respuesta llegó tarde: {{ event }} ya no acepta respuestas.",
        late_noted="Gracias. {{ host or 'El organizador' }} sabe que llegas"
        "{% if late %} {{ late }} min{% endif %} tarde.",
        help="Puedes escribir: SÍ, NO, QUIZÁS, +2 (vienen dos invitados), TARDE 10 (minutos),"
        " DÓNDE, STOP. Todo lo demás lo lee una persona.",
        stopped="No recibirás más mensajes de {{ host or 'nosotros' }}."
        " START para recibirlos otra vez.",
        started="Recibes otra vez los mensajes de {{ host or 'nosotros' }}.",
    ),
    "it": Phrases(
        yes="Annotato: vieni a {{ event }}.",
        with_guests="Annotato: vieni a {{ event }} con {{ guests }}"
        " ospit{% if guests > 1 %}i{% else %}e{% endif %}.",
        no="Annotato: non vieni a {{ event }}. Grazie di avercelo detto.",
        maybe="Annotato: forse vieni a {{ event }}.",
        refused="La risposta è arrivata tardi: {{ event }} non accetta più risposte.",
        late_noted='Grazie. {{ host or "L\'organizzatore" }} sa che arrivi'
        "{% if late %} con {{ late }} min di{% else %} in{% endif %} ritardo.",
        help="Puoi scrivere: SÌ, NO, FORSE, +2 (due ospiti), RITARDO 10 (minuti), DOVE, STOP."
        " Tutto il resto lo legge una persona.",
        stopped="Non riceverai più messaggi da {{ host or 'noi' }}. START per riceverli ancora.",
        started="Ricevi di nuovo i messaggi da {{ host or 'noi' }}.",
    ),
    "pt-BR": Phrases(
        yes="Anotado: você vem para {{ event }}.",
        with_guests="Anotado: você vem para {{ event }} com {{ guests }}"
        " convidado{% if guests > 1 %}s{% endif %}.",
        no="Anotado: você não vem para {{ event }}. Obrigado por avisar.",
        maybe="Anotado: talvez você venha para {{ event }}.",
        refused="A sua resposta chegou tarde: {{ event }} não aceita mais respostas.",
        late_noted="Obrigado. {{ host or 'A organização' }} sabe que você chega"
        "{% if late %} {{ late }} min{% endif %} atrasado.",
        help="Você pode escrever: SIM, NÃO, TALVEZ, +2 (dois convidados), ATRASADO 10 (minutos),"
        " ONDE, STOP. Todo o resto uma pessoa lê.",
        stopped="Você não recebe mais mensagens de {{ host or 'nós' }}."
        " START para receber de novo.",
        started="Você recebe de novo as mensagens de {{ host or 'nós' }}.",
        late="{{ traveler }} chega{% if late %} {{ late }} min{% endif %} atrasado: {{ event }}.",
    ),
    "nl": Phrases(
        yes="Genoteerd: je komt naar {{ event }}.",
        with_guests="Genoteerd: je komt naar {{ event }} met {{ guests }}"
        " gast{% if guests > 1 %}en{% endif %}.",
        no="Genoteerd: je komt niet naar {{ event }}. Bedankt voor het bericht.",
        maybe="Genoteerd: je komt misschien naar {{ event }}.",
        refused="Je antwoord kwam te laat: {{ event }} neemt geen antwoorden meer aan.",
        late_noted="Bedankt. {{ host or 'De organisator' }} weet dat je"
        "{% if late %} {{ late }} min{% endif %} later komt.",
        help="Je kunt schrijven: JA, NEE, MISSCHIEN, +2 (twee gasten), LAAT 10 (minuten), WAAR,"
        " STOP. Al het andere leest een mens.",
        stopped="Je krijgt geen berichten meer van {{ host or 'ons' }}. START brengt ze terug.",
        started="Je krijgt weer berichten van {{ host or 'ons' }}.",
    ),
    "pl": Phrases(
        yes="Zapisano: przychodzisz na {{ event }}.",
        with_guests="Zapisano: przychodzisz na {{ event }}, liczba gości: {{ guests }}.",
        no="Zapisano: nie przychodzisz na {{ event }}. Dziękujemy za wiadomość.",
        maybe="Zapisano: może przyjdziesz na {{ event }}.",
        refused="Odpowiedź przyszła za późno: {{ event }} nie przyjmuje już odpowiedzi.",
        late_noted="Dziękujemy. {{ host or 'Organizator' }} wie o spóźnieniu"
        "{% if late %}: {{ late }} min{% endif %}.",
        help="Możesz napisać: TAK, NIE, MOŻE, +2 (dwoje gości), SPÓŹNIĘ SIĘ 10 (minut), GDZIE,"
        " STOP. Wszystko inne czyta człowiek.",
        stopped="Nie dostaniesz więcej wiadomości. Nadawca: {{ host }}. START je przywraca.",
        started="Znowu dostajesz wiadomości. Nadawca: {{ host }}.",
    ),
    "tr": Phrases(
        yes="Not edildi: {{ event }} için geliyorsunuz.",
        with_guests="Not edildi: {{ event }} için {{ guests }} misafirle geliyorsunuz.",
        no="Not edildi: {{ event }} için gelmiyorsunuz. Haber verdiğiniz için teşekkürler.",
        maybe="Not edildi: {{ event }} için belki geleceksiniz.",
        refused="Yanıtınız geç geldi: {{ event }} artık yanıt almıyor.",
        late_noted="Teşekkürler. {{ host or 'Organizatör' }}"
        "{% if late %} {{ late }} dk{% endif %} geç geleceğinizi biliyor.",
        help="Yazabilirsiniz: EVET, HAYIR, BELKİ, +2 (iki misafir), GEÇ 10 (dakika), NEREDE,"
        " STOP. Gerisini bir insan okur.",
        stopped="Artık mesaj almayacaksınız. Gönderen: {{ host }}. START ile geri gelir.",
        started="Yeniden mesaj alıyorsunuz. Gönderen: {{ host }}.",
    ),
    "ar": Phrases(
        yes="تم التسجيل: ستحضر {{ event }}.",
        with_guests="تم التسجيل: ستحضر {{ event }}، عدد الضيوف: {{ guests }}.",
        no="تم التسجيل: لن تحضر {{ event }}. شكرا لإبلاغنا.",
        maybe="تم التسجيل: ربما تحضر {{ event }}.",
        refused="وصل ردك متأخرا: {{ event }} لم يعد يقبل الردود.",
        late_noted="شكرا. أبلغنا المنظم بأنك ستتأخر{% if late %} {{ late }} دقيقة{% endif %}.",
        help="يمكنك أن تكتب: نعم، لا، ربما، +2 (ضيفان)، متأخر 10 (دقائق)، أين، توقف."
        " كل ما عدا ذلك يقرؤه شخص.",
        stopped="لن تصلك رسائل أخرى من {{ host }}. اكتب START لتعود.",
        started="ستصلك رسائل {{ host }} من جديد.",
    ),
    "he": Phrases(
        yes="נרשם: הגעה אל {{ event }}.",
        with_guests="נרשם: הגעה אל {{ event }}, מספר אורחים: {{ guests }}.",
        no="נרשם: אין הגעה אל {{ event }}. תודה על העדכון.",
        maybe="נרשם: אולי תהיה הגעה אל {{ event }}.",
        refused="התשובה הגיעה מאוחר מדי: {{ event }} לא מקבל עוד תשובות.",
        late_noted="תודה. המארגנים יודעים על איחור{% if late %} של {{ late }} דקות{% endif %}.",
        help="אפשר לכתוב: כן, לא, אולי, +2 (שני אורחים), מאחר 10 (דקות), איפה, עצור."
        " כל השאר נקרא על ידי אדם.",
        stopped="לא יישלחו עוד הודעות מאת {{ host }}. START מחזיר אותן.",
        started="הודעות מאת {{ host }} יישלחו שוב.",
    ),
}

# What stands over it where there is a head.
SUBJECT = "{{ event }}"
