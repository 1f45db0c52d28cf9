"""BERT's uncased tokeniser: words in lower case without accents, cut into the longest pieces the vocabulary knows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from engine.speech.ports import SpeechError

_LONGEST_WORD = 100


class WordPiece:
    """Text to token ids. `vocabulary`: piece to id, continued pieces beginning with "##"."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._ids = vocabulary
        self._unknown, self._first, self._last = (vocabulary[piece] for piece in ("[UNK]", "[CLS]", "[SEP]"))

    @classmethod
    def from_file(cls, file: Path) -> WordPiece:
        """From a `tokenizer.json` (its model.vocab) or a `vocab.txt` (a piece a line). Raises `SpeechError`."""
        text = file.read_text(encoding="utf-8")
        try:
            if file.suffix == ".json":
                return cls(cast("dict[str, int]", json.loads(text)["model"]["vocab"]))
            return cls({piece: number for number, piece in enumerate(text.splitlines())})
        except (ValueError, KeyError, TypeError) as error:
            raise SpeechError(f"{file} holds no BERT vocabulary ({error!r}): run `leadline models install`.") from error

    def ids(self, text: str, longest: int = 128) -> list[int]:
        """Token ids with [CLS] and [SEP], at most `longest` of them; the rest of the text is dropped."""
        pieces = [number for word in words(text) for number in self._pieces(word)]
        return [self._first, *pieces[: longest - 2], self._last]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        found: list[int] = []
        begin = 0
        while begin < len(word):
            prefix = "##" if begin else ""
            for end in range(len(word), begin, -1):
                number = self._ids.get(prefix + word[begin:end])
                if number is not None:
                    found.append(number)
                    begin = end
                    break
            else:
                return [self._unknown]
        return found


def words(text: str) -> Iterator[str]:
    """Words and single signs of `text`: lower case, accents and control signs gone, Chinese signs each alone."""
    word = ""
    for sign in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(sign)
        if sign in "\t\n\r" or kind == "Zs":
            alone, part = "", ""
        elif kind == "Mn" or kind.startswith("C") or sign == "\ufffd":
            continue
        elif _stands_alone(sign, kind):
            alone, part = sign, ""
        else:
            alone, part = "", sign
        if part:
            word += part
            continue
        if word:
            yield word
            word = ""
        if alone:
            yield alone
    if word:
        yield word


def _stands_alone(sign: str, kind: str) -> bool:
    # All of ASCII's signs count as punctuation for BERT, also "$", "+" and "^", which Unicode calls symbols.
    ascii_sign = sign.isascii() and not sign.isalnum()
    return ascii_sign or kind.startswith("P") or "\u4e00" <= sign <= "\u9fff" or "\u3400" <= sign <= "\u4dbf"
