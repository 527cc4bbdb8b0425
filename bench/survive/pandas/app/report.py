import sys

import formats
import pandas as pd


def summary(sales):
    print(sales.groupby("shop")["count"].sum().to_string())


def pivot(sales):
    print(sales.pivot_table("count", "shop", "fruit", "sum", fill_value=0).to_csv(), end="")


def weekly(sales):
    days = sales.set_index("day").tz_localize("Europe/Berlin")
    print(days["count"].resample("W").sum().tz_convert("America/New_York").head(2).to_csv(), end="")


def query(sales):
    print(sales.query("count > 2 and price < 1").eval("total = count * price")["total"].tolist())


def rolling(sales):
    print(sales["count"].rolling(2).mean().ewm(span=2).mean().round(3).tolist())


def words(sales):
    print(sales["fruit"].astype("string[pyarrow]").str.upper().value_counts().sort_index().to_dict())


def merge(sales):
    prices = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", "2024-01-31"]), "tax": [7, 19]})
    print(pd.merge_asof(sales, prices.astype({"day": sales["day"].dtype}), on="day")["tax"].tolist())


COMMANDS = [summary, pivot, weekly, query, rolling, words, merge, *formats.COMMANDS]

if __name__ == "__main__":
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    {command.__name__: command for command in COMMANDS}[sys.argv[1]](sales, *sys.argv[2:])
