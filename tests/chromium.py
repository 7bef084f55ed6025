"""A headless Chromium that opens a page, presses its keys and looks at it, through the browser's own pipe."""

import base64
import fcntl
import json
import os
import shutil
import time
from itertools import count

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
# Long enough for a busy machine; nothing is measured.
_PATIENCE_SECONDS = 60


def found():
    """The path of a browser, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One open page."""

    def __init__(self, program, folder, *, size=(1000, 800)):
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
        flags += [f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}", "about:blank"]
        self._start(program, flags)
        self._numbers = count(1)
        self._unread = b""
        self.events = []
        targets = self._ask("Target.getTargets")["targetInfos"]
        target = next(entry["targetId"] for entry in targets if entry["type"] == "page")
        flat = {"targetId": target, "flatten": True}
        self._session = self._ask("Target.attachToTarget", **flat)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.ask(f"{domain}.enable")
        width, height = size
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _start(self, program, flags):
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # The browser listens on descriptor 3 and answers on 4, which the pipes may have themselves.
        moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_read, to_write)]
        silent = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
        ends = [(os.POSIX_SPAWN_DUP2, end, n) for n, end in enumerate(moved, start=3)]
        self._child = os.posix_spawn(program, [program, *flags], os.environ, file_actions=silent + ends)
        for end in (to_read, to_write, *moved):
            os.close(end)

    def close(self):
        """Ends the browser."""
        self._ask("Browser.close")
        os.waitpid(self._child, 0)
        os.close(self._to)
        os.close(self._from)

    def open(self, path):
        """Opens a file and waits until its player stands and has its size."""
        self.events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        self.until("window.player !== undefined && document.readyState === 'complete'")
        # The player takes its size in the first frame after that; places asked for before are wrong by then.
        self.value(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
        )

    def value(self, expression):
        """What a JavaScript expression is."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression):
        """Waits until a JavaScript expression is true."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}; {self.problems()}"
            time.sleep(0.02)

    def key(self, key):
        """Presses a key."""
        text = {"text": key} if len(key) == 1 else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def drag(self, start, end, *, shift=False):
        """Moves the mouse with the button down from one place of the window to another."""
        held = 8 if shift else 0
        for kind, place in (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)):
            x, y = place
            self.ask(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                buttons=1,
                clickCount=1,
                modifiers=held,
            )

    def picture(self, path):
        """Saves what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def problems(self):
        """Errors on the page, and whatever it asked the network for."""
        found = [e for e in self.events if e["method"] == "Runtime.exceptionThrown"]
        for event in self.events:
            if event["method"] == "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
                if not url.startswith(("file:", "data:", "about:")):
                    found.append(event)
        return found

    def ask(self, method, **params):
        """Sends a command to the page and returns the answer."""
        return self._ask(method, session=self._session, **params)

    def _ask(self, method, *, session=None, **params):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _next(self):
        while b"\0" not in self._unread:
            more = os.read(self._from, 1 << 16)
            assert more, "the browser has ended"
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)
