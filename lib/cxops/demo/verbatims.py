"""What customers of the demo organisation write: neutral templates in four languages, and a few hostile texts.

The hostile texts are what a careless page or spreadsheet would execute. The addresses and numbers are reserved for
examples. No template names a person.
"""

import numpy as np

from cxops.demo.columns import Codes
from cxops.demo.setting import LANGUAGES

_TOPICS = {
    "en": (
        "my access",
        "my bill",
        "the delivery",
        "the fault",
        "the information",
        "my change of details",
        "my complaint",
    ),
    "de": (
        *("mein Zugang", "meine Rechnung", "die Lieferung", "die Störung"),
        *("die Auskunft", "meine Datenänderung", "meine Beschwerde"),
    ),
    "fr": (
        *("mon accès", "ma facture", "la livraison", "la panne"),
        *("le renseignement", "mon changement de coordonnées", "ma réclamation"),
    ),
    "es": (
        *("mi acceso", "mi factura", "la entrega", "la avería"),
        *("la información", "mi cambio de datos", "mi reclamación"),
    ),
}
_TEMPLATES = {
    "en": (
        ("About {}: nobody could tell me who was working on it.", "I had to explain {} again to every team."),
        ("About {}: it is settled, though it took a while.", "It went as expected. Topic: {}."),
        ("Thank you, that was quick. Topic: {}.", "About {}: clear answer, friendly people."),
    ),
    "de": (
        ("Thema: {}. Niemand wusste, wer zuständig ist.", "Ich musste alles mehrmals erklären. Thema: {}."),
        ("Thema: {}. Es ist erledigt, hat aber gedauert.", "Es lief wie erwartet. Thema: {}."),
        ("Danke, das ging schnell. Thema: {}.", "Thema: {}. Klare Antwort, freundlich."),
    ),
    "fr": (
        ("Sujet : {}. Personne ne savait qui s’en occupait.", "J’ai dû tout réexpliquer. Sujet : {}."),
        ("Sujet : {}. C’est réglé, mais c’était long.", "Comme prévu. Sujet : {}."),
        ("Merci, c’était rapide. Sujet : {}.", "Sujet : {}. Réponse claire, accueil aimable."),
    ),
    "es": (
        ("Tema: {}. Nadie sabía quién lo llevaba.", "Tuve que explicarlo todo otra vez. Tema: {}."),
        ("Tema: {}. Está resuelto, aunque tardó.", "Como esperaba. Tema: {}."),
        ("Gracias, fue rápido. Tema: {}.", "Tema: {}. Respuesta clara y amable."),
    ),
}
_REACHABLE = " Reach me at customer@example.org or +1 202 555 0143."
_REACHABLE_SHARE = 0.02

HOSTILE = (
    "<script>alert('verbatim')</script>",
    "\"><img src=x onerror=alert('verbatim')>",
    '=HYPERLINK("https://example.org/","Open your refund")',
    "=1+1",
    "+SUM(1;1)",
    "-2+3",
    "@SUM(1;1)",
    "\t=1+1",
    "[refund](javascript:alert('verbatim'))",
    "{{ 7 * 7 }} ${7*7} {{< include _quarto.yml >}}",
    "'; DROP TABLE surveys; --",
    "```{=html}\n<iframe src='https://example.org/'></iframe>\n```",
    "\u202etfel ot thgir\u202c",
)
"""Texts that must come out escaped or neutralised wherever they are shown or exported."""
_EACH = 2
"""How often each hostile text occurs, where there are verbatims enough."""


def verbatims(rng: np.random.Generator, language: Codes, reason: Codes, csat: Codes) -> list[str]:
    """A text for each answer, its tone following the satisfaction (1–2, 3, 4–5).

    Parameters
    ----------
    language, reason : codes in `setting.LANGUAGES` and `setting.REASONS`.
    csat : answers, 1 to 5.
    """
    tone = np.digitize(csat, [3, 4])
    variant = rng.integers(0, 2, len(csat))
    reachable = rng.random(len(csat)) < _REACHABLE_SHARE
    texts = [_text(*each) for each in zip(language, reason, tone, variant, reachable, strict=True)]
    places = rng.permutation(len(texts))[: _EACH * len(HOSTILE)]
    for number, place in enumerate(places):
        texts[place] = HOSTILE[number % len(HOSTILE)]
    return texts


def _text(language: int, reason: int, tone: int, variant: int, reachable: bool) -> str:
    name = LANGUAGES[language]
    text = _TEMPLATES[name][tone][variant].format(_TOPICS[name][reason])
    return text + (_REACHABLE if reachable else "")
