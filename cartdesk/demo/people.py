"""Names and addresses of people who do not exist."""

from __future__ import annotations

import random
import unicodedata

_FIRST = [
    "Aino",
    "Eero",
    "Helmi",
    "Väinö",
    "Liisa",
    "Onni",
    "Sanna",
    "Ville",
    "Katri",
    "Jussi",
    "Ana",
    "Tom",
    "Lena",
    "Yuki",
    "Zsófia",
    "Bence",
    "Anikó",
    "Mária",
    "Oskar",
    "Freya",
    "Linnea",
    "Hugo",
    "Clara",
    "Jonas",
    "Marek",
    "Ines",
    "Luca",
    "Noor",
    "Amara",
    "Kofi",
]
_LAST = [
    "Virtanen",
    "Korhonen",
    "Mäkinen",
    "Nieminen",
    "Laine",
    "Petrova",
    "Weir",
    "Groß",
    "Sato",
    "Kovács",
    "Szőke",
    "Nagy",
    "Lindqvist",
    "Øverby",
    "Meyer",
    "Schmidt",
    "Silva",
    "Okafor",
    "Mensah",
    "Novák",
    "O'Brien",
    "Smith-Jones",
    "d'Arc",
]
_PLACES = (
    ("FI", "Helsinki", "00100", "Mannerheimintie"),
    ("FI", "Turku", "20100", "Aurakatu"),
    ("FI", "Tampere", "33100", "Hämeenkatu"),
    ("FI", "Oulu", "90100", "Kirkkokatu"),
    ("SE", "Stockholm", "111 29", "Drottninggatan"),
    ("DE", "Berlin", "10115", "Torstraße"),
    ("HU", "Budapest", "1051", "Sas utca"),
    ("AT", "Wien", "1010", "Wollzeile"),
    ("GB", "Leeds", "LS1 4DY", "Park Row"),
    ("NL", "Utrecht", "3511 AX", "Oudegracht"),
)
_DOMAINS = ("example.org", "example.com", "example.net")


def plain(text: str) -> str:
    """Write a name with the letters an e-mail address likes."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(char for char in ascii_only.lower() if char.isalnum())


def address_of(chance: random.Random, first: str, last: str, country: str = "") -> dict[str, str]:
    """Give a complete billing address, in a country when it is named and known."""
    places = [place for place in _PLACES if place[0] == country] or list(_PLACES)
    land, city, postcode, street = chance.choice(places)
    return {
        "first_name": first,
        "last_name": last,
        "address_1": f"{street} {chance.randint(1, 90)}",
        "city": city,
        "postcode": postcode,
        "country": land,
        "phone": f"+358 40 555 {chance.randint(0, 9999):04}",
    }


def somebody(chance: random.Random, number: int) -> tuple[str, dict[str, str]]:
    """Give the e-mail and address of an invented person."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    email = f"{plain(first)}.{plain(last)}{number}@{chance.choice(_DOMAINS)}"
    return email, address_of(chance, first, last)
