"""A value's decimals stay the same from picture to picture."""

from __future__ import annotations

import math

import pytest

from stemkit.screen.digits import Digits

KEY = ("b1", "temp")


def shown(values: list[float], span: float | None = None) -> list[str]:
    digits = Digits()
    return [digits.label(KEY, value, span) for value in values]


@pytest.mark.parametrize("span", [None, 0.5, 40.0])
def test_the_decimals_of_a_moving_value_do_not_flicker(span: float | None) -> None:
    swing = [round(10.2 + 3 * math.sin(i / 7), 2) for i in range(400)]
    decimals = {len(text.partition(".")[2]) for text in shown(swing, span)[50:]}
    assert len(decimals) == 1


def test_a_value_has_no_decimals_that_its_board_does_not_send() -> None:
    assert shown([0, 1, 0, 1]) == ["0", "1", "0", "1"]
    assert shown([511, 512, 1023]) == ["511", "512", "1023"]
    assert shown([23.5, 23, 24.5]) == ["23.5", "23.0", "24.5"]


def test_four_digits_are_shown_of_a_value_that_has_more() -> None:
    assert shown([9.87654321]) == ["9.877"]
    assert shown([23.4567891]) == ["23.46"]
    assert shown([0.0123456]) == ["0.0123"]


def test_one_great_value_does_not_take_the_decimals_for_ever() -> None:
    texts = shown([23.51, -99999.0, *[23.51] * 200])
    assert texts[1:3] == ["-99999", "24"]
    assert texts[-1] == "23.51"


def test_channels_have_their_own_decimals() -> None:
    digits = Digits()
    assert digits.label(("b1", "temp"), 23.51) == "23.51"
    assert digits.label(("b1", "light"), 512.0) == "512"
    assert digits.label(("b2", "temp"), math.nan) == "—"
