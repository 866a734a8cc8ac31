"""Checks a model's card before a page shows it.

Anybody may have written a card, so any value may be missing, of another type or no finite number.
Everything that passes these checks can be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fer.errors import ModelError

Check = Callable[[Any, str], None]
"""Takes a value and its place in the card, and raises ModelError if the value is wrong."""

MOST = 1e15
"""The largest number that is allowed in a card; larger ones overflow where they are drawn."""


def check_card(card: Mapping[str, Any], name: str) -> None:
    """Check everything that pages show of a card.

    Args:
        card: the parsed card.
        name: the name of the card in messages.

    Raises:
        ModelError: a value has the wrong type or range; the message names its place.
    """
    _CARD(card, name)
    metrics = card.get("metrics") or {}
    for place, parts in (("metrics", metrics), ("metrics.reading", metrics.get("reading") or {})):
        for part in ("private", "public"):
            labels = metrics.get("labels") or card.get("labels") or []
            figures = parts.get(part) or {}
            if figures.get("confusion_matrix"):
                _figures(len(labels))(figures, f"{name}: {place}.{part}")


def _wrong(where: str, wanted: str) -> ModelError:
    return ModelError(f"{where} must be {wanted}")


def _number(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(where, "a number")
    if not -MOST <= value <= MOST:  # also rejects NaN
        raise _wrong(where, "a finite number")


def _share(value: Any, where: str) -> None:
    _number(value, where)
    if not 0 <= value <= 1:
        raise _wrong(where, "between 0 and 1")


def _count(value: Any, where: str) -> None:
    _number(value, where)
    if value < 0 or math.floor(value) != value:
        raise _wrong(where, "a whole number, 0 or more")


def _text(value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise _wrong(where, "a text")


def _anything(value: Any, where: str) -> None:
    """Accept any value; the page writes it as text."""


def _or_none(check: Check) -> Check:
    def optional(value: Any, where: str) -> None:
        if value is not None:
            check(value, where)

    return optional


def _list(check: Check, length: int | None = None) -> Check:
    def of_all(value: Any, where: str) -> None:
        if not isinstance(value, list) or (length is not None and len(value) != length):
            raise _wrong(where, "a list" if length is None else f"a list of {length}")
        for number, item in enumerate(value):
            check(item, f"{where}[{number}]")

    return of_all


def _values(check: Check) -> Check:
    def of_all(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(where, "an object")
        for key, item in value.items():
            check(item, f"{where}.{key}")

    return of_all


def _object(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    def of_keys(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(where, "an object")
        for key, check in needed.items():
            if key not in value:
                raise ModelError(f"{where} lacks {key}")
            check(value[key], f"{where}.{key}")
        for key, check in (optional or {}).items():
            if value.get(key) is not None:
                check(value[key], f"{where}.{key}")

    return of_keys


def _figures(classes: int) -> Check:
    """A check of the figures on one set of faces, as `fer.training.metrics.summary` gives them."""
    shares = _list(_share, classes)
    per_class = _object(
        {"precision": shares, "recall": shares, "f1": shares, "faces": _list(_count, classes)}
    )
    whole = _object(
        {
            "faces": _count,
            "accuracy": _share,
            "interval_95": _list(_share, 2),
            "uar": _share,
            "macro_f1": _share,
            "ece": _share,
            "answered_at_85": _share,
            "confusion_matrix": _list(_list(_count, classes), classes),
            "per_class": per_class,
            "reliability": _list(_bin),
            "coverage": _list(_COVERED),
        },
        {"answered_at_90": _share, "neutral_read_negative_by_votes": _share},
    )

    def check(value: Any, where: str) -> None:
        whole(value, where)
        if not any(row["faces"] for row in value["reliability"]):
            raise _wrong(f"{where}.reliability", "a list with faces in it")
        if all(row["accuracy"] is None for row in value["coverage"]):
            raise _wrong(f"{where}.coverage", "a list with an accuracy in it")

    return check


def _bin(value: Any, where: str) -> None:
    _object({"faces": _count, "confidence": _anything, "accuracy": _anything})(value, where)
    if value["faces"]:
        _share(value["confidence"], f"{where}.confidence")
        _share(value["accuracy"], f"{where}.accuracy")


_COVERED = _object({"threshold": _share, "answered": _share, "accuracy": _or_none(_share)})
_DAMAGE = _values(_list(_object({"level": _anything, "accuracy": _share})))
_EPOCH = _object({"epoch": _number}, {"public_accuracy": _number, "loss": _number})
_SIZE = _object({}, {"parameters": _count, "mmacs": _number, "passes_a_face": _number})
_TRAINING = _object(
    {},
    {"command": _text, "note": _text, "converted_from": _text, "curves": _list(_EPOCH)},
)
_METRICS = _object(
    {},
    {
        "labels": _list(_text),
        "private": _values(_anything),
        "public": _values(_anything),
        "reading": _object({}, {"private": _values(_anything), "public": _values(_anything)}),
        "robustness": _DAMAGE,
        "ferplus": _object({}, {"accuracy": _share}),
        "answered": _share,
        "answered_accuracy": _share,
    },
)
_CARD = _object(
    {},
    {
        "name": _text,
        "labels": _list(_text),
        "note": _text,
        "abstain_below": _share,
        "answered_right": _share,
        "metrics": _METRICS,
        "shares": _object({}, dict.fromkeys(("tv_25", "tv_250", "wild_tv_neutral80"), _share)),
        "size": _SIZE,
        "training": _TRAINING,
        "data": _values(_anything),
    },
)
