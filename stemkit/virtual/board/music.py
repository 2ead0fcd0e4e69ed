# `music` of the micro:bit: tones on the speaker or a pin.
import struct
import time

from _world import facts, tell

_part = facts["parts"].get("buzzer")
_default = _part[1]["pwm"] if _part else facts["names"].get("P0", 0)
_ticks, _bpm = 4, 120
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}

BA_DING = ["b5:1", "e6:3"]
BADDY = ["c3:3", "r", "d:2", "d#", "r", "c", "r", "f#:8"]
BIRTHDAY = "c4:3 c:1 d:4 c:4 f e:8 c:3 c:1 d:4 c:4 g f:8 c:3 c:1 c5:4 a4 f e d a#:3 a#:1 a:4 f g f:8".split()
ENTERTAINER = "d4:1 d# e c5:2 e4:1 c5:2 e4:1 c5:3 c:1 d d# e c d e:2 b4:1 d5:2 c:4".split()
JUMP_UP = ["c5:1", "d", "e", "f", "g"]
JUMP_DOWN = ["g5:1", "f", "e", "d", "c"]
ODE = "e4 e f g g f e d c c d e e:6 d:2 d:8 e:4 e f g g f e d c c d e d:6 c:2 c:8".split()
POWER_UP = ["g4:1", "c5", "e", "g:2", "e:1", "g:3"]
POWER_DOWN = ["g5:1", "d#", "c", "g4:2", "b:1", "c5:3"]
RINGTONE = "c4:1 d e:2 g d:1 e f:2 a e:1 f g:2 b c5:4".split()


def set_tempo(ticks=4, bpm=120):
    global _ticks, _bpm
    _ticks, _bpm = ticks, bpm


def get_tempo():
    return (_bpm, _ticks)


def reset():
    set_tempo()


def _tone(pin, hz):
    number = _default if pin is None else pin.id
    tell(0x83, number, struct.pack("<IH", hz, 32768 if hz else 0))


def pitch(frequency, duration=-1, pin=None, wait=True):
    _tone(pin, int(frequency))
    if duration >= 0 and wait:
        time.sleep_ms(duration)
        stop(pin)


def stop(pin=None):
    _tone(pin, 0)


def play(music, pin=None, wait=True, loop=False):
    notes = [music] if isinstance(music, str) else music
    octave, length = 4, 4
    while wait:
        for note in notes:
            note, _, ticks = note.lower().partition(":")
            if ticks:
                length = int(ticks)
            ms = 60000 * length // _bpm // _ticks
            if note[-1:].isdigit():
                octave = int(note[-1])
                note = note[:-1]
            if note and note[0] in _SEMITONES:
                half = _SEMITONES[note[0]] + note.count("#") - note[1:].count("b")
                # Equal temperament from a4 = 440 Hz.
                _tone(pin, int(440 * 2 ** ((half - 9) / 12 + octave - 4) + 0.5))
            else:
                _tone(pin, 0)
            time.sleep_ms(ms)
            _tone(pin, 0)
        if not loop:
            break
