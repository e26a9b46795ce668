"""Chats of a shop's assistant over some weeks, as lines of `assay watch replay`: what is like production, and is planted.

Requests come in sessions, more by day than by night and on workdays than on weekends; the mix of routes goes with the
hour, latency with the load and with a heavy tail, refusals with the route, languages with the user. Nothing else moves,
unless a change is planted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DAY_S = 86_400
BEGIN_S = 1_796_601_600
"""Midnight of a Monday, 7 December 2026."""
ROUTES: Mapping[str, tuple[float, float, float]] = {
    "orders": (0.40, 0.010, 0.9), "billing": (0.25, 0.010, 1.1), "returns": (0.20, 0.015, 1.2), "health": (0.15, 0.070, 1.6),
}  # fmt: skip
"""Share of requests, share that is refused, median latency in seconds: 2 % are refused in all."""
LANGUAGES: Mapping[str, float] = {"en": 0.78, "de": 0.13, "fr": 0.09}
MODEL, FINGERPRINT = "shop-7b-2026-11", "fp_3f9c"
_MORE, _RETRIES, _THUMBS = 0.45, 0.05, 0.08
"""Chance of another request in a session, of nearly the same one again, and of a thumb."""
_ASKED: Mapping[str, tuple[str, ...]] = {
    "en": ("Where is the {thing} that I ordered on {day}?", "Can I send the {thing} back, it came {state} on {day}?",
           "Why was I charged twice for the {thing} of {day}?", "Please tell me how to use the {thing}, it seems {state}.",
           "How long does it take until the {thing} is here, I need it by {day}?"),
    "de": ("Wo ist bitte {thing}, den ich am {day} bestellt habe?", "Kann ich {thing} zurückschicken, er kam {state} an?",
           "Warum wurde mir {thing} vom {day} zweimal berechnet?", "Bitte sag mir, wie ich {thing} benutze, er ist {state}."),
    "fr": ("Où est {thing} que j'ai commandé pour {day}, s'il vous plaît ?", "Puis-je renvoyer {thing}, qui est arrivé {state} ?",
           "Pourquoi est-ce que j'ai payé deux fois pour {thing} de {day} ?", "Dites-moi comment utiliser {thing}, il semble {state}."),
}  # fmt: skip
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {"thing": ("kettle", "blue lamp", "pillow", "thermometer", "travel bag", "vitamin box", "phone case", "knee brace"),
           "day": ("Monday", "Tuesday", "the third of May", "Friday", "last week"),
           "state": ("broken", "too small", "without its cable", "much too late")},
    "de": {"thing": ("der Wasserkocher", "der Koffer", "der Kissenbezug", "der Blutdruckmesser", "der Schreibtisch"),
           "day": ("Montag", "Dienstag", "dritten Mai", "Freitag"), "state": ("kaputt", "zu klein", "ohne Kabel", "zu spät")},
    "fr": {"thing": ("le coussin", "le sac de voyage", "le thermomètre", "le chargeur", "le bureau"),
           "day": ("lundi", "mardi", "le trois mai", "vendredi"), "state": ("cassé", "trop petit", "sans câble", "trop tard")},
}  # fmt: skip
_SAID: Mapping[str, tuple[str, ...]] = {
    "en": ("It left our warehouse on Monday and will be with you within two days.", "You find the number of your parcel in the mail that we sent.",
           "Your money is back on your account after five working days.", "Open your account, choose the order, and press the button on its right side.",
           "The label is in the box, and any post office takes the parcel.", "Press the button for three seconds until the light is green."),
    "de": ("Die Sendung hat unser Lager am Montag verlassen und ist in zwei Tagen bei dir.", "Die Nummer der Sendung steht in der Mail, die wir geschickt haben.",
           "Das Geld ist nach fünf Werktagen wieder auf deinem Konto.", "Öffne dein Konto, wähle die Bestellung und drücke den Knopf auf der rechten Seite."),
    "fr": ("Le colis a quitté notre entrepôt lundi et sera chez vous dans deux jours.", "Vous trouverez le numéro du colis dans le message que nous avons envoyé.",
           "L'argent sera sur votre compte après cinq jours ouvrables.", "Ouvrez votre compte, choisissez la commande et appuyez sur le bouton à droite."),
}  # fmt: skip
_REFUSED: Mapping[str, str] = {
    "en": "I'm sorry, but I can't help with that request.",
    "de": "Es tut mir leid, aber dabei kann ich dir nicht helfen.",
    "fr": "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How traffic is, at one time."""

    routes: Mapping[str, float] = field(default_factory=lambda: {name: share for name, (share, _, _) in ROUTES.items()})
    """Route -> its share."""
    refused: float = 1.0
    """Factor of the share that each route refuses."""
    languages: Mapping[str, float] = field(default_factory=lambda: dict(LANGUAGES))
    """Language -> share of sessions."""
    tail: float = 0.0
    """Added to the spread of the logarithm of those latencies that are above the median."""
    fingerprint: str = FINGERPRINT
    """What the model says it is."""
    uneven: float = 0.0
    """Spread of the logarithm of a day's own factor of latency: what an independent stream does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how much, and what changes when."""

    days: int = 28
    """Days in all."""
    a_day: int = 300
    """Requests of a workday."""
    before: World = World()
    """At first."""
    after: World = World()
    """Since the change."""
    change_s: float = math.inf
    """Seconds from the beginning to the change."""


