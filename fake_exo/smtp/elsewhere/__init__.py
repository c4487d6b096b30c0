"""Mail servers that are not the service's: the old one, a customer's, whoever is at the other end.

Neutral SMTP (RFC 5321) with a table of behaviours; nothing here is Exchange's.
"""
