"""Words of names and descriptions, English, Chinese or both in one text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .history import Sparse

# Chinese characters stand for words without spaces between them; the rest is words of letters.
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Words that join others and say nothing of a product; too few to need a list of a library.
_JOINING = frozenset(
    re.findall("[a-z]+", "a an and are as at by for from in into is it its of off on or that the this to up with")
)
# A term in more than this share of the products tells none of them apart.
_COMMON = 0.5


def terms_of(text: str) -> list[str]:
    """The terms of a text, in order: words in small letters, and of Chinese each two characters side by side.

    >>> terms_of("Canvas sneaker 帆布鞋")
    ['canvas', 'sneaker', '帆布', '布鞋']
    """
    latin = _CHINESE.sub(" ", text.lower())
    words = [_singular(word) for word in _LETTERS.findall(latin) if word not in _JOINING]
    for run in _CHINESE.findall(text):
        words += [run[n : n + 2] for n in range(len(run) - 1)] or [run]
    return words


def _singular(word: str) -> str:
    """Boots and boot are one word; glass and canvas stay what they are."""
    plural = len(word) > 3 and word.endswith("s") and word[-2] not in "aisu" and word.isascii()
    return word[:-1] if plural else word


def tf_idf(texts: Sequence[str]) -> Sparse:
    """Weights of terms by text, rows of length 1, those without a term of nothing.

    (1 + log tf) * log((1 + n) / (1 + df)), of terms that stand in two texts or more and in not more than half.

    Args:
        texts: One for each product.

    Returns:
        Shape (texts, terms), terms in order of the alphabet.

    Reference:
        Salton, Buckley: Term-weighting approaches in automatic text retrieval, 1988.
    """
    split = [terms_of(text) for text in texts]
    names = sorted({word for words in split for word in words})
    place = {name: number for number, name in enumerate(names)}
    rows = [row for row, words in enumerate(split) for _ in words]
    columns = [place[word] for words in split for word in words]
    shape, ones = (len(split), len(names)), np.ones(len(rows))
    found: Sparse = csr_array((ones, (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))), shape=shape)
    found.sum_duplicates()
    many = np.bincount(found.indices, minlength=len(names))
    told = (many >= 2) & (many <= max(_COMMON * len(split), 2.0))
    found.data = (1.0 + np.log(found.data)) * np.log((1.0 + len(split)) / (1.0 + many[found.indices]))
    found = csr_array(found[:, np.flatnonzero(told)])
    long = np.sqrt(np.asarray(found.power(2).sum(axis=1)).ravel())
    return csr_array(found.multiply((1.0 / np.where(long > 0, long, 1.0))[:, None]))