PLANTS: Mapping[str, World] = {
    "refusals 2 % -> 6 %": World(refused=3.0),
    "latency, 95th percentile x 2": World(tail=math.log(2) / 1.645),
    "languages, German 13 % -> 35 %": World(languages={"en": 0.56, "de": 0.35, "fr": 0.09}),
    "mix alone, health 15 % -> 80 %": World(routes={"orders": 0.1, "billing": 0.05, "returns": 0.05, "health": 0.80}),
    "fingerprint of the model": World(fingerprint="fp_81d0"),
}
"""What is planted."""
UNEVEN = World(uneven=0.1)
"""Nothing changes, but days differ."""


def chats(plan: Plan, seed: int) -> list[dict[str, Any]]:
    """Rows in order of time."""
    dice = random.Random(seed)
    rows = [row for session in _sessions(plan, dice) for row in session]
    rows.sort(key=lambda row: row["timestamp"])
    return [{"id": f"{seed}-{number}", **row} for number, row in enumerate(rows)]


def _sessions(plan: Plan, dice: random.Random) -> Iterator[list[dict[str, Any]]]:
    """Sessions by a thinned Poisson process."""
    most = plan.a_day * (1 - _MORE) * 1.8 / DAY_S
    days = [dice.gauss(0.0, 1.0) for _ in range(plan.days + 1)]
    at, number = 0.0, 0
    while (at := at + dice.expovariate(most)) < plan.days * DAY_S:
        if dice.random() * 1.8 < _busy(at):
            number += 1
            yield [*_session(plan, at, number, days, dice)]


def _busy(at: float) -> float:
    """How busy the hour is: 1 on average of a workday."""
    hour, weekend = at % DAY_S / 3600, at // DAY_S % 7 >= 5
    return (1 + 0.8 * math.cos((hour - 14) * math.pi / 12)) * (0.45 if weekend else 1.0)


def _session(plan: Plan, at: float, number: int, days: list[float], dice: random.Random) -> Iterator[dict[str, Any]]:
    turns: list[dict[str, str]] = []
    about = {"session.id": f"s{number}", "tier": "pro" if dice.random() < 0.3 else "free"}
    language = _drawn((plan.after if at >= plan.change_s else plan.before).languages, dice)
    request = ""
    while at < plan.days * DAY_S:
        world = plan.after if at >= plan.change_s else plan.before
        route = _drawn(_mix(world, at), dice)
        if not request or dice.random() >= _RETRIES:
            request = _request(language, dice)
        refused = dice.random() < ROUTES[route][1] * world.refused
        answer = _REFUSED[language] if refused else " ".join(dice.choices(_SAID[language], k=dice.randint(1, 4)))
        turns.append({"role": "user", "content": request})
        yield _row(turns[-5:], answer, at, days[int(at // DAY_S)], {**about, "route": route}, world, dice)
        turns.append({"role": "assistant", "content": answer})
        if dice.random() >= _MORE:
            return
        at += dice.expovariate(1 / 90) + 10


def _mix(world: World, at: float) -> dict[str, float]:
    """Shares of the routes: at night there are more orders."""
    night = math.cos(at % DAY_S / DAY_S * 2 * math.pi)
    return {name: share * (1 + 0.25 * night if name == "orders" else 1) for name, share in world.routes.items()}


def _drawn(shares: Mapping[str, float], dice: random.Random) -> str:
    return dice.choices([*shares], [*shares.values()])[0]


def _request(language: str, dice: random.Random) -> str:
    words = {name: dice.choice(given) for name, given in _WORDS[language].items()}
    return dice.choice(_ASKED[language]).format(**words)


def _row(
    asked: list[dict[str, str]], answer: str, at: float, day: float, about: dict[str, str], world: World,
    dice: random.Random,
) -> dict[str, Any]:  # fmt: skip
    normal = dice.gauss(0, 1)
    spread = 0.5 * normal + world.tail * max(normal, 0.0) + 0.12 * (_busy(at) - 1) + world.uneven * day
    latency = ROUTES[about["route"]][2] * math.exp(spread) * (4.0 if dice.random() < 0.01 else 1.0)
    cut = dice.random() < 0.015
    row: dict[str, Any] = {
        "messages": [*asked],
        "timestamp": round(BEGIN_S + at, 3),
        "model": MODEL,
        "latency_s": round(latency, 3),
        "finish_reason": "length" if cut else "stop",
        "usage": {"input_tokens": sum(len(one["content"]) for one in asked) // 4, "output_tokens": len(answer) // 4},
        "metadata": {**about, "gen_ai.response.system_fingerprint": world.fingerprint},
    }
    if dice.random() < 0.005:
        return {**row, "error": "the model did not answer in time"}
    if dice.random() < _THUMBS:
        row["metadata"]["feedback"] = "down" if dice.random() < 0.15 else "up"
    return {**row, "output": answer}
