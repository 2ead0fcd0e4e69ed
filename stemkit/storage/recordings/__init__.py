"""Recordings on this computer: a folder each, written so that nothing read is ever lost."""

from stemkit.storage.recordings.folder import RecordingFolder, find_recording, folder_for
from stemkit.storage.recordings.index import RecordingIndex, RecordingRow
from stemkit.storage.recordings.recover import Recovered, is_being_written, recover
from stemkit.storage.recordings.writer import RecordingWriter

__all__ = [
    "RecordingFolder",
    "RecordingIndex",
    "RecordingRow",
    "RecordingWriter",
    "Recovered",
    "find_recording",
    "folder_for",
    "is_being_written",
    "recover",
]
