"""Airflow's SMTP connection, unmodified: what the button "Test" beside it says."""

import json
import sys
import types

GLUE = types.ModuleType("airflow.providers.common.compat.sdk")
"""Of Airflow itself: two exceptions, and where a hook finds the connection that somebody saved."""
sys.modules[GLUE.__name__] = GLUE


class BaseHook:
    saved = None

    def get_connection(self, conn_id):
        return self.saved


GLUE.AirflowException = type("AirflowException", (Exception,), {})
GLUE.AirflowNotFoundException = type("AirflowNotFoundException", (GLUE.AirflowException,), {})
GLUE.BaseHook = BaseHook
airflow = types.ModuleType("airflow")
airflow.__version__ = "3.0.0"
airflow.__path__ = [f"{folder}/airflow" for folder in sys.path]
sys.modules["airflow"] = airflow


def saved(asked):
    """The connection, as its form saves it."""
    smtp = asked["smtp"]
    extra = {
        "from_email": asked["email"],
        "disable_ssl": smtp["security"] != "implicit-tls",
        "disable_tls": smtp["security"] != "starttls",
        "ssl_context": "none" if asked["allow_insecure_certificates"] else "default",
    }
    return types.SimpleNamespace(
        host=smtp["host"],
        port=smtp["port"],
        login=asked["username"] or asked["email"],
        password=asked["password"],
        extra_dejson=extra,
    )


def main():
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    for line in sys.stdin:
        asked = json.loads(line)
        hook = SmtpHook()
        hook.saved = saved(asked)
        works, message = hook.test_connection()
        answer = {"check": asked["check"], "error": "connected" if works else "failed"}
        print(json.dumps(answer | {"message": message}), flush=True)


main()
