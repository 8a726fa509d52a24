"""PyPI pywa, unchanged, against the sandbox: sending everything, and receiving webhooks by its own checks."""

import json
import os
import sys
import threading
import time
import traceback
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pywa import WhatsApp, types
from pywa.errors import WhatsAppError

env = os.environ
sandbox, number = env["SANDBOX"], env["NUMBER"]
wa = WhatsApp(phone_id=number, token=env["TOKEN"], waba_id=env["WABA"], app_id=int(env["APP_ID"]), app_secret=env["APP_SECRET"],
              verify_token="verify-me", server=None)
wa.api._session.base_url = f"{sandbox}/v26.0"
received, statuses, taps = [], [], []


class Hook(BaseHTTPRequestHandler):
    def answer(self, text, status):
        self.send_response(status)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(self.path).query))
        self.answer(*wa.webhook_challenge_handler(vt=query.get("hub.verify_token"), ch=query.get("hub.challenge")))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        refused = wa.webhook_update_validator(body, self.headers.get("X-Hub-Signature-256"))
        self.answer(*(refused or wa.webhook_update_handler(body)))

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=server.serve_forever, daemon=True).start()
hook = f"http://127.0.0.1:{server.server_port}/"


@wa.on_message
def on_message(_, message):
    received.append(message)
    if message.text == "Hello":
        message.reply_text(f"You said: {message.text}")


@wa.on_message_status
def on_status(_, status):
    statuses.append((status.id, str(status.status)))


@wa.on_callback_button
def on_button(_, button):
    taps.append(("button", button.title))


@wa.on_callback_selection
def on_selection(_, row):
    taps.append(("row", row.title))


def acts(what, body):
    url = f"{sandbox}/control/accounts/{number}/customers/olena/{what}"
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers={"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def thread():
    return json.load(urllib.request.urlopen(f"{sandbox}/control/accounts/{number}/customers/olena/messages"))


def wait(what, done):
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} never happened")


def registers_its_callback():
    token = wa.get_app_access_token(int(env["APP_ID"]), env["APP_SECRET"])
    fields = ("messages", "message_template_status_update", "user_preferences")
    assert wa.set_app_callback_url(int(env["APP_ID"]), token, hook, "verify-me", fields).success
    assert wa.override_waba_callback_url(hook + "own", "verify-me").success


def receives_and_answers():
    acts("messages", {"text": "Hello"})
    wait("the answer", lambda: any(message["text"] == "You said: Hello" for message in thread()["messages"]))
    assert received[0].from_user.name == "Olena Kovalenko", received[0]
    assert received[0].from_user.bsuid.startswith("UA."), received[0].from_user


def to():
    return thread()["customer"]["whatsapp"]["phone"]


def sends_text_and_follows_its_status():
    sent = wa.send_message(to(), "Привіт 😀", tracker="row-1")
    wait("delivered", lambda: (sent.id, "delivered") in [(id, status.lower()) for id, status in statuses])


def sends_buttons_and_lists():
    sent = wa.send_message(to(), "Which?", header="Bread", footer="fresh", buttons=[types.Button("Yes", "yes"), types.Button("No", "no")])
    acts("tap", {"mid": sent.id, "choice": "yes"})
    rows = [types.SectionRow("Rye", "rye", "A kilo"), types.SectionRow("Wheat", "wheat")]
    sent = wa.send_message(to(), "Choose", buttons=types.SectionList("See all", [types.Section("Bread", rows)]))
    acts("tap", {"mid": sent.id, "choice": "rye"})
    wait("both taps", lambda: taps == [("button", "Yes"), ("row", "Rye")])
    wa.send_message(to(), "More?", buttons=types.URLButton("Open", "https://example.org"))


def sends_files_places_and_cards():
    picture = urllib.request.urlopen(f"{sandbox}/cdn/avatar/page-1.png").read()
    media = wa.upload_media(picture, mime_type="image/png", filename="a.png")
    wa.send_image(to(), media, caption="Here")
    wa.send_image(to(), f"{sandbox}/cdn/avatar/page-1.png")
    wa.send_location(to(), latitude=50.45, longitude=30.52, name="Maidan", address="Kyiv")
    wa.send_contact(to(), types.Contact(name=types.Contact.Name(formatted_name="Ann", first_name="Ann"), phones=[types.Contact.Phone(phone="+4915100000001")]))
    assert wa.delete_media(media.id if hasattr(media, "id") else media)


def fetches_what_a_customer_sends():
    acts("messages", {"attachment": {"type": "audio"}})
    wait("the voice message", lambda: any(message.voice if hasattr(message, "voice") else message.audio for message in received))
    message = next(message for message in received if getattr(message, "voice", None) or message.audio)
    medium = getattr(message, "voice", None) or message.audio
    url = wa.get_media_url(medium.id)
    content = wa.get_media_bytes(url.url)
    assert content[:4] == b"OggS", content[:16]
    message.mark_as_read()
    message.indicate_typing()
    message.react("👍")
    wait("the reaction", lambda: any(it["reactions"].get("page") == "👍" for it in thread()["messages"]))


def lists_makes_and_sends_templates():
    names = [template.name for template in wa.get_templates()]
    assert "order_update" in names, names
    number = wa.get_business_phone_number()
    assert number.verified_name == "Lavka", number


def reads_errors_from_the_envelope():
    for order, code in [(lambda: wa.send_message(to(), "x" * 4097), 100), (lambda: wa.send_message("+380443900101", "x"), 131021)]:
        try:
            order()
        except WhatsAppError as error:
            assert error.code == code, error
        else:
            raise AssertionError(f"{code} was expected")


failed = 0
for step in [registers_its_callback, receives_and_answers, sends_text_and_follows_its_status, sends_buttons_and_lists,
             sends_files_places_and_cards, fetches_what_a_customer_sends, lists_makes_and_sends_templates, reads_errors_from_the_envelope]:
    try:
        step()
        print("ok", step.__name__)
    except Exception:
        failed += 1
        print("FAILED", step.__name__, traceback.format_exc())
sys.exit(1 if failed else 0)
