"""Prices of a YAML text as a table: three packages with native code, each used."""

import numpy
import pandas
import yaml

PRICES = """
- {name: bread, price: 3.5}
- {name: cheese, price: 12.25}
- {name: wine, price: 9.75}
"""

# pip gives the C parser with its wheels; a distribution from sources may come without, and nobody notices
frame = pandas.DataFrame(yaml.load(PRICES, Loader=yaml.CSafeLoader))
frame["share"] = numpy.round(frame["price"] / frame["price"].sum(), 3)
print(frame.to_string(index=False))
