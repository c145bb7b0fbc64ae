"""The server of the tutorial: Flask, its own development server, and a list that is gone when the process ends."""

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

app = Flask(__name__)
items = ["Build the front-end", "Connect to the back-end"]


@app.get("/api/items")
def get_items():
    return jsonify(items)


@app.post("/api/items")
def add_item():
    item = (request.get_json(silent=True) or {}).get("item")
    if not item:
        return jsonify({"error": "Missing item data in request"}), 400
    items.append(item)
    return jsonify({"status": "success", "item": item}), 201


# A free port, so that a bench can run it beside others.
server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
