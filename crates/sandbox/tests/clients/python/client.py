"""Meta's own Python SDK, unchanged, against the sandbox: form-encoded bodies, proofs in the query, cursors."""

import os
import sys
import traceback

from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

env = os.environ
FacebookSession.GRAPH = env["SANDBOX"]


def api(token):
    session = FacebookSession(env["APP_ID"], env["APP_SECRET"], token)
    return FacebookAdsApi(session, api_version="v26.0")


page_api, user_api = api(env["PAGE_TOKEN"]), api(env["USER_TOKEN"])
page = Page(env["PAGE_ID"], api=page_api)
recipient = {"id": env["PSID"]}


def lists_all_pages():
    pages = list(User("me", api=user_api).get_accounts(fields=["id", "name", "access_token"], params={"limit": 25}))
    assert len(pages) == 130, len(pages)
    assert all(page.get("access_token") for page in pages)


def sends_text_and_reads_it_back():
    sent = page.create_message(params={"recipient": recipient, "message": {"text": "Привіт from Python"}, "messaging_type": "RESPONSE"})
    assert sent["message_id"].startswith("m_"), sent
    page.create_message(params={"recipient": recipient, "sender_action": "TYPING_ON"})
    found = page.get_conversations(fields=["participants"], params={"user_id": env["PSID"]})
    names = [person["name"] for person in found[0]["participants"]["data"]]
    assert "Olena Kovalenko" in names, names


def sends_quick_replies_and_a_template():
    choices = [{"content_type": "text", "title": "Prices", "payload": "PRICES"}]
    page.create_message(params={"recipient": recipient, "message": {"text": "Which?", "quick_replies": choices}, "messaging_type": "RESPONSE"})
    button = {"type": "postback", "title": "Hours", "payload": "HOURS"}
    payload = {"template_type": "button", "text": "More?", "buttons": [button]}
    page.create_message(params={"recipient": recipient, "message": {"attachment": {"type": "template", "payload": payload}}, "messaging_type": "RESPONSE"})


def subscribes_and_lists_subscriptions():
    page.create_subscribed_app(params={"subscribed_fields": ["messages", "message_echoes"]})
    apps = page.get_subscribed_apps(fields=["id", "name", "subscribed_fields"])
    assert apps[0]["id"] == env["APP_ID"], apps
    assert sorted(apps[0]["subscribed_fields"]) == ["message_echoes", "messages"], apps


def keeps_a_messenger_profile():
    page.create_messenger_profile(params={"get_started": {"payload": "START"}})
    found = page.get_messenger_profile(params={"fields": "get_started"})
    assert found[0]["get_started"]["payload"] == "START", found
    page.delete_messenger_profile(params={"fields": ["get_started"]})


def makes_and_lists_personas():
    picture = "%s/cdn/avatar/page-%s.png" % (env["SANDBOX"], env["PAGE_ID"])
    made = page.create_persona(params={"name": "Ann", "profile_picture_url": picture})
    assert made["id"] in [persona["id"] for persona in page.get_personas(fields=["id", "name"])]


def reads_errors_from_the_envelope():
    try:
        page.create_message(params={"recipient": {"id": "20000000000000001"}, "message": {"text": "x"}, "messaging_type": "RESPONSE"})
    except FacebookRequestError as error:
        assert (error.api_error_code(), error.api_error_subcode()) == (100, 2018001), error
        assert error.http_status() == 400
    else:
        raise AssertionError("a stranger was written to")


def sends_a_batch():
    answers = []
    batch = page_api.new_batch()
    for text in ("One", "Two"):
        page.create_message(params={"recipient": recipient, "message": {"text": text}, "messaging_type": "RESPONSE"}, batch=batch,
                            success=lambda answer: answers.append(answer.json()), failure=lambda answer: answers.append(answer.error()))
    batch.execute()
    assert len(answers) == 2 and all("message_id" in answer for answer in answers), answers


failed = 0
for step in [lists_all_pages, sends_text_and_reads_it_back, sends_quick_replies_and_a_template, subscribes_and_lists_subscriptions,
             keeps_a_messenger_profile, makes_and_lists_personas, reads_errors_from_the_envelope, sends_a_batch]:
    try:
        step()
        print("ok", step.__name__)
    except Exception:
        failed += 1
        print("FAILED", step.__name__, traceback.format_exc())
sys.exit(1 if failed else 0)
