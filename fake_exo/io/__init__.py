"""Sockets, event loop and TLS: the only modules that touch the machine. No reply texts here."""
