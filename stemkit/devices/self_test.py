"""Ask the parts of a board for a reading each, through the runtime `stem` on the board."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.devices.errors import BoardConfusedError, BoardExceptionError
from stemkit.devices.session import Session
from stemkit.devices.small_files import write_file
from stemkit.wire.harmless import harmless_text

# A DHT22 gives its first reading after two seconds; three tries come behind that.
_PART_LIMIT_S: Final = 12.0
_HAS_RUNTIME: Final = """
try:
 from stem.kit import Part
 print(1)
except ImportError:
 print(0)
"""
_BOARD: Final = """
def m():
 import gc
 gc.collect()
 return gc.mem_free()
def w():
 f=open('stem.tst','wb')
 f.write(b'stem'*32)
 f.close()
 f=open('stem.tst','rb')
 d=f.read()
 f.close()
 import os
 os.remove('stem.tst')
 return d==b'stem'*32
for n,q in (('memory',m),('files',w)):
 try:print(repr((n,q(),'')))
 except Exception as e:print(repr((n,None,repr(e))))
"""
# What a micro:bit has on it, through its own module; forces in thousandths of g.
_MICROBIT: Final = """
import microbit as b
for n,q in (
 ('temperature',b.temperature),
 ('light',b.display.read_light_level),
 ('motion',lambda:(lambda v:sum(a*a for a in v)**0.5)(b.accelerometer.get_values())),
):
 try:print(repr((n,q(),'')))
 except Exception as e:print(repr((n,None,repr(e))))
"""
_PART: Final = """
from stem.kit import Part
import time
def t(line):
 why=''
 for k in range(3):
  try:
   p=Part(line)
   v=p.connect().read()
   if not isinstance(v,dict):v={p.measures[0][0]:v}
   if v and None not in v.values():return (p.name,v,'')
   why='no value'
  except Exception as e:
   why=repr(e)
  time.sleep_ms(1000)
 return (line.split()[0],None,why)
print(repr(t(%r)))
"""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What one part gave: `values` by quantity, or None with the board's own word in `why`."""

    name: str
    values: Mapping[str, float] | None
    why: str


def has_runtime(session: Session) -> bool:
    """Whether the runtime `stem` with its kit is on the board."""
    return session.exec(_HAS_RUNTIME).strip() == b"1"


def ask_board(session: Session) -> list[PartAnswer]:
    """Free memory in bytes, and whether a file can be written, read and removed."""
    answer = session.exec(_BOARD)
    return [_parsed(line, session) for line in answer.splitlines() if line.startswith(b"(")]


def ask_microbit(session: Session) -> list[PartAnswer]:
    """What is soldered on a micro:bit: temperature (°C), light (0-255), all of its motion (mg)."""
    answer = session.exec(_MICROBIT)
    return [_parsed(line, session) for line in answer.splitlines() if line.startswith(b"(")]


def ask_part(session: Session, line: str) -> PartAnswer:
    """One reading of the part that `line` of the board's profile describes; three tries."""
    try:
        answer = session.exec(_PART % line, timeout_s=_PART_LIMIT_S)
    except BoardExceptionError as error:
        return PartAnswer(line.split()[0], None, harmless_text(str(error.fields["summary"])))
    rows = [row for row in answer.splitlines() if row.startswith(b"(")]
    return _parsed(rows[-1] if rows else b"", session)


def _parsed(line: bytes, session: Session) -> PartAnswer:
    try:
        name, values, why = ast.literal_eval(line.decode("utf-8"))
        if isinstance(values, bool | int | float):
            values = {name: values}
        found = None if values is None else {str(k): float(v) for k, v in values.items()}
        return PartAnswer(harmless_text(str(name)), found, harmless_text(str(why)))
    except (ValueError, SyntaxError, TypeError, AttributeError) as error:
        raise BoardConfusedError(port=session.link.name, reason=repr(line[-40:])) from error


def put_runtime(session: Session, files: Mapping[str, bytes]) -> None:
    """Write the runtime's files, folders made as needed."""
    folders: Sequence[str] = sorted({path.rpartition("/")[0] for path in files} - {""})
    for folder in folders:
        steps = folder.split("/")
        for count in range(1, len(steps) + 1):
            here = "/".join(steps[:count])
            session.exec(f"import os\ntry:\n os.mkdir({here!r})\nexcept OSError:\n pass")
    for path, data in files.items():
        write_file(session, path, data)
