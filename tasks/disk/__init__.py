"""The disk door: what the command line names becomes references to pages (``targets``), and references become raw pages
(``read``).

    kinds      what a file holds, by its name        found     what a look through the targets gives
    streams    packed files, entered at any place    columns   which column of a record is what
    lines, csv_rows, parquet, warc with warc_pages and http_message: a kind of file each; arrays: JSON arrays
    slices     parts of such files, read again and split

Knows neither the database nor the broker. A new kind of file is a module that cuts it, reads slices of it and says where records
begin, and a line in ``kinds`` and ``slices`` (docs/contributing.md).
"""
