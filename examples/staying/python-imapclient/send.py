"""A message that goes out by smtplib, once; what failed is left to its users."""

import sys
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
sys.path.insert(0, str(Path(__file__).parents[2] / "connectors/shared"))
from sending import send
from states import Failed, failing, say, settings
from tokens import Tokens


def main():
    asked = settings()
    try:
        send(asked, written(asked), Tokens(asked) if asked["oauth2"] else None)
        say("sent", message_id=asked["send"]["message_id"])
    except Failed as failed:
        failing(failed.error, failed.native)


def written(asked):
    told, message = asked["send"], EmailMessage()
    message["From"] = asked["email"]
    message["To"] = told["to"]
    message["Subject"] = told["subject"]
    message["Message-ID"] = told["message_id"]
    message.set_content(told["text"])
    return message


main()
