"""A recording or a text for others: the only imports of XlsxWriter, pyarrow, matplotlib, typst."""
