"""What the service under test meets in its box: a publisher and a receiver of alerts, on one port of this machine.

`python3 world.py FOLDER` serves the files in FOLDER and appends each body that is posted to FOLDER/received.
"""

import json
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, directory=str(FOLDER), **kwargs)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with (FOLDER / "received").open("a", encoding="utf-8") as received:
            received.write(
                json.dumps({"path": self.path, "title": body.get("title"), "text": body.get("message")}) + "\n"
            )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
