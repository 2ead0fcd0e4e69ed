"""A recording as Parquet, for pandas, Polars, DuckDB and R."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import IO, Any

from stemkit.export.errors import ExportPartMissingError
from stemkit.extras import extra_command
from stemkit.formats.readings_csv import Sheet
from stemkit.model.reading import Item, Readings

_GROUP_ROWS = 50_000


def write_parquet(
    file: IO[bytes], items: Iterable[Item], sheet: Sheet, about: Mapping[str, str]
) -> None:
    """Write a table to `file`: `t_s`, `board`, a column a channel, `board_ms`, `seq`.

    `about` goes into the schema's metadata, the units into each column's. Raises
    `ExportPartMissingError` without pyarrow.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise ExportPartMissingError(part="pyarrow", command=extra_command("parquet"))
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [pa.field("t_s", pa.float64()), pa.field("board", pa.string())]
    for label in sheet.labels:
        unit = sheet.units.get(label, "")
        fields.append(pa.field(label, pa.float64(), metadata={"unit": unit} if unit else None))
    fields += [pa.field("board_ms", pa.int64()), pa.field("seq", pa.int64())]
    schema = pa.schema(fields, metadata={f"stemkit.{name}": text for name, text in about.items()})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        group = _Group(sheet.labels)
        for item in items:
            if isinstance(item, Readings):
                group.take(item)
                if len(group) >= _GROUP_ROWS:
                    writer.write_table(pa.table(group.columns(), schema=schema))
                    group = _Group(sheet.labels)
        writer.write_table(pa.table(group.columns(), schema=schema))


class _Group:
    """Columns of rows that are written together."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self._labels = labels
        self._t_s: list[float] = []
        self._board: list[str] = []
        self._channels: dict[str, list[float | None]] = {label: [] for label in labels}
        self._board_ms: list[int | None] = []
        self._seq: list[int | None] = []

    def __len__(self) -> int:
        return len(self._t_s)

    def take(self, readings: Readings) -> None:
        n = len(readings)
        none: list[Any] = [None] * n
        columns = dict(zip(readings.labels, readings.columns, strict=True))
        self._t_s += readings.t_s
        self._board += [readings.board] * n
        for label, column in self._channels.items():
            values = columns.get(label)
            column += none if values is None else [v if v == v else None for v in values]
        self._board_ms += none if readings.board_ms is None else list(readings.board_ms)
        self._seq += none if readings.seqs is None else list(readings.seqs)

    def columns(self) -> list[list[Any]]:
        channels = (self._channels[label] for label in self._labels)
        return [self._t_s, self._board, *channels, self._board_ms, self._seq]
