"""The words that people give commands with, in the languages that they write in.

Whole phrases, folded as `commands.folded` does it: lower case, without marks at their ends.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Intent(enum.Enum):
    """What somebody wants with what they wrote."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    LATE = "late"
    WHERE = "where"
    SHARE = "share"
    UNSHARE = "unshare"
    STOP = "stop"
    START = "start"
    HELP = "help"


Phrases = Mapping[Intent, tuple[str, ...]]

# What asks not to be written to any more is understood in whatever language somebody reads.
EVERYWHERE: Phrases = {
    Intent.YES: ("👍", "✅", "👌", "ok", "okay", "🙋"),
    Intent.NO: ("👎", "❌", "🚫"),
    Intent.MAYBE: ("🤷", "🤷♀", "🤷♂", "🤔"),
    Intent.WHERE: ("📍", "🗺"),
    Intent.STOP: ("stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "🛑"),
    Intent.START: ("start", "unstop", "subscribe"),
    Intent.HELP: ("help", "info", "?", "ℹ", "🆘"),
}

LANGUAGES: Mapping[str, Phrases] = {
    "en": {
        Intent.YES: (
            *(
                "yes",
                "y",
                "yep",
                "yeah",
                "yup",
                "sure",
                "of course",
                "i'm in",
                "im in",
                "count me in",
            ),
            *("i'll be there", "i will come", "i'll come", "coming", "accept", "yes please"),
        ),
        Intent.NO: (
            *(
                "no",
                "n",
                "nope",
                "no thanks",
                "no thank you",
                "sorry no",
                "decline",
                "i can't come",
            ),
            *("can't come", "cannot come", "can't make it", "i can't make it", "not coming"),
        ),
        Intent.MAYBE: ("maybe", "perhaps", "not sure", "don't know", "don't know yet", "possibly"),
        Intent.LATE: (
            "late",
            "i'm late",
            "running late",
            "i'm running late",
            "delayed",
            "i'll be late",
        ),
        Intent.WHERE: ("where", "where is it", "address", "location", "directions", "place"),
        Intent.SHARE: (
            "share",
            "share my way",
            "share my location",
            "share location",
            "share my position",
        ),
        Intent.UNSHARE: (
            "stop sharing",
            "unshare",
            "don't share",
            "do not share",
            "end sharing",
        ),
        Intent.STOP: ("please stop", "stop please", "stop it"),
        Intent.HELP: ("help me", "commands", "what can i do"),
    },
    "de": {
        Intent.YES: (
            *(
                "ja",
                "j",
                "jo",
                "jawohl",
                "klar",
                "gerne",
                "natürlich",
                "auf jeden fall",
                "ja gerne",
            ),
            *("bin dabei", "ich bin dabei", "ich komme", "komme", "zusage", "zusagen"),
        ),
        Intent.NO: (
            *(
                "nein",
                "nee",
                "nö",
                "leider nein",
                "leider nicht",
                "nein danke",
                "absage",
                "absagen",
            ),
            *(
                "kann nicht",
                "ich kann nicht",
                "komme nicht",
                "ich komme nicht",
                "ich kann leider nicht",
            ),
        ),
        Intent.MAYBE: ("vielleicht", "eventuell", "evtl", "weiß nicht", "weiss nicht", "mal sehen"),
        Intent.LATE: (
            *("verspätet", "verspätung", "spät", "später", "zu spät", "bin spät", "ich bin spät"),
            *("ich komme später", "komme später", "ich verspäte mich", "verspäte mich"),
        ),
        Intent.WHERE: ("wo", "wo ist es", "wo ist das", "adresse", "ort", "wohin"),
        Intent.SHARE: (
            "teilen",
            "weg teilen",
            "standort teilen",
            "meinen standort teilen",
            "ich teile",
            "freigeben",
        ),
        Intent.UNSHARE: (
            "nicht mehr teilen",
            "nicht teilen",
            "teilen beenden",
            "standort nicht mehr teilen",
            "ich teile nicht mehr",
        ),
        Intent.STOP: (
            "stopp",
            "abmelden",
            "abbestellen",
            "bitte nicht mehr schreiben",
            "austragen",
        ),
        Intent.START: ("anmelden", "wieder anmelden"),
        Intent.HELP: ("hilfe", "befehle"),
    },
    "fr": {
        Intent.YES: (
            *(
                "oui",
                "ouais",
                "o",
                "d'accord",
                "bien sûr",
                "volontiers",
                "avec plaisir",
                "je viens",
            ),
            *("j'arrive", "je serai là", "j'accepte", "oui merci"),
        ),
        Intent.NO: (
            *("non", "non merci", "désolé non", "je ne peux pas", "je ne viens pas", "je peux pas"),
            *("pas possible", "je refuse", "je décline"),
        ),
        Intent.MAYBE: (
            "peut-être",
            "peut être",
            "peut etre",
            "je ne sais pas",
            "je sais pas",
            "pas sûr",
        ),
        Intent.LATE: (
            "retard",
            "en retard",
            "je suis en retard",
            "je serai en retard",
            "j'ai du retard",
        ),
        Intent.WHERE: ("où", "ou", "où est-ce", "c'est où", "c'est ou", "adresse", "lieu"),
        Intent.SHARE: (
            "partager",
            "je partage",
            "partager ma position",
            "partager mon trajet",
        ),
        Intent.UNSHARE: (
            "ne plus partager",
            "ne pas partager",
            "arrêter le partage",
            "arreter le partage",
            "arrêter de partager",
        ),
        Intent.STOP: ("arrêt", "arret", "arrêter", "arrêtez", "désabonner", "désinscription"),
        Intent.START: ("réabonner", "reprendre"),
        Intent.HELP: ("aide", "commandes"),
    },
    "es": {
        Intent.YES: (
            *(
                "sí",
                "si",
                "s",
                "claro",
                "vale",
                "por supuesto",
                "voy",
                "iré",
                "acepto",
                "ahí estaré",
            ),
            *("claro que sí", "cuenta conmigo", "sí gracias"),
        ),
        Intent.NO: ("no", "no gracias", "no puedo", "no voy", "no iré", "lo siento no", "rechazo"),
        Intent.MAYBE: (
            "quizás",
            "quizá",
            "quizas",
            "tal vez",
            "a lo mejor",
            "no sé",
            "no se",
            "puede ser",
        ),
        Intent.LATE: (
            "tarde",
            "llego tarde",
            "retraso",
            "con retraso",
            "llegaré tarde",
            "voy tarde",
        ),
        Intent.WHERE: ("dónde", "donde", "dónde es", "donde es", "dirección", "direccion", "lugar"),
        Intent.SHARE: (
            "compartir",
            "comparto",
            "compartir ubicación",
            "compartir ubicacion",
            "compartir mi ubicación",
        ),
        Intent.UNSHARE: (
            "dejar de compartir",
            "no compartir",
            "no comparto",
            "ya no comparto",
        ),
        Intent.STOP: ("parar", "baja", "darse de baja", "cancelar suscripción", "no más", "no mas"),
        Intent.START: ("alta", "reanudar"),
        Intent.HELP: ("ayuda", "comandos"),
    },
    "it": {
        Intent.YES: (
            *("sì", "si", "s", "certo", "certamente", "va bene", "volentieri", "ci sarò", "vengo"),
            *("accetto", "sì grazie", "conta su di me"),
        ),
        Intent.NO: ("no", "no grazie", "non posso", "non vengo", "purtroppo no", "rifiuto"),
        Intent.MAYBE: ("forse", "non so", "non lo so", "magari", "può darsi", "puo darsi"),
        Intent.LATE: (
            "ritardo",
            "in ritardo",
            "sono in ritardo",
            "tardi",
            "arrivo tardi",
            "farò tardi",
        ),
        Intent.WHERE: ("dove", "dov'è", "dove è", "indirizzo", "luogo", "posto"),
        Intent.SHARE: (
            "condividi",
            "condivido",
            "condividere",
            "condividi posizione",
            "condividere la posizione",
        ),
        Intent.UNSHARE: (
            "non condividere",
            "non condivido",
            "smetti di condividere",
            "non condividere più",
        ),
        Intent.STOP: ("basta", "ferma", "cancellami", "disiscrivi", "annulla iscrizione"),
        Intent.START: ("riprendi", "iscrivimi"),
        Intent.HELP: ("aiuto", "comandi"),
    },
    "pt": {
        Intent.YES: (
            *(
                "sim",
                "s",
                "claro",
                "com certeza",
                "vou",
                "eu vou",
                "aceito",
                "estarei lá",
                "sim obrigado",
            ),
            *("pode contar comigo", "confirmo", "beleza"),
        ),
        Intent.NO: (
            *("não", "nao", "n", "não obrigado", "não posso", "nao posso", "não vou", "nao vou"),
            *("infelizmente não", "recuso"),
        ),
        Intent.MAYBE: ("talvez", "não sei", "nao sei", "quem sabe", "pode ser"),
        Intent.LATE: (
            "atrasado",
            "atrasada",
            "atraso",
            "estou atrasado",
            "estou atrasada",
            "vou atrasar",
        ),
        Intent.WHERE: ("onde", "onde é", "onde fica", "endereço", "endereco", "morada", "local"),
        Intent.SHARE: (
            "compartilhar",
            "compartilho",
            "partilhar",
            "partilho",
            "compartilhar localização",
            "compartilhar localizacao",
        ),
        Intent.UNSHARE: (
            "parar de compartilhar",
            "não compartilhar",
            "nao compartilhar",
            "parar de partilhar",
            "não partilhar",
            "nao partilhar",
        ),
        Intent.STOP: ("parar", "pare", "sair", "cancelar inscrição", "descadastrar"),
        Intent.START: ("voltar", "retomar"),
        Intent.HELP: ("ajuda", "comandos"),
    },
    "nl": {
        Intent.YES: (
            "ja",
            "j",
            "zeker",
            "graag",
            "ik kom",
            "ik ben erbij",
            "natuurlijk",
            "ja graag",
        ),
        Intent.NO: ("nee", "neen", "helaas niet", "nee bedankt", "ik kom niet", "ik kan niet"),
        Intent.MAYBE: ("misschien", "weet niet", "weet ik niet", "wellicht"),
        Intent.LATE: ("laat", "te laat", "ik ben laat", "vertraging", "ik kom later"),
        Intent.WHERE: ("waar", "waar is het", "adres", "locatie", "plaats"),
        Intent.SHARE: (
            "delen",
            "ik deel",
            "locatie delen",
            "mijn locatie delen",
        ),
        Intent.UNSHARE: (
            "niet meer delen",
            "niet delen",
            "stop met delen",
            "stoppen met delen",
        ),
        Intent.STOP: ("afmelden", "uitschrijven", "stoppen"),
        Intent.START: ("aanmelden",),
        Intent.HELP: ("hulp", "commando's"),
    },
    "pl": {
        Intent.YES: ("tak", "t", "jasne", "oczywiście", "będę", "przyjdę", "chętnie"),
        Intent.NO: ("nie", "niestety nie", "nie mogę", "nie przyjdę", "nie dziękuję"),
        Intent.MAYBE: ("może", "moze", "nie wiem", "być może"),
        Intent.LATE: ("spóźnię się", "spóźniony", "spóźniona", "późno", "opóźnienie"),
        Intent.WHERE: ("gdzie", "gdzie to jest", "adres", "miejsce"),
        Intent.SHARE: (
            "udostępnij",
            "udostępniam",
            "udostępnij lokalizację",
            "udostępnij położenie",
        ),
        Intent.UNSHARE: (
            "nie udostępniaj",
            "nie udostępniam",
            "przestań udostępniać",
        ),
        Intent.STOP: ("wypisz", "rezygnuję"),
        Intent.HELP: ("pomoc",),
    },
    "tr": {
        Intent.YES: ("evet", "e", "tabii", "tabii ki", "geliyorum", "geleceğim", "tamam", "olur"),
        Intent.NO: ("hayır", "h", "yok", "gelemem", "gelemiyorum", "gelmiyorum", "maalesef"),
        Intent.MAYBE: ("belki", "bilmiyorum", "emin değilim"),
        Intent.LATE: ("geç", "geç kalacağım", "gecikiyorum", "geç kaldım", "gecikme"),
        Intent.WHERE: ("nerede", "neresi", "adres", "konum", "yer"),
        Intent.SHARE: (
            "paylaş",
            "paylaşıyorum",
            "konum paylaş",
            "konumumu paylaş",
        ),
        Intent.UNSHARE: (
            "paylaşma",
            "paylaşmıyorum",
            "paylaşmayı durdur",
            "paylaşmayı bırak",
        ),
        Intent.STOP: ("dur", "durdur", "iptal", "abonelikten çık"),
        Intent.HELP: ("yardım", "yardim"),
    },
    "ar": {
        Intent.YES: (
            "نعم",
            "ايوه",
            "أيوه",
            "اه",
            "أكيد",
            "اكيد",
            "موافق",
            "سأحضر",
            "ساحضر",
            "سوف أحضر",
            "تمام",
        ),
        Intent.NO: (
            "لا",
            "لا شكرا",
            "لا شكراً",
            "لن أحضر",
            "لن احضر",
            "لا أستطيع",
            "لا استطيع",
            "معتذر",
            "للأسف لا",
        ),
        Intent.MAYBE: ("ربما", "ممكن", "يمكن", "لا أعرف", "لا اعرف", "لست متأكدا"),
        Intent.LATE: ("متأخر", "متاخر", "متأخرة", "سأتأخر", "ساتاخر", "تأخير", "أنا متأخر"),
        Intent.WHERE: ("أين", "اين", "وين", "فين", "العنوان", "المكان", "الموقع", "أين المكان"),
        Intent.SHARE: (
            "شارك",
            "مشاركة",
            "أشارك",
            "مشاركة الموقع",
            "شارك موقعي",
        ),
        Intent.UNSHARE: (
            "إيقاف المشاركة",
            "ايقاف المشاركة",
            "أوقف المشاركة",
            "لا أشارك",
            "لا مشاركة",
        ),
        Intent.STOP: ("توقف", "إيقاف", "ايقاف", "قف", "إلغاء الاشتراك", "الغاء الاشتراك"),
        Intent.START: ("ابدأ", "اشتراك"),
        Intent.HELP: ("مساعدة", "مساعده", "؟"),
    },
    "he": {
        Intent.YES: (
            "כן",
            "בטח",
            "ברור",
            "אגיע",
            "אני מגיע",
            "אני מגיעה",
            "מגיע",
            "מגיעה",
            "אהיה שם",
            "בשמחה",
        ),
        Intent.NO: (
            "לא",
            "לא תודה",
            "לא אגיע",
            "לא מגיע",
            "לא מגיעה",
            "לא יכול",
            "לא יכולה",
            "לצערי לא",
        ),
        Intent.MAYBE: ("אולי", "לא יודע", "לא יודעת", "לא בטוח", "לא בטוחה", "יכול להיות"),
        Intent.LATE: ("מאחר", "מאחרת", "באיחור", "איחור", "אני מאחר", "אני מאחרת", "אאחר"),
        Intent.WHERE: ("איפה", "היכן", "כתובת", "מיקום", "איפה זה"),
        Intent.SHARE: (
            "שתף",
            "שתפי",
            "לשתף",
            "שיתוף",
            "לשתף מיקום",
            "שיתוף מיקום",
        ),
        Intent.UNSHARE: (
            "להפסיק לשתף",
            "הפסק שיתוף",
            "לא לשתף",
            "הפסקת שיתוף",
        ),
        Intent.STOP: ("עצור", "הפסק", "די", "הסר", "הסירו אותי"),
        Intent.START: ("התחל",),
        Intent.HELP: ("עזרה", "פקודות"),
    },
}

# What may stand behind a number of minutes, whatever the language.
MINUTES = frozenset(
    {
        *("m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "minuti"),
        *("minuut", "minut", "minuty", "dakika", "dk", "דקות", "דקה", "דק", "دقيقة", "دقائق", "د"),
        *("'", "′"),
    }
)  # fmt: skip
