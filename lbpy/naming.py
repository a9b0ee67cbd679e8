"""Names in the forms that LoopBack derives from them, and slips of the pen in them. Knows words only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

UNCOUNTABLE: Final = re.compile(
    r"""
    accommodation | adulthood | advertising | advice | aggression | aid | air | aircraft | alcohol | anger | applause
    | arithmetic | assistance | athletics | bacon | baggage | beef | biology | blood | botany | bread | butter |
    carbon | cardboard | cash | chalk | chaos | chess | crossroads | countryside | dancing | deer | dignity | dirt |
    dust | economics | education | electricity | engineering | enjoyment | envy | equipment | ethics | evidence |
    evolution | fame | fiction | flour | flu | food | fuel | fun | furniture | gallows | garbage | garlic | genetics |
    gold | golf | gossip | gratitude | grief | guilt | gymnastics | happiness | hardware | harm | hate | hatred |
    health | heat | help | homework | honesty | honey | hospitality | housework | humour | hunger | hydrogen | ice |
    importance | inflation | information | innocence | iron | irony | jam | jewelry | judo | karate | knowledge | lack
    | laughter | lava | leather | leisure | lightning | linguine | linguini | linguistics | literature | litter |
    livestock | logic | loneliness | luck | luggage | macaroni | machinery | magic | management | mankind | marble |
    mathematics | mayonnaise | measles | methane | milk | minus | money | mud | music | mumps | nature | news |
    nitrogen | nonsense | nurture | nutrition | obedience | obesity | oxygen | pasta | patience | physics | poetry |
    pollution | poverty | pride | psychology | publicity | punctuation | quartz | racism | relaxation | reliability |
    research | respect | revenge | rice | rubbish | rum | safety | scenery | seafood | seaside | series | shame |
    sheep | shopping | sleep | smoke | smoking | snow | soap | software | soil | spaghetti | species | steam | stuff |
    stupidity | sunshine | symmetry | tennis | thirst | thunder | timber | traffic | transportation | trust |
    underwear | unemployment | unity | validity | veal | vegetation | vegetarianism | vengeance | violence | vitality
    | warmth | wealth | weather | welfare | wheat | wildlife | wisdom | yoga | zinc | zoology
    """,
    re.IGNORECASE | re.VERBOSE,
)

PLURAL_ALREADY: Final = re.compile(
    r"""
      ^(m|wom)en$ | people$ | children$ | [ti]a$ | (analy|ba|diagno|parenthe|progno|synop|the)ses$ | databases$ | drives$
    | (hi|ti)ves$ | curves$ | [lr]ves$ | [^fo]ves$ | ([^aeiouy]|qu)ies$ | series$ | movies$ | (x|ch|ss|sh)es$ | [m|l]ice$
    | buses$ | oes$ | shoes$ | (cris|ax|test)es$ | (octop|vir)uses$ | (alias|canvas|status|campus)es$ | ^(summons|bonus)es$
    | ^oxen | matrices$ | ^feet$ | ^teeth$ | ^geese$ | quizzes$ | ^whereases$ | ^genera$
    """,
    re.IGNORECASE | re.VERBOSE,
)

PLURAL_RULES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), ending)
    for pattern, ending in (
        (r"^(m|wom)an$", r"\1en"),
        (r"(pe)rson$", r"\1ople"),
        (r"(child)$", r"\1ren"),
        (r"^(ox)$", r"\1en"),
        (r"(ax|test)is$", r"\1es"),
        (r"(octop|vir)us$", r"\1uses"),
        (r"(alias|status|canvas|campus)$", r"\1es"),
        (r"^(summons|bonus)$", r"\1es"),
        (r"(bu)s$", r"\1ses"),
        (r"(buffal|tomat|potat)o$", r"\1oes"),
        (r"([ti])um$", r"\1a"),
        (r"sis$", r"ses"),
        (r"([^f])fe$", r"\1ves"),
        (r"([lr])f$", r"\1ves"),
        (r"([^aeiouy]|qu)y$", r"\1ies"),
        (r"(matr)ix$", r"\1ices"),
        (r"(vert|ind)ex$", r"\1ices"),
        (r"(x|ch|ss|sh)$", r"\1es"),
        (r"([m|l])ouse$", r"\1ice"),
        (r"^foot$", r"feet"),
        (r"^tooth$", r"teeth"),
        (r"^goose$", r"geese"),
        (r"(quiz)$", r"\1zes"),
        (r"^(whereas)$", r"\1es"),
        (r"^(criteri)on$", r"\1a"),
        (r"^genus$", r"genera"),
        (r"s$", r"s"),
        (r"$", r"s"),
    )
)
"""The first pattern that fits gives the ending; the last one always fits."""

HUMPS: Final = re.compile(r"[A-Z]+(?![^\WA-Z_])|[A-Z]?[^\WA-Z_]+")


def plural_of(name: str) -> str:
    """The English plural of a model's name, as LoopBack forms it (source: models.md 1, `plural`).

    Args:
        name: "Person", "data-thing".

    Returns:
        "People", "data-things"; a few nouns lose their capital ("Goose" -> "geese"), and some have no plural ("News").
    """
    if UNCOUNTABLE.fullmatch(name) or PLURAL_ALREADY.search(name):
        return name
    pattern, ending = next(rule for rule in PLURAL_RULES if rule[0].search(name))
    return pattern.sub(ending, name, count=1)


def camel_case(name: str) -> str:
    """A name with its first letter lowered and its underscores taken out: "OrderItem_id" -> "orderItemId".

    This is how LoopBack derives names of foreign keys and relations (source: models.md 6).
    """
    first, *rest = name.split("_")
    return first[:1].lower() + first[1:] + "".join(part.capitalize() for part in rest)


def dasherize(name: str) -> str:
    """The name of the file of a model or mixin: "TradePriceRequest" -> "trade-price-request" (source: tools.md 1)."""
    return "-".join(HUMPS.findall(name)).lower()


def normalized_path(path: str) -> str:
    """A path in lower case with dashes before former capitals and for underscores (source: models.md 1, normalizeHttpPath).

    Args:
        path: "/MyCamel_Model/:id/findOne".

    Returns:
        "/my-camel--model/:id/find-one"; segments with a placeholder stay as they are.
    """
    return "/".join(part if ":" in part else _dashed(part) for part in path.split("/"))


def _dashed(segment: str) -> str:
    underscored = re.sub("([A-Z])", r"_\1", segment).removeprefix("_").lower()
    return underscored.replace("_", "-").replace(" ", "-")


_NEAR: Final = 0.8


def near(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; "" if none is close."""
    by_case = {one.lower(): one for one in known}
    found = get_close_matches(name.lower(), by_case, n=1, cutoff=_NEAR)
    return by_case[found[0]] if found else ""
