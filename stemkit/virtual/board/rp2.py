# `rp2`: the button, and names; programs for the PIO cannot run here and say so.
from _world import facts

if facts["family"] != "rp2":
    raise ImportError("no module named 'rp2'")


def bootsel_button():
    return 0


def country(*code):
    return "XX"


class PIO:
    IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = 0, 1, 2, 3
    SHIFT_LEFT, SHIFT_RIGHT = 0, 1
    JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2

    def __init__(self, id):
        raise NotImplementedError("a virtual board has no PIO")


def asm_pio(**kw):
    return lambda program: program


class StateMachine:
    def __init__(self, *args, **kw):
        raise NotImplementedError("a virtual board has no PIO")
