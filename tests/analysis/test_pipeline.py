"""An experiment's set-up: read from its file, applied to readings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.actions.readings.experiment import read_experiment
from stemkit.analysis.calibration import calibrate
from stemkit.analysis.errors import CalibrationError, FormulaError
from stemkit.analysis.pipeline import Pipeline, with_channel, with_formula, without_formula
from stemkit.formats.errors import DataFileError
from stemkit.formats.experiment import experiment_toml, parse_experiment
from stemkit.model.experiment import (
    AlarmSetup,
    ChannelSetup,
    Does,
    Experiment,
    FormulaSetup,
    TriggerSetup,
    View,
)
from stemkit.model.reading import Happening, Kind, Readings
from stemkit.model.text import Text
from stemkit.wire.harmless import harmless_text


def readings(board: str = "b1", start: float = 0.0, **columns: list[float]) -> Readings:
    n = len(next(iter(columns.values())))
    times = [start + i * 0.1 for i in range(n)]
    return Readings(board, tuple(columns), tuple(columns.values()), times, times)


def shaped(pipeline: Pipeline, *items: Readings) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for item in pipeline.shape(list(items)):
        if isinstance(item, Readings):
            for label, column in zip(item.labels, item.columns, strict=True):
                found.setdefault(label, []).extend(column)
    return found


def test_an_empty_experiment_changes_nothing() -> None:
    items = [readings(a=[1.0])]
    assert Pipeline().shape(items) is items


def test_calibration_and_derived_channels() -> None:
    experiment = Experiment(
        channels=(ChannelSetup("raw", calibration=((0.0, -10.0), (100.0, 90.0), (50.0, 40.0))),),
        formulas=(FormulaSetup("f", "raw*1.8+32"), FormulaSetup("g2", "f + 1")),
    )
    found = shaped(Pipeline(experiment), readings(raw=[0.0, 50.0], other=[1.0, 2.0]))
    assert found == {"raw": [-10, 40], "other": [1, 2], "f": [14, 104], "g2": [15, 105]}


def test_a_formula_may_stand_before_those_that_it_needs() -> None:
    formulas = (FormulaSetup("h", "d*f"), FormulaSetup("g2", "f*10"), FormulaSetup("f", "a+1"))
    pipeline = Pipeline(Experiment(formulas=(*formulas, FormulaSetup("d", "f*2"))))
    assert shaped(pipeline, readings(a=[0.0, 1.0]), readings(a=[2.0])) == {
        "a": [0, 1, 2],
        "f": [1, 2, 3],
        "d": [2, 4, 6],
        "g2": [10, 20, 30],
        "h": [2, 8, 18],
    }
    # A formula that is written anew is still computed before those that need it.
    pipeline.experiment = with_formula(pipeline.experiment, FormulaSetup("f", "a+2"))
    assert shaped(pipeline, readings(a=[3.0]))["g2"] == [50]


def test_a_channel_that_is_called_as_the_time_or_a_constant_is_meant() -> None:
    formulas = (FormulaSetup("f", "t*1.8+32"), FormulaSetup("k", "g/(r+g)"), FormulaSetup("s", "t"))
    pipeline = Pipeline(Experiment(formulas=formulas))
    found = shaped(pipeline, readings(t=[10.0, 20.0], r=[1.0, 2.0], g=[3.0, 2.0]))
    assert (found["f"], found["k"], found["s"]) == ([50, 68], [0.75, 0.5], [10, 20])
    assert shaped(pipeline, readings(start=5.0, r=[1.0]))["k"] == [2 / 3]
    assert shaped(Pipeline(Experiment(formulas=formulas)), readings(x=[1.0]))["s"] == [0.0]


def test_channels_that_come_in_other_lines_are_held() -> None:
    pipeline = Pipeline(Experiment(formulas=(FormulaSetup("p", "u * i"),)))
    assert "p" not in shaped(pipeline, readings(u=[2.0]))
    assert shaped(pipeline, readings(i=[3.0, 4.0]))["p"] == [6, 8]
    assert shaped(pipeline, readings(u=[5.0]))["p"] == [20]
    assert "p" not in shaped(pipeline, readings(x=[5.0]))
    assert "p" not in shaped(pipeline, readings("b2", u=[5.0]))


def test_each_board_has_its_own_past() -> None:
    pipeline = Pipeline(Experiment(formulas=(FormulaSetup("d", "before(x)"),)))
    shaped(pipeline, readings("b1", x=[1.0]), readings("b2", x=[7.0]))
    assert shaped(pipeline, readings("b1", x=[2.0]))["d"] == [1]
    assert shaped(pipeline, readings("b2", x=[2.0]))["d"] == [7]


def test_a_formula_that_stays_keeps_its_past() -> None:
    pipeline = Pipeline(Experiment(formulas=(FormulaSetup("d", "before(x)"),)))
    shaped(pipeline, readings(x=[1.0]))
    pipeline.experiment = with_formula(pipeline.experiment, FormulaSetup("f", "x*2"))
    assert shaped(pipeline, readings(x=[2.0])) == {"x": [2], "d": [1], "f": [4]}
    pipeline.experiment = without_formula(pipeline.experiment, "d")
    assert shaped(pipeline, readings(x=[2.0])) == {"x": [2], "f": [4]}
    with pytest.raises(FormulaError):
        pipeline.experiment = with_formula(pipeline.experiment, FormulaSetup("h", "x*"))
    assert shaped(pipeline, readings(x=[2.0])) == {"x": [2], "f": [4]}


def happened(pipeline: Pipeline, *items: Readings) -> list[tuple[Kind, float]]:
    return [
        (item.kind, round(item.t_s, 6))
        for item in pipeline.shape(list(items))
        if isinstance(item, Happening)
    ]


def test_an_alarm_sounds_once_and_ends() -> None:
    pipeline = Pipeline(Experiment(alarms=(AlarmSetup("temp > 40", for_s=0.15),)))
    nan = float("nan")
    hot = [20.0, 41.0, 42.0, 43.0, 44.0, 30.0, 50.0, nan, 20.0]
    assert happened(pipeline, readings(temp=hot)) == [(Kind.ALARM, 0.3), (Kind.ALARM_OVER, 0.5)]
    assert happened(pipeline, readings(start=9.0, temp=[50.0])) == []
    assert happened(pipeline, readings(start=9.2, temp=[50.0])) == [(Kind.ALARM, 9.2)]


def test_a_trigger_goes_off_when_its_condition_comes_true() -> None:
    does = TriggerSetup("light < 100", Does.RECORD, Text("tối", "dark"))
    pipeline = Pipeline(Experiment(triggers=(does,)))
    items = pipeline.shape([readings(light=[200.0, 99.0, 50.0, 300.0, 20.0])])
    told = [item for item in items if isinstance(item, Happening)]
    assert [round(item.t_s, 6) for item in told] == [0.1, 0.4]
    assert told[0].detail == {"rule": "dark", "does": "record", "channel": "light", "value": 99.0}
    assert told[0].board == "b1"


def test_calibration_points() -> None:
    assert calibrate([(10.0, 12.0)])([1.0]) == [3.0]
    line = calibrate([(0.0, 1.0), (1.0, 3.1), (2.0, 4.9)])
    assert line([1.0])[0] == pytest.approx(3.0)
    assert line.worst == pytest.approx(0.1)
    for points in ([], [(1.0, 2.0), (1.0, 3.0)], [(0.0, 1.0), (1.0, 1.0)], [(float("nan"), 1.0)]):
        with pytest.raises(CalibrationError):
            calibrate(points)


SETUP = """
title = { vi = "Con lắc đơn", en = "A pendulum" }
[[channel]]
label = "dist"
name = { vi = "Khoảng cách", en = "Distance" }
unit = "cm"
low = 0
high = 60
calibration = [[3.1, 0], [53.9, 50]]
[[formula]]
label = "speed"
formula = "rate(dist, 0.2)"
unit = "cm/s"
[[alarm]]
when = "dist < 2"
for_s = 0.5
[[trigger]]
when = "speed > 5"
does = "record"
[view]
span_s = 20
channels = ["dist", "speed"]
grid = true
"""


def test_a_setup_file() -> None:
    found = parse_experiment(SETUP.encode(), "a.toml")
    assert found.title == Text("Con lắc đơn", "A pendulum")
    [channel] = found.channels
    assert (channel.label, channel.unit, channel.low, channel.high) == ("dist", "cm", 0, 60)
    assert channel.calibration == ((3.1, 0), (53.9, 50))
    assert found.formulas == (FormulaSetup("speed", "rate(dist, 0.2)", None, "cm/s"),)
    assert found.alarms == (AlarmSetup("dist < 2", 0.5),)
    assert found.triggers == (TriggerSetup("speed > 5", Does.RECORD),)
    assert found.view == View(20, ("dist", "speed"), None, None, grid=True)
    assert parse_experiment(experiment_toml(found).encode(), "b.toml") == found
    Pipeline(found)


# What a file holds is made harmless as it is read; harmless text comes back as it is.
NAMES = (
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12)
    .map(harmless_text)
    .filter(str.strip)
)
NUMBERS = st.floats(-1e6, 1e6)


@given(
    st.builds(
        Experiment,
        title=st.one_of(st.none(), st.builds(Text, NAMES, NAMES)),
        channels=st.lists(
            st.builds(ChannelSetup, label=NAMES, unit=NAMES, low=NUMBERS,
                      calibration=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple)),
            max_size=2,
        ).map(tuple),
        formulas=st.lists(st.builds(FormulaSetup, NAMES, NAMES), max_size=2).map(tuple),
        view=st.builds(View, span_s=st.floats(0.1, 1e6), grid=st.booleans()),
    )
)  # fmt: skip
def test_every_setup_comes_back_from_its_file(experiment: Experiment) -> None:
    assert parse_experiment(experiment_toml(experiment).encode(), "x.toml") == experiment


def test_every_mistake_of_a_setup_is_told_with_its_line(tmp_path: Path) -> None:
    def check(formula: str) -> str:
        return "bad" if "*" in formula else ""

    text = '[[channel]]\nlabel = 3\n[[formula]]\nlabel = "f"\nformula = "a*"\n'
    text += "[view]\nspan_s = -1\nx = 2\n"
    with pytest.raises(DataFileError) as caught:
        parse_experiment(text.encode(), "a.toml", check)
    assert [mistake.line for mistake in caught.value.mistakes] == [2, 5, 7, 8]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[[channel]]\nlabel="a"\n[[channel]]\nlabel="b"\n[[channel]]\nlabel="a"', [6]),
        ('[[formula]]\nlabel="a"\nformula="x"\n[[formula]]\nlabel="a"\nformula="y"', [5]),
        ('[[channel]]\nlabel="a"\nlow=5\nhigh=1\n[view]\nlow=2\nhigh=2', [3, 6]),
        ('[[channel]]\nlabel="a"\ncalibration=[[1,2],[1,3]]', [3]),
        ('[[channel]]\nlabel="a"\ncalibration=[[1,inf],[2,3]]', [3]),
        ('[[formula]]\nlabel="a"\nformula="a*2"', [3]),
        ('[[formula]]\nlabel="f"\nformula="g+1"\n[[formula]]\nlabel="g"\nformula="f+1"', [3]),
    ],
)
def test_a_setup_that_makes_no_sense_is_refused_but_not_one_of_a_recording(
    text: str, lines: list[int]
) -> None:
    with pytest.raises(DataFileError) as caught:
        read_experiment(text.encode(), "a.toml")
    assert [mistake.line for mistake in caught.value.mistakes] == lines
    parse_experiment(text.encode(), "meta.json")


def test_a_channel_can_be_changed() -> None:
    changed = with_channel(Experiment(), "a", lambda c: ChannelSetup(c.label, unit="V"))
    assert changed.channels == (ChannelSetup("a", unit="V"),)
