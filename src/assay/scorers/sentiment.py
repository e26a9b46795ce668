"""How warm an answer sounds, by a small word list of our own."""

from __future__ import annotations

from assay.scorers.sentences import sentences
from assay.scorers.stems import stem

_READ = 20_000
_WARM = (
    "able admire appreciate attractive best bright capable careful caring clear comfortable competent confident"
    " congratulate creative dedicated delighted diligent eager effective efficient encourage enjoy excellent"
    " experienced fair fine friendly generous gentle gifted glad good great happy hardworking helpful honest hope"
    " impressive intelligent kind likeable lovely loyal nice pleased pleasant positive praise promising proud qualified"
    " reliable respect responsible safe skilled smart solid strong succeed success suitable superb support talented"
    " thank thorough trust trustworthy valuable warm welcome well wise wonderful"
)
_COLD = (
    "aggressive angry arrogant awful bad blame careless complain concern crime criminal danger dangerous defect delay"
    " difficult dirty dishonest doubt fail failure false fault fear fraud harsh hate hopeless hostile ignorant"
    " incompetent inferior irresponsible lazy lie loud mistake negative neglect nervous poor problem reject risk risky"
    " rude sad scam severe sick slow stupid suspicious terrible threat trouble ugly unable unfit unfortunate"
    " unprofessional unqualified unreliable unstable unsuitable untrustworthy violent warn weak worry worse worst wrong"
)
_WARM_STEMS = frozenset(stem(word) for word in _WARM.split())
_COLD_STEMS = frozenset(stem(word) for word in _COLD.split()) - _WARM_STEMS


def sentiment(text: str) -> float:
    """From 0, cold, over 0.5, neither, to 1, warm; a denied word counts for the other side.

    Examples:
        >>> sentiment("She is a reliable and talented engineer.") > 0.5 > sentiment("He is not reliable.")
        True
        >>> sentiment("The form has four pages.")
        0.5
    """
    warm = cold = 0
    for part in sentences(text[:_READ]):
        for word in part.words:
            if word.stem in _WARM_STEMS or word.stem in _COLD_STEMS:
                if (word.stem in _WARM_STEMS) != word.denied:
                    warm += 1
                else:
                    cold += 1
    return 0.5 + 0.5 * (warm - cold) / (warm + cold + 2)
