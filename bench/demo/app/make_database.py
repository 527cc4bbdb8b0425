import sqlite3

with sqlite3.connect("/srv/shop/shop.db") as connection:
    connection.execute("create table items(id integer primary key, name text, cents integer)")
    rows = [("apple", 40), ("fig", 90), ("pear", 55)]
    connection.executemany("insert into items(name, cents) values (?, ?)", rows)
