"""The USB bus as three systems tell of it.

The answers of macOS and Windows are written after the tools' documentation: there was no such
computer at hand.
"""

from __future__ import annotations

import json
import plistlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.links.holders import holders, running_programs
from stemkit.links.usb import UsbDevice, linux_usb, macos_usb, windows_usb

CH340 = UsbDevice(0x1A86, 0x7523, "USB Serial")


def device(root: Path, name: str, **files: str) -> None:
    (root / name).mkdir(parents=True)
    for file, text in files.items():
        (root / name / file).write_text(text + "\n")


def test_linux(tmp_path: Path) -> None:
    hub = {"bDeviceClass": "09", "idVendor": "1d6b", "idProduct": "0002"}
    device(tmp_path, "usb1", **hub)
    device(
        tmp_path,
        "1-1.4",
        bDeviceClass="ff",
        idVendor="1a86",
        idProduct="7523",
        product="USB Serial",
    )
    device(tmp_path, "1-1.4:1.0", bInterfaceClass="ff")
    device(tmp_path, "1-2", bDeviceClass="00", idVendor="2e8a", idProduct="0005")
    device(tmp_path, "1-3", bDeviceClass="00", idVendor="oops", idProduct="0005")
    assert linux_usb(tmp_path) == [CH340, UsbDevice(0x2E8A, 0x0005, "")]
    assert linux_usb(tmp_path / "none") is None


def test_macos() -> None:
    tree = {
        "IORegistryEntryName": "Root",
        "IORegistryEntryChildren": [
            {
                "bDeviceClass": 9,
                "idVendor": 1,
                "idProduct": 2,
                "IORegistryEntryChildren": [
                    {"idVendor": 0x1A86, "idProduct": 0x7523, "USB Product Name": "USB Serial"},
                    {"idVendor": "odd", "idProduct": 1},
                ],
            }
        ],
    }
    assert macos_usb(plistlib.dumps(tree)) == [CH340]
    assert macos_usb(plistlib.dumps([tree])) == [CH340]


ROW = {
    "PNPDeviceID": "USB\\VID_1A86&PID_7523\\5&2C4A&0&3",
    "Name": "USB Serial",
    "ConfigManagerErrorCode": 28,
}


def test_windows() -> None:
    missing = UsbDevice(0x1A86, 0x7523, "USB Serial", 28)
    assert windows_usb(b"") == []
    assert windows_usb(b"\xef\xbb\xbf" + json.dumps(ROW).encode()) == [missing]
    hub = {"PNPDeviceID": "USB\\ROOT_HUB30\\4&1", "Name": "Hub", "ConfigManagerErrorCode": 0}
    whole = {
        "PNPDeviceID": "USB\\VID_2E8A&PID_0005\\E661",
        "Name": "Composite",
        "ConfigManagerErrorCode": 0,
    }
    part = dict(whole, PNPDeviceID="USB\\VID_2E8A&PID_0005&MI_00\\6&1A&0&0000", Name="Serial")
    rows = [hub, ROW, whole, part]
    found = windows_usb(json.dumps(rows).encode())
    assert [(d.vid, d.pid) for d in found][:2] == [(0x1A86, 0x7523), (0x2E8A, 0x0005)]


@given(st.binary())
def test_any_answer_of_macos_is_read_or_refused(answer: bytes) -> None:
    try:
        assert isinstance(macos_usb(answer), list)
    except ValueError:
        return


json_values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(ROW)), inner),
)


@given(st.one_of(st.binary(), json_values.map(json.dumps).map(str.encode)))
def test_any_answer_of_windows_is_read_or_refused(answer: bytes) -> None:
    try:
        assert isinstance(windows_usb(answer), list)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("python3\0-c\0open('/dev/ttyUSB0')", "Python"),
        ("python3\0-u\0-cimport time", "Python"),
        ("python3\0-u\0/home/an/plot.py\0-c\0x", "plot"),
        ("python3\0-m\0mpremote\0connect", "mpremote"),
        ("/usr/bin/thonny\0-c", "thonny"),
    ],
)
def test_a_program_that_holds_a_port_has_a_name_to_look_for(
    tmp_path: Path, words: str, name: str
) -> None:
    port = tmp_path / "port"
    port.touch()
    process = tmp_path / "proc" / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "fd" / "3").symlink_to(port)
    (process / "cmdline").write_text(words)
    (process / "comm").write_text(Path(words.split("\0")[0]).name + "\n")
    assert [one.program for one in holders(str(port), tmp_path / "proc")] == [name]


def test_names_of_programs(tmp_path: Path) -> None:
    for pid, name in (("1", "systemd"), ("77", "ModemManager"), ("78", "brltty")):
        device(tmp_path, pid, comm=name)
    device(tmp_path, "sys", comm="no program")
    (tmp_path / "99").mkdir()
    assert running_programs(tmp_path) == {"systemd", "ModemManager", "brltty"}
    assert running_programs(tmp_path / "none") == frozenset()


@pytest.mark.parametrize("answer", [b"[1]", b'"text"', b"{"])
def test_windows_refusals(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        windows_usb(answer)
