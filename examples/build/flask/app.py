from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/")
def home():
    return "hello from a small image\n"


@app.get("/noon/<path:zone>")
def noon(zone):
    return jsonify(time=datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(ZoneInfo(zone)).isoformat())
