"""How well personal data are found in the forms of 51 locales that the patterns were not written from.

    pip install faker==40.63.0
    python train/measure_forms.py [--each 30]

Faker's numbers and addresses (MIT licence; seeded) are put into sentences of this script: with a word that announces
them, with a weak hint, and with none. A find counts when its type agrees and the spans share half of their characters.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator

from faker import Faker

from assay.scorers.personal import found

LOCALES = (
    "ar_SA bg_BG cs_CZ da_DK de_AT de_CH de_DE el_GR en_AU en_CA en_GB en_IE en_IN en_NZ en_US es_AR es_CO "
    "es_ES es_MX et_EE "
    "fa_IR fi_FI fr_BE fr_CH fr_FR he_IL hi_IN hr_HR hu_HU id_ID it_IT ja_JP ko_KR lt_LT nl_BE nl_NL no_NO "
    "pl_PL pt_BR pt_PT "
    "ro_RO ru_RU sk_SK sl_SI sv_SE th_TH tr_TR uk_UA vi_VN zh_CN zh_TW"
)
SENTENCES = {
    "phone, announced": ("You can reach Maria by phone at {}.", "Phone: {}", "{} (mobile)", "Tel. {}\nRoom 4"),
    "phone, hinted at": ("Please call {} before noon.", "Text me at {} when you arrive", "My number is {}"),
    "phone, bare": ("Anna Keller, {}, see you soon", "She wrote {} on the napkin."),
    "credit_card, announced": ("The card number {} expires soon.",),
    "credit_card, bare": ("Use {} for it.",),
    "iban": ("Send it to {} today.",),
    "email": ("Write to {}, thanks",),
    "ip": ("The request came from {} at noon.",),
    "mac": ("It was seen as {}.",),
    "address": ("She lives at {}.",),
}


def main() -> None:
    """Make the sentences, look for what was put in, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=30, help="values of each kind and locale")
    options = parser.parse_args()
    hit: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for kind, text, start, end in _sentences(options.each):
        total[kind] += 1
        hit[kind] += any(
            find.type == kind.partition(",")[0]
            and 2 * (min(find.end, end) - max(find.start, start)) >= max(find.end, end) - min(find.start, start)
            for find in found(text)
        )
    print("| type | values | found |\n|---|---|---|")
    for kind, count in total.items():
        print(f"| {kind} | {count} | {hit[kind] / count:.3f} |")


def _sentences(each: int) -> Iterator[tuple[str, str, int, int]]:
    dice = random.Random(5)
    for locale in LOCALES.split():
        fake = Faker(locale)
        fake.seed_instance(7)
        make = {
            "phone": fake.phone_number,
            "credit_card": fake.credit_card_number,
            "iban": fake.iban,
            "email": lambda fake=fake: fake.email(safe=False),
            "ip": lambda fake=fake: dice.choice((fake.ipv4_public, fake.ipv6))(),
            "mac": fake.mac_address,
            "address": lambda fake=fake: fake.street_address().replace("\n", " "),
        }
        for kind, sentences in SENTENCES.items():
            for _ in range(each):
                value, sentence = str(make[kind.partition(",")[0]]()), dice.choice(sentences)
                start = sentence.index("{}")
                yield kind, sentence.format(value), start, start + len(value)


if __name__ == "__main__":
    main()
