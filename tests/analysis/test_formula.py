"""The formula language: right results, every mistake told, nothing of Python inside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.analysis.errors import FormulaError
from stemkit.analysis.formula import parse_definition, parse_formula

NAN = float("nan")


def value(text: str, **channels: float) -> float:
    columns = {name: [number] for name, number in channels.items()}
    return parse_formula(text).evaluator()(columns, [10.0])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("temp*1.8+32", 77.0),
        ("2 + 3 * 4 - 5", 9.0),
        ("(2 + 3) * 4", 20.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("2**3", 8.0),
        ("10 - 4 - 3", 3.0),
        ("24 / 4 / 2", 3.0),
        ("7 % 4", 3.0),
        ("1 < 2 and 2 < 3", 1.0),
        ("not 1 > 2 or 0", 1.0),
        ("temp = 25", 1.0),
        ("temp != 25", 0.0),
        ("sqrt(16) + abs(-3)", 7.0),
        ("min(3, 1, 2) + max(3, 1, 2)", 4.0),
        ("if(temp > 20, 1, 2)", 1.0),
        ("round(3.14159, 2)", 3.14),
        ("sin(pi / 2) + ln(e) + log(100)", 4.0),
        ("deg(pi)", 180.0),
        ("hypot(3, 4)", 5.0),
        ('"độ ẩm" + 1', 61.0),
        ("độ_ẩm + 1", 61.0),
        ("t", 10.0),
        ("1e3 + .5", 1000.5),
        ("acc.x * g", 9.80665),
    ],
)
def test_results(text: str, expected: float) -> None:
    found = value(text, **{"temp": 25.0, "độ ẩm": 60.0, "độ_ẩm": 60.0, "acc.x": 1.0})
    assert found == pytest.approx(expected)


NO_VALUE = [
    "1/0",
    "sqrt(-1)",
    "ln(0)",
    "10^400",
    "exp(1e6)",
    "(-8)^(1/3)",
    "asin(2)",
    "7 % 0",
    "none + 1",
    "floor(none)",
    "if(none, 1, 2)",
]


@pytest.mark.parametrize("text", NO_VALUE)
def test_what_has_no_value_is_missing(text: str) -> None:
    assert math.isnan(value(text, none=NAN))


@pytest.mark.parametrize(
    "text", ["none > 1", "none < 1", "none == none", "none != 1", "none and 1"]
)
def test_a_condition_on_a_missing_value_is_false(text: str) -> None:
    assert value(text, none=NAN) == 0.0


def test_min_and_max_leave_missing_values_out() -> None:
    assert value("min(none, 3)", none=NAN) == 3.0


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("temp +", "temp +"),
        ("temp + * 2", "* 2"),
        ("2 temp", "temp"),
        ("(1 + 2", "(1 + 2"),
        ("foo(1)", "foo(1)"),
        ("sqrt()", "sqrt()"),
        ("sqrt", "sqrt"),
        ("1,5", ",5"),
        ("temp[0]", "[0]"),
        ("__import__('os')", "'os')"),
        ("a.__class__", None),
        ("lambda: 1", ": 1"),
        ("mean(temp)", "mean(temp)"),
        ("mean(temp, x)", "mean("),
        ("mean(temp, 0)", "mean("),
        ("", ""),
        ("(" * 1000, None),
        ("-" * 1000 + "1", None),
        ("1+" * 120 + "1", None),
        ("temp @ 2", "@ 2"),
        ("a = b = c", "= c"),
    ],
)
def test_mistakes_are_told(text: str, near: str | None) -> None:
    if text == "a.__class__":
        # Nothing but a channel that is called so.
        assert parse_formula(text).names == ("a.__class__",)
        return
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.told()
    if near is not None:
        assert caught.value.fields["near"] == near


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_mistake(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FormulaError:
        return
    columns = {name: [1.0, NAN, -2.0] for name in formula.names}
    found = formula.evaluator()(columns, [0.0, 1.0, 2.0])
    assert len(found) == 3
    assert all(v != v or math.isfinite(v) for v in found)


NODES = st.recursive(
    st.one_of(
        st.floats(0, 100).map(lambda v: f"{v:.3f}"),
        st.just("x"),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        inner.map("-{}".format),
    ),
    max_leaves=12,
)


@given(NODES, st.floats(-100, 100))
def test_arithmetic_is_pythons(text: str, x: float) -> None:
    expected = eval(text, {"x": x})
    assert value(text, x=x) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_definition_has_a_name() -> None:
    name, formula = parse_definition("f = temp*1.8+32")
    assert (name, formula.names) == ("f", ("temp",))
    assert parse_definition('"độ F" = temp')[0] == "độ F"
    for text in ("temp*2", "= 3", "a ==b", "a ="):
        with pytest.raises(FormulaError):
            parse_definition(text)


def rows(text: str, times: list[float], x: list[float], cut: int | None = None) -> list[float]:
    """The formula over a column, at once or in two pieces."""
    evaluator = parse_formula(text).evaluator()
    if cut is None:
        return evaluator({"x": x}, times)
    first = evaluator({"x": x[:cut]}, times[:cut])
    return first + evaluator({"x": x[cut:]}, times[cut:])


TIMES = [i * 0.1 for i in range(100)]


PAST = [
    "mean(x, 1)",
    "rate(x)",
    "rate(x, 0.5)",
    "low(x, 1)",
    "high(x, 1)",
    "total(x)",
    "before(x)",
    "count(x > 0)",
]


@pytest.mark.parametrize("text", PAST)
def test_the_past_does_not_depend_on_how_rows_come(text: str) -> None:
    x = [math.sin(t) if i % 7 else NAN for i, t in enumerate(TIMES)]
    whole = list(map(str, rows(text, TIMES, x)))
    for cut in (0, 1, 50, 99):
        assert list(map(str, rows(text, TIMES, x, cut))) == whole


def test_mean_rate_and_others_of_known_curves() -> None:
    ramp = [2.0 * t + 1.0 for t in TIMES]
    assert rows("rate(x)", TIMES, ramp)[5:] == pytest.approx([2.0] * 95)
    assert rows("rate(x, 1)", TIMES, ramp)[5:] == pytest.approx([2.0] * 95)
    assert rows("mean(x, 1)", TIMES, ramp)[-1] == pytest.approx(2 * (TIMES[-1] - 0.45) + 1)
    assert rows("total(x)", TIMES, [3.0] * 100)[-1] == pytest.approx(3.0 * 9.9)
    assert rows("high(x, 1)", TIMES, ramp)[-1] == ramp[-1]
    assert rows("low(x, 1)", TIMES, ramp)[-1] == pytest.approx(ramp[-10])
    assert rows("before(x)", TIMES, ramp)[10] == ramp[9]
    square = [1.0 if int(t) % 2 else 0.0 for t in TIMES]
    assert rows("count(x)", TIMES, square)[-1] == 5.0


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(NAN)), min_size=1, max_size=60))
def test_windows_against_the_plain_way(x: list[float]) -> None:
    times = [i * 0.3 for i in range(len(x))]
    found = rows("mean(x, 1)", times, x)
    lows = rows("low(x, 1)", times, x)
    for i, t in enumerate(times):
        window = [v for u, v in zip(times[: i + 1], x, strict=False) if v == v and u > t - 1]
        if window:
            assert found[i] == pytest.approx(sum(window) / len(window), rel=1e-6, abs=1e-4)
            assert lows[i] == min(window)


def test_the_longest_formula_is_computed() -> None:
    assert value("1+" * 119 + "1") == 120.0
    assert value("-" * 39 + "1") == -1.0
