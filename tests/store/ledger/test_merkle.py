"""RFC 9162, section 2.1: known roots, all proofs of all small trees, and that no altered proof passes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from assay.store.ledger.merkle import Roots, consistency, consistent, included, inclusion, leaf_hash, node_hash, root

KNOWN = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""Leaves of the test vectors that the implementations of Certificate Transparency share, with their roots below."""
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LARGEST = 40
LEAVES = [leaf_hash(bytes([number])) for number in range(LARGEST)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def test_known_roots() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, wanted in enumerate(ROOTS, 1):
        assert root([leaf_hash(one) for one in KNOWN[:size]]).hex() == wanted


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert root(LEAVES[:size]) == by_definition(LEAVES[:size])
    growing = Roots()
    for leaf in LEAVES[:size]:
        growing.add(leaf)
    assert (growing.size, growing.root()) == (size, root(LEAVES[:size]))


def altered(path: Sequence[bytes]) -> list[list[bytes]]:
    """The path with a step changed, dropped, doubled, and two exchanged."""
    whole = list(path)
    found = [[*whole, bytes(32)], [bytes(32), *whole]]
    for at, step in enumerate(whole):
        found.append([*whole[:at], bytes([step[0] ^ 1]) + step[1:], *whole[at + 1 :]])
        found.append(whole[:at] + whole[at + 1 :])
        found.append([*whole[:at], step, step, *whole[at + 1 :]])
        if at and whole[at - 1] != step:
            found.append([*whole[: at - 1], step, whole[at - 1], *whole[at + 1 :]])
    return found


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_inclusion(size: int) -> None:
    leaves, tree = LEAVES[:size], root(LEAVES[:size])
    for index in range(size):
        path = inclusion(leaves, index)
        assert included(leaves[index], index, size, path, tree)
        assert not any(included(leaves[index], index, size, other, tree) for other in altered(path))
        assert not any(included(leaves[other], index, size, path, tree) for other in range(size) if other != index)
        for place in range(-2, size + 2):
            assert included(leaves[index], place, size, path, tree) == (place == index)
        assert not included(leaves[index], index, size, path, bytes(32))


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_consistency(size: int) -> None:
    leaves, after = LEAVES[:size], root(LEAVES[:size])
    for earlier in range(1, size + 1):
        path, before = consistency(leaves, earlier), root(LEAVES[:earlier])
        assert consistent(earlier, size, before, after, path)
        assert not any(consistent(earlier, size, before, after, other) for other in altered(path))
        assert not consistent(earlier, size, bytes(32), after, path)
        assert not consistent(earlier, size, before, bytes(32), path)
        for other in range(-1, size + 2):
            if other != earlier and 0 < other < size:
                assert not consistent(other, size, before, after, path)


@pytest.mark.parametrize(("earlier", "later"), [(0, 3), (-1, 3), (4, 3), (3, -3), (0, 0)])
def test_impossible_sizes_prove_nothing(earlier: int, later: int) -> None:
    assert not consistent(earlier, later, LEAVES[0], LEAVES[1], [LEAVES[2]])


def test_what_cannot_be_proved_is_refused() -> None:
    with pytest.raises(IndexError):
        inclusion(LEAVES[:3], 3)
    with pytest.raises(IndexError):
        inclusion(LEAVES[:3], -1)
    for earlier in (0, -1, 4):
        with pytest.raises(ValueError):
            consistency(LEAVES[:3], earlier)
