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
    sharing: str
    unshared: str
    unshareable: str
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
        sharing = (
            "{% if refusal %}"
            + self.unshareable
            + "{% elif answer == 'share' %}"
            + self.sharing
            + "{% if link %}\n{{ link }}{% endif %}{% else %}"
            + self.unshared
            + "{% endif %}"
        )
        said = {
            Kind.ANSWER: answer,
            Kind.LATE_NOTED: self.late_noted,
            Kind.WHERE: _WHERE,
            Kind.SHARING: sharing,
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
        " WHERE, SHARE, STOP. Everything else a person reads.",
        stopped="You get no more messages from {{ host or 'us' }}. START brings them back.",
        sharing="You share your way to {{ event }} with {{ host or 'the organizer' }}"
        " until you arrive. It begins once you open this page on your phone, and"
        " write UNSHARE to end it.",
        unshared="You do not share your way to {{ event }} any more. Where you were is deleted.",
        unshareable="Your way to {{ event }} cannot be shared now.",
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
        " VERSPÄTET 10 (Minuten), WO, TEILEN, STOPP. Alles andere liest ein Mensch.",
        stopped="Du bekommst keine Nachrichten mehr von {{ host or 'uns' }}."
        " START bringt sie zurück.",
        sharing="Du teilst deinen Weg zu {{ event }} mit {{ host or 'dem Veranstalter' }},"
        " bis du da bist. Es beginnt, wenn du diese Seite auf dem Telefon öffnest;"
        " NICHT TEILEN beendet es.",
        unshared="Du teilst deinen Weg zu {{ event }} nicht mehr. Wo du warst, ist gelöscht.",
        unshareable="Dein Weg zu {{ event }} kann jetzt nicht geteilt werden.",
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
        " OÙ, PARTAGER, STOP. Tout le reste est lu par une personne.",
        stopped="Vous ne recevrez plus de messages de {{ host or 'notre part' }}."
        " START pour les recevoir à nouveau.",
        sharing="Vous partagez votre trajet vers {{ event }} avec {{ host or"
        " \"l'organisateur\" }} jusqu'à votre arrivée. Cela commence quand vous"
        " ouvrez cette page sur votre téléphone ; NE PLUS PARTAGER y met fin.",
        unshared="Vous ne partagez plus votre trajet vers {{ event }}. Vos positions sont"
        " effacées.",
        unshareable="Votre trajet vers {{ event }} ne peut pas être partagé maintenant.",
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
        " DÓNDE, COMPARTIR, STOP. Todo lo demás lo lee una persona.",
        stopped="No recibirás más mensajes de {{ host or 'nosotros' }}."
        " START para recibirlos otra vez.",
        sharing="Compartes tu camino a {{ event }} con {{ host or 'el organizador' }}"
        " hasta que llegues. Empieza cuando abras esta página en tu teléfono; NO"
        " COMPARTIR lo termina.",
        unshared="Ya no compartes tu camino a {{ event }}. Tus posiciones se han borrado.",
        unshareable="Tu camino a {{ event }} no se puede compartir ahora.",
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
        help="Puoi scrivere: SÌ, NO, FORSE, +2 (due ospiti), RITARDO 10 (minuti), DOVE,"
        " CONDIVIDI, STOP. Tutto il resto lo legge una persona.",
        stopped="Non riceverai più messaggi da {{ host or 'noi' }}. START per riceverli ancora.",
        sharing="Condividi il tuo percorso verso {{ event }} con {{ host or"
        ' "l\'organizzatore" }} fino al tuo arrivo. Inizia quando apri questa'
        " pagina sul telefono; NON CONDIVIDERE lo termina.",
        unshared="Non condividi più il tuo percorso verso {{ event }}. Le tue posizioni"
        " sono cancellate.",
        unshareable="Il tuo percorso verso {{ event }} non si può condividere adesso.",
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
        " ONDE, COMPARTILHAR, STOP. Todo o resto uma pessoa lê.",
        stopped="Você não recebe mais mensagens de {{ host or 'nós' }}."
        " START para receber de novo.",
        sharing="Você compartilha o seu caminho até {{ event }} com {{ host or 'a"
        " organização' }} até chegar. Começa quando você abrir esta página no"
        " telefone; NÃO COMPARTILHAR encerra.",
        unshared="Você não compartilha mais o seu caminho até {{ event }}. As suas posições"
        " foram apagadas.",
        unshareable="O seu caminho até {{ event }} não pode ser compartilhado agora.",
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
        " DELEN, STOP. Al het andere leest een mens.",
        stopped="Je krijgt geen berichten meer van {{ host or 'ons' }}. START brengt ze terug.",
        sharing="Je deelt je weg naar {{ event }} met {{ host or 'de organisator' }} tot"
        " je er bent. Het begint als je deze pagina op je telefoon opent; NIET"
        " DELEN beëindigt het.",
        unshared="Je deelt je weg naar {{ event }} niet meer. Waar je was, is gewist.",
        unshareable="Je weg naar {{ event }} kan nu niet gedeeld worden.",
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
        " UDOSTĘPNIJ, STOP. Wszystko inne czyta człowiek.",
        stopped="Nie dostaniesz więcej wiadomości. Nadawca: {{ host }}. START je przywraca.",
        sharing="Udostępniasz swoją drogę na {{ event }} aż do przybycia. Widzi ją: {{"
        " host or 'organizator' }}. Zaczyna się, gdy otworzysz tę stronę w"
        " telefonie; NIE UDOSTĘPNIAJ to kończy.",
        unshared="Nie udostępniasz już swojej drogi na {{ event }}. Twoje położenia są usunięte.",
        unshareable="Twojej drogi na {{ event }} nie można teraz udostępnić.",
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
        " PAYLAŞ,"
        " STOP. Gerisini bir insan okur.",
        stopped="Artık mesaj almayacaksınız. Gönderen: {{ host }}. START ile geri gelir.",
        sharing="{{ event }} için yolunuzu varana kadar paylaşıyorsunuz. Gören: {{ host or"
        " 'organizatör' }}. Bu sayfayı telefonunuzda açınca başlar; PAYLAŞMA ile"
        " biter.",
        unshared="{{ event }} için yolunuzu artık paylaşmıyorsunuz. Konumlarınız silindi.",
        unshareable="{{ event }} için yolunuz şimdi paylaşılamaz.",
        started="Yeniden mesaj alıyorsunuz. Gönderen: {{ host }}.",
    ),
    "ar": Phrases(
        yes="تم التسجيل: ستحضر {{ event }}.",
        with_guests="تم التسجيل: ستحضر {{ event }}، عدد الضيوف: {{ guests }}.",
        no="تم التسجيل: لن تحضر {{ event }}. شكرا لإبلاغنا.",
        maybe="تم التسجيل: ربما تحضر {{ event }}.",
        refused="وصل ردك متأخرا: {{ event }} لم يعد يقبل الردود.",
        late_noted="شكرا. أبلغنا المنظم بأنك ستتأخر{% if late %} {{ late }} دقيقة{% endif %}.",
        help="يمكنك أن تكتب: نعم، لا، ربما، +2 (ضيفان)، متأخر 10 (دقائق)، أين، مشاركة، توقف."
        " كل ما عدا ذلك يقرؤه شخص.",
        stopped="لن تصلك رسائل أخرى من {{ host }}. اكتب START لتعود.",
        sharing="أنت تشارك طريقك إلى {{ event }} مع {{ host or 'المنظم' }} حتى تصل. يبدأ"
        " ذلك عندما تفتح هذه الصفحة على هاتفك، واكتب: إيقاف المشاركة لإنهائه.",
        unshared="لم تعد تشارك طريقك إلى {{ event }}. تم حذف مواقعك.",
        unshareable="لا يمكن مشاركة طريقك إلى {{ event }} الآن.",
        started="ستصلك رسائل {{ host }} من جديد.",
    ),
    "he": Phrases(
        yes="נרשם: הגעה אל {{ event }}.",
        with_guests="נרשם: הגעה אל {{ event }}, מספר אורחים: {{ guests }}.",
        no="נרשם: אין הגעה אל {{ event }}. תודה על העדכון.",
        maybe="נרשם: אולי תהיה הגעה אל {{ event }}.",
        refused="התשובה הגיעה מאוחר מדי: {{ event }} לא מקבל עוד תשובות.",
        late_noted="תודה. המארגנים יודעים על איחור{% if late %} של {{ late }} דקות{% endif %}.",
        help="אפשר לכתוב: כן, לא, אולי, +2 (שני אורחים), מאחר 10 (דקות), איפה, שיתוף, עצור."
        " כל השאר נקרא על ידי אדם.",
        stopped="לא יישלחו עוד הודעות מאת {{ host }}. START מחזיר אותן.",
        sharing="הדרך אל {{ event }} משותפת עם {{ host or 'המארגנים' }} עד ההגעה. זה מתחיל"
        " כשפותחים את הדף הזה בטלפון, ולא לשתף מסיים.",
        unshared="הדרך אל {{ event }} אינה משותפת יותר. המיקומים נמחקו.",
        unshareable="אי אפשר לשתף עכשיו את הדרך אל {{ event }}.",
        started="הודעות מאת {{ host }} יישלחו שוב.",
    ),
}

# What stands over it where there is a head.
SUBJECT = "{{ event }}"
