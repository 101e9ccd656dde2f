"""Actions that say something; the others delay, cut or end what is said."""
