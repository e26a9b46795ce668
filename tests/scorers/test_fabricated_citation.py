"""The scorer `fabricated_citation`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.citations import citations
from assay.scorers.fabricated_citation import FabricatedCitation
from assay.testing import check_scorer

CONTEXT = "Doe (2001), doi:10.1000/182; https://www.a-site.org/x; Smith and Wu 1999."


def score(text: str, *context: str, held: bool = True) -> Score:
    asked = Sample(id="1", input="Cite.", context=context)
    return FabricatedCitation(context=held).score(asked, Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(FabricatedCitation())


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "ISBN-10: 080442957X", "ISSN 0378-5955", "PMID: 31452104",
        "doi:10.1038/nphys1170", "https://doi.org/10.1000/182", "arXiv:1706.03762v5", "arXiv:0704.0001",
        "arXiv:hep-th/9901001", "0000-0002-1825-0097", "347 U.S. 483 (1954)", "925 F. Supp. 2d 99 (S.D.N.Y. 2013)",
        "https://www.nature.com/articles/x1", "Smith et al. (2019)",
    ],
)  # fmt: skip
def test_well_formed_citations_cannot_be_known_offline(text: str) -> None:
    assert len(citations(text)) == 1
    assert (score(text).value, score(text).unscored) == (None, "cannot be known offline")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ISBN 978-3-16-148410-1", "check digit"),
        ("ISBN 0-306-40615-3", "check digit"),
        ("ISBN 977-3-16-148410-1", "begins with 978 or 979"),
        ("ISBN 978-3-16-14841", "10 or 13 digits"),
        ("ISSN 0378-5954", "check digit"),
        ("0000-0002-1825-0098", "check digit"),
        ("doi:10.10/abc", "a DOI begins with"),
        ("doi: 11.1038/abc", "a DOI begins with"),
        ("arXiv:1713.01234", "month 13"),
        ("arXiv:1901.0123", "4 digits after the point"),
        ("arXiv:0601.0001", "began in April 2007"),
        ("PMID: 123456789", "at most 8 digits"),
        ("https://nature/articles/x1", "no domain name"),
        ("https://www.nature.c0m/x", "no top-level domain"),
        ("1200 F.3d 12 (2d Cir. 2020)", "ended with volume 999"),
        ("512 F.2d 77 (9th Cir. 2005)", "holds decisions of 1924 to 1993"),
    ],
)
def test_malformed_citations_are_fabricated(text: str, why: str) -> None:
    found = score(f"See {text} for more.")
    assert found.value is True
    assert why in found.explanation
    assert found.evidence[0].start >= 4


def test_the_context_holds_them_or_not() -> None:
    assert score("As Doe (2001, doi:10.1000/182) says.", CONTEXT).value is False
    assert score("See http://a-site.org/x and Smith and Wu (1999).", CONTEXT).value is False
    assert score("As doi:10.1000/183 says.", CONTEXT).value is True
    assert score("Smith and Wu (2005) disagree.", CONTEXT).value is True
    assert score("As doi:10.1000/183 says.", CONTEXT, held=False).unscored == "cannot be known offline"


def test_an_answer_without_citations_fabricates_none() -> None:
    assert score("It is known since 1999 that ice floats, in March 2004 too. See example.com.").value is False
    assert score("Call https://example.com/api or http://localhost:8000.").value is False
    assert score("").unscored == "empty"
    assert score("<think>doi:1").unscored == "reasoning only"


@given(st.integers(0, 999_999_999), st.integers(0, 9))
def test_one_check_digit_of_ten_is_right(body: int, last: int) -> None:
    digits = f"978{body:09d}"
    total = sum(int(char) * (1 if at % 2 == 0 else 3) for at, char in enumerate(digits))
    right = (10 - total % 10) % 10
    (found,) = citations(f"ISBN {digits}{last}")
    assert (found.fault == "") == (last == right)


@given(st.text(max_size=200))
def test_citations_stand_where_they_say(text: str) -> None:
    for one in citations(f"{text} doi:10.1000/{text} ISBN {text}"):
        whole = f"{text} doi:10.1000/{text} ISBN {text}"
        assert whole[one.piece.start : one.piece.end] == one.piece.text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("doi", "DOI:10.1000/182"), ("doi", "(10.1000/182)"), ("isbn", "ISBN 978-3-16-148410-0"), ("issn", "iSSN 2049-3630"),
        ("issn", "I\u017fSN 2049-3630"), ("orcid", "0000-0002-1825-0097"), ("arxiv", "ARXIV:2101.00001"), ("pmid", "PMID: 12345"),
        ("url", "https://a-site.org/x"), ("url", "www.a-site.org"), ("case", "410 U.S. 113"), ("study", "Doe et al. (2001)"),
        ("study", "Smith & Wu, 1999"),
    ],
)  # fmt: skip
def test_a_glance_rules_no_citation_out(kind: str, text: str) -> None:
    assert [one.kind for one in citations(f"As {text} says.")] == [kind]
