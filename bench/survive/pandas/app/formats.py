"""There and back through a file format: the same table, or an error."""

import io
import sqlite3
import tempfile
from pathlib import Path

import pandas as pd


def parquet(sales, codec):
    path = Path(tempfile.mkdtemp()) / "sales.parquet"
    sales.to_parquet(path, compression=codec, partition_cols=["shop"])
    back = pd.read_parquet(path, filters=[("count", ">", 2)])
    print(sorted(back["count"]), back["shop"].dtype)


def feather(sales):
    buffer = io.BytesIO()
    sales.to_feather(buffer)
    print(pd.read_feather(buffer).equals(sales))


def excel(sales):
    buffer = io.BytesIO()
    sales.to_excel(buffer, index=False)
    print(pd.read_excel(buffer)["fruit"].tolist())


def html(sales):
    print(pd.read_html(io.StringIO(sales.to_html()))[0]["price"].sum())


def xml(sales):
    print(pd.read_xml(io.BytesIO(sales.to_xml().encode()))["count"].sum())


def sql(sales):
    with sqlite3.connect(":memory:") as database:
        sales.to_sql("sales", database)
        print(pd.read_sql("select fruit, sum(count) n from sales group by fruit order by 2", database).values.tolist())


def squeezed(sales, ending):
    path = Path(tempfile.mkdtemp()) / f"sales.csv.{ending}"
    sales.to_csv(path, index=False)
    print(len(pd.read_csv(path, engine="pyarrow")))


def stata(sales):
    path = Path(tempfile.mkdtemp()) / "sales.dta"
    sales.to_stata(path, version=118)
    print(pd.read_stata(path)["fruit"].iloc[-1])


COMMANDS = [parquet, feather, excel, html, xml, sql, squeezed, stata]
