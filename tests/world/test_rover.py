"""A robot that its own motors take along a line: where it goes and what it sees."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.errors import DataFileError
from stemkit.formats.scenario import parse_scenario
from stemkit.model.scenario import Scenario
from stemkit.virtual.world import World
from stemkit.virtual.world.rover import LEFT, RIGHT, Driving
from stemkit.virtual.world.wire import Op, request
from tests.world.boards import spec

TEXT = """
title = { vi = "Xe", en = "Robot" }
[rover]
start = [0, 0, 0]
speed_cm_s = 40
wheels_apart_cm = 12
sensors_ahead_cm = 8
sensors_apart_cm = 4
[[rover.line]]
points = [[0, 0], [100, 0]]
[[rover.line]]
points = [[60, -10], [60, 10]]
[[rover.obstacle]]
at = [100, 0]
radius_cm = 10
from_s = 5
to_s = 9
"""


def scenario(text: str = TEXT) -> Scenario:
    return parse_scenario(text.encode(), "rover.toml")


def driving() -> Driving:
    rover = scenario().rover
    assert rover is not None
    return Driving(rover)


def test_straight_on_and_over_a_line_across() -> None:
    robot = driving()
    for side in (LEFT, RIGHT):
        robot.drive(side, 0.5, 0)
    # The sensors straddle the line; the one across is 60 cm away, they are 8 cm ahead.
    assert [robot.value("line_left", round(t * 1e6)) for t in (1.0, 2.5, 2.6, 2.7)] == [0, 0, 1, 0]
    assert robot.value("line_right", 2_700_000) == 0
    assert (robot.x_cm, robot.y_cm) == pytest.approx((54, 0))


@given(left=st.floats(-1, 1), right=st.floats(-1, 1), seconds=st.floats(0.1, 5))
def test_an_arc_is_the_same_in_one_step_and_in_many(
    left: float, right: float, seconds: float
) -> None:
    once, often = driving(), driving()
    for robot in (once, often):
        robot.drive(LEFT, left, 0)
        robot.drive(RIGHT, right, 0)
    end = round(seconds * 1e6)
    for n in range(1, 51):
        often.value("distance", end * n // 50)
    once.value("distance", end)
    assert (often.x_cm, often.y_cm, often.heading_rad) == pytest.approx(
        (once.x_cm, once.y_cm, once.heading_rad), abs=1e-6
    )


def test_it_turns_to_the_side_of_the_slower_wheel() -> None:
    robot = driving()
    robot.drive(RIGHT, 0.5, 0)
    # About the left wheel, 6 cm to the left: a quarter turn of the right one, 12 cm away.
    robot.value("distance", round(12 * math.pi / 2 / 20 * 1e6))
    assert (robot.x_cm, robot.y_cm) == pytest.approx((6, 6), abs=1e-4)
    assert math.degrees(robot.heading_rad) == pytest.approx(90, abs=1e-3)


def test_what_stands_ahead_is_seen_while_it_stands_there() -> None:
    robot = driving()
    seen = [robot.value("distance", t * 1_000_000) for t in (4, 5, 8, 9)]
    assert seen == pytest.approx([200, 82, 82, 200])
    robot.heading_rad = math.pi
    assert robot.value("distance", 8_000_000) == 200


def test_a_boards_motors_move_it_and_a_hand_goes_before() -> None:
    world = World(spec("esp32"), scenario())
    wheels = {"motor_left": (19, 23), "motor_right": (18, 32)}
    now = 0
    for forward, _ in wheels.values():
        now += 100
        world.handle(request(Op.PWM, forward, now, (1000).to_bytes(4, "little") + b"\xff\x7f"))
    assert world.value("line_left", 2.6) == 1
    assert world.outputs()["motor_left"]["speed"] == pytest.approx(0.5, abs=1e-3)
    world.set("line_left", 0)
    assert world.value("line_left") == 0
    world.set("line_left", None)
    world.set("distance", 3)
    assert world.value("distance") == 3


def test_mistakes_of_a_robot_come_with_their_lines() -> None:
    bad = TEXT.replace("start = [0, 0, 0]", "start = [0, 0]")
    bad = bad.replace("[[0, 0], [100, 0]]", "[[0, 0]]").replace("speed_cm_s = 40", "speed_cm_s = 0")
    with pytest.raises(DataFileError) as caught:
        scenario(bad)
    assert sorted(mistake.line for mistake in caught.value.mistakes) == [4, 5, 10]
