"""A recording for others: the only imports of XlsxWriter, pyarrow and matplotlib."""
