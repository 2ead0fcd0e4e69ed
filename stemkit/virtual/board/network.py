# `network` on a board whose radio hears nobody: no station is ever found.
from _world import facts

if facts["model"] in ("pico", "pico2") or facts["family"] == "microbit":
    raise ImportError("no module named 'network'")

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_BEACON_TIMEOUT = 201, 202, 200
AUTH_OPEN, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK = 0, 1, 2, 3, 4
if facts["family"] == "rp2":
    STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 0, 1, 3, -2, -3
_hostname = "mpy-" + facts["chip"]


def hostname(*name):
    global _hostname
    if name:
        _hostname = name[0]
    return _hostname


def country(*code):
    return "XX"


class WLAN:
    IF_STA, IF_AP = STA_IF, AP_IF

    def __init__(self, interface=STA_IF):
        if interface not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")
        self._interface = interface
        self._active = False
        self._status = STAT_IDLE

    def active(self, *on):
        if on:
            self._active = bool(on[0])
        return self._active

    def _needs_active(self):
        if not self._active:
            raise OSError("Wifi Not Started")

    def connect(self, ssid=None, key=None, *, bssid=None):
        self._needs_active()
        self._status = STAT_NO_AP_FOUND

    def disconnect(self):
        self._status = STAT_IDLE

    def scan(self):
        self._needs_active()
        return []

    def isconnected(self):
        return False

    def status(self, *param):
        return -100 if param else self._status

    def ifconfig(self, *config):
        if not config:
            return ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")

    def ipconfig(self, *name, **config):
        if name:
            return ("0.0.0.0", "0.0.0.0") if name[0] == "addr4" else None

    def config(self, *name, **values):
        if name:
            # A unique id is the station's address.
            address = bytes(int(facts["id"][n : n + 2], 16) for n in range(0, 12, 2))
            return {"mac": address, "channel": 1, "txpower": 20.0}.get(name[0], "")
