"""Runs queries as Athena would, with DuckDB: the same Trino text, the columns of the Glue table, its partitions, `?` for literals.

Reads one JSON document a line from standard input, {"sql", "executionParameters", "table", "root"}: `table` is the TableInput of the template, `root` a
copy of the bucket. Prints for each {"columns", "rows", "scannedBytes"}, or {"error"} for what Athena would refuse too.
"""

import json
import os
import re
import sys

import duckdb
import sqlglot
from sqlglot import exp

TYPES = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "array<string>": "VARCHAR[]",
}


def with_literals(sql: str, literals: list[str]) -> str:
    """Puts literals where the placeholders are, in order. Each has to be one literal and nothing else."""
    places = [t for t in sqlglot.tokenize(sql, read="trino") if t.token_type.name == "PLACEHOLDER"]
    if len(places) != len(literals):
        raise ValueError(f"{len(literals)} execution parameters for {len(places)} placeholders")
    for place, literal in reversed(list(zip(places, literals))):
        if not isinstance(sqlglot.parse_one(literal, read="trino"), exp.Literal):
            raise ValueError(f"execution parameter {literal}: expected a literal")
        sql = sql[: place.start] + literal + sql[place.end + 1 :]
    return sql


def scanned_files(tree: exp.Expression, root: str, location: str, partition: str) -> list[str]:
    """What is read: partition projection goes by the literals that the partition is compared with."""
    first, last = "", "~"
    for between in tree.find_all(exp.Between):
        if between.this.name == partition:
            first, last = between.args["low"].name, between.args["high"].name
    folder = os.path.join(root, re.sub(r"^s3://[^/]*/", "", location))
    days = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    wanted = [d for d in days if first <= d.removeprefix(f"{partition}=") <= last]
    return [os.path.join(folder, d, name) for d in wanted for name in sorted(os.listdir(os.path.join(folder, d)))]


def column(name: str, key: str, hive_type: str) -> str:
    if hive_type == "string":
        # a text is itself; everything else is its JSON
        return f"""CASE WHEN json_type("{key}") = 'VARCHAR' THEN "{key}" ->> '$' ELSE CAST("{key}" AS VARCHAR) END AS "{name}\""""
    return f'CAST("{key}" AS {TYPES[hive_type]}) AS "{name}"'


def relation(table: dict, files: list[str]) -> str:
    storage = table["StorageDescriptor"]
    mapping = storage["SerdeInfo"]["Parameters"]
    keys = [(c["Name"], mapping.get(f"mapping.{c['Name']}", c["Name"]), c["Type"]) for c in storage["Columns"]]
    partition = table["PartitionKeys"][0]["Name"]
    if not files:
        empty = ", ".join(f'CAST(NULL AS {TYPES[t]}) AS "{n}"' for n, _, t in keys)
        return f"SELECT {empty}, CAST(NULL AS VARCHAR) AS {partition} WHERE false"
    paths = ", ".join(f"'{f}'" for f in files)
    read = ", ".join(f"'{key}': 'JSON'" for _, key, _ in keys)
    columns = ", ".join(column(*each) for each in keys)
    day = f"regexp_extract(filename, '{partition}=([^/]+)/', 1) AS {partition}"
    return (
        f"SELECT {columns}, {day} FROM read_json([{paths}], format = 'newline_delimited', compression = 'gzip',"
        f" filename = true, hive_partitioning = false, columns = {{{read}}})"
    )


def run(request: dict) -> dict:
    table, root = request["table"], request["root"]
    tree = sqlglot.parse_one(with_literals(request["sql"], request["executionParameters"]), read="trino")
    partition = table["PartitionKeys"][0]["Name"]
    files = scanned_files(tree, root, table["StorageDescriptor"]["Location"], partition)
    references = [t for t in tree.find_all(exp.Table) if t.name == table["Name"]]
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW {table['Name']} AS {relation(table, files)}")
    result = connection.execute(tree.sql(dialect="duckdb"))
    columns = [each[0] for each in result.description]
    return {
        "columns": columns,
        "rows": [dict(zip(columns, row)) for row in result.fetchall()],
        "scannedBytes": sum(os.path.getsize(f) for f in files) * len(references),
    }


for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except (ValueError, duckdb.Error, sqlglot.errors.SqlglotError) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)
