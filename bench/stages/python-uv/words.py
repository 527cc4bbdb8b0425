from flask import Flask, jsonify, request
from lxml import etree

app = Flask(__name__)


@app.get("/")
def home():
    return "words"


@app.post("/count")
def count():
    return jsonify(words=len(etree.fromstring(request.data).xpath("//w")))
