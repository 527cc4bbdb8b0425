"""A small shop: pages from templates, a database, an upstream service, time zones."""

import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import requests
from flask import Flask, abort, jsonify, render_template, request

app = Flask(__name__)
DATABASE = "/srv/shop/shop.db"


def query(statement, *values):
    with sqlite3.connect(DATABASE) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement, values)]


@app.get("/")
def home():
    return render_template("home.html", items=query("select * from items order by name"))


@app.get("/items/<int:number>")
def item(number):
    found = query("select * from items where id = ?", number)
    return render_template("item.html", item=found[0]) if found else abort(404)


@app.route("/api/items", methods=["GET", "POST"])
def items():
    if request.method == "POST":
        query("insert into items(name, cents) values (?, ?)", request.json["name"], request.json["cents"])
    return jsonify(query("select name, cents from items order by name"))


@app.get("/opening")
def opening():
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    return {city: noon.astimezone(ZoneInfo(city)).isoformat() for city in ("Europe/Paris", "Asia/Tokyo")}


@app.get("/upstream")
def upstream():
    return jsonify(requests.get("http://localhost:8000/api/items", timeout=5).json())


@app.errorhandler(404)
def missing(error):
    return render_template("missing.html"), 404
