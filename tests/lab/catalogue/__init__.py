"""The cases of each server."""

from tests.lab.catalogue.courier import CASES as COURIER
from tests.lab.catalogue.cyrus import CASES as CYRUS
from tests.lab.catalogue.dovecot import CASES as DOVECOT
from tests.lab.catalogue.exim import CASES as EXIM
from tests.lab.catalogue.opensmtpd import CASES as OPENSMTPD
from tests.lab.catalogue.postfix import CASES as POSTFIX

__all__ = ["COURIER", "CYRUS", "DOVECOT", "EXIM", "OPENSMTPD", "POSTFIX"]
