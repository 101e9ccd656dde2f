"""What a correct connector says in the failures of the catalogue that a customer's check can meet.

One table for each server: the documented error, the stage and the cause, as the article and the
taxonomy have them, written down by hand. Both the real server and the fake must come to that.
"""

from tests.lab.checks.courier import CHECKS as COURIER
from tests.lab.checks.cyrus import CHECKS as CYRUS
from tests.lab.checks.dovecot import CHECKS as DOVECOT
from tests.lab.checks.exim import CHECKS as EXIM
from tests.lab.checks.opensmtpd import CHECKS as OPENSMTPD
from tests.lab.checks.postfix import CHECKS as POSTFIX

__all__ = ["COURIER", "CYRUS", "DOVECOT", "EXIM", "OPENSMTPD", "POSTFIX"]
