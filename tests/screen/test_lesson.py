"""The lesson that boards say they run brings its set-up, unless a person has made one."""

from __future__ import annotations

from screen.feeds import readings, session
from stemkit.model.experiment import Experiment, FormulaSetup
from stemkit.model.reading import Described, Description
from stemkit.screen.picture import plain

SAID = Description(lesson="02-temperature-humidity@1.0.0")


def test_it_is_opened_once_with_its_view() -> None:
    feed, made = session("v1", "v2")
    feed.put(readings("v1", 0, 2, temp=lambda t: 20.0, pressure=lambda t: 1000.0))
    feed.put(Described("v1", 2.0, SAID), Described("v2", 2.0, SAID))
    made.take()
    made.take()
    assert made.viewer.span_s == 120
    assert made.viewer.only == ("temp", "hum")
    told = plain(made.brief(100, 4))
    assert told.count("The lesson “Temperature and humidity” is on the boards") == 1
    assert "pressure" not in plain(made.draw(80, 20))


def test_a_set_up_that_a_person_chose_or_made_stays() -> None:
    chosen = Experiment(formulas=(FormulaSetup("f", "temp*2"),))
    feed, made = session("v1", experiment=chosen)
    feed.put(Described("v1", 2.0, SAID))
    made.take()
    assert made.watching.experiment == chosen
    feed, made = session("v1")
    made.watching.experiment = chosen
    feed.put(Described("v1", 2.0, SAID))
    made.take()
    assert made.watching.experiment == chosen


def test_a_lesson_that_is_not_on_this_computer_changes_nothing() -> None:
    feed, made = session("v1")
    feed.put(Described("v1", 2.0, Description(lesson="99-../../evil@1")))
    made.take()
    assert made.watching.experiment == Experiment()
    assert made.viewer.span_s == 30
